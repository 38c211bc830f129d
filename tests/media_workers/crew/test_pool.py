"""The pool outlives its workers, whatever they do, and believes none of them more than it can see."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media_workers.crew.pool import Pool
from media_workers.crew.trouble import Crashed, OverLimit, Trouble
from media_workers.crew.words import ORIGINAL, OUT, Limits, PhotoOrder
from media_workers.photo.edit import Edit
from media_workers.photo.result import BEHIND, FIRST, PhotoMade
from media_workers.unfit import Unfit
from tests.media_workers.photo import pictures
from tests.media_workers.photo.private import with_everything_private
from tests.media_workers.photo.test_judging import TAKEN
from tests.media_workers.waiting import until

LIMITS = Limits(cpu_s=20, wall_s=100, memory_bytes=1_536 * 2**20)
PHOTO = pictures.jpeg(pictures.scene(200, 150))
PLANTED = "tests.media_workers.crew.planted"


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool(LIMITS, PLANTED) as started:
        yield started


async def _done(pool: Pool, tmp_path: Path, data: bytes, name: str = "job") -> PhotoMade:
    folder = tmp_path / name
    folder.mkdir()
    (folder / ORIGINAL).write_bytes(data)
    return await pool.carry_out(PhotoOrder(formats=("jpeg",)), folder)


async def test_a_photo_is_made_in_a_process_of_its_own(tmp_path: Path):
    parts: list[float] = []
    (tmp_path / ORIGINAL).write_bytes(PHOTO)
    async with Pool() as pool:
        made = await pool.carry_out(PhotoOrder(), tmp_path, parts.append)
        assert {one.file for one in made.renditions} == {path.name for path in (tmp_path / OUT).iterdir()}
        assert parts[-1] == 1.0
        assert (pool.cost.orders, pool.cost.cpu_s > 0) == (1, True)


async def test_a_refusal_comes_with_its_code(pool: Pool, tmp_path: Path):
    with pytest.raises(Unfit) as refusal:
        await _done(pool, tmp_path, b"%PDF-1.7 \n")
    assert refusal.value.code == "photo_is_pdf"


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (b"fault", "SIGSEGV"),
        (b"leave", "SIGKILL"),
        (b"nothing", "exit 0"),
        (b"noise", "cannot be read"),
        (b"flood", "cannot be read"),
        (b"absent", "is not there"),
        (b"shorter", "3 bytes, not 4"),
        (b"stranger", "no_such_code"),
    ],
)
async def test_a_worker_that_misbehaves_harms_nobody(pool: Pool, tmp_path: Path, deed: bytes, words: str):
    stem = pool.stem_pid
    with pytest.raises(Crashed, match=words):
        await _done(pool, tmp_path, deed)
    assert (await _done(pool, tmp_path, PHOTO, "next")).format == "jpeg"
    assert pool.stem_pid == stem


async def test_a_worker_that_computes_without_end_is_ended(tmp_path: Path):
    async with Pool(Limits(cpu_s=1, wall_s=100), PLANTED) as pool:
        with pytest.raises(OverLimit) as over:
            await _done(pool, tmp_path, b"spin")
        assert over.value.limit == "cpu_s"


async def test_a_worker_that_waits_without_end_is_ended(tmp_path: Path):
    async with Pool(Limits(wall_s=0.2), PLANTED) as pool:
        with pytest.raises(OverLimit) as over:
            await _done(pool, tmp_path, b"wait")
        assert over.value.limit == "wall_s"


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit the memory of a process")
async def test_a_worker_gets_no_more_memory_than_its_limit(tmp_path: Path):
    async with Pool(Limits(memory_bytes=400 * 2**20), PLANTED) as pool:
        with pytest.raises((Unfit, Trouble)):
            await _done(pool, tmp_path, b"eat")
        assert pool.cost.largest_bytes < 400 * 2**20


async def test_a_worker_writes_no_larger_file_than_its_limit(tmp_path: Path):
    async with Pool(Limits(file_bytes=2**20), PLANTED) as pool:
        with pytest.raises(Trouble):
            await _done(pool, tmp_path, b"big")
        assert (tmp_path / "job" / "big").stat().st_size <= 2**20


async def test_what_a_worker_started_ends_with_it(pool: Pool, tmp_path: Path):
    with pytest.raises(Crashed):
        await _done(pool, tmp_path, b"leave")
    child = int((tmp_path / "job" / "child").read_text())
    await until(lambda: not _is_alive(child))


def _is_alive(process: int) -> bool:
    """Whether it runs; one that is dead and not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


async def test_a_worker_reaches_no_network(pool: Pool, tmp_path: Path):
    if not pool.is_cut_off:
        pytest.skip("this system lets nobody leave the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(Crashed, match="exit 0"):
            await _done(pool, tmp_path, f"home {server.getsockname()[1]}".encode())


async def test_a_worker_reaches_nothing_outside_its_folder(pool: Pool, tmp_path: Path):
    if not pool.is_walled:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "neighbour").write_text("secret")
    with pytest.raises(Crashed) as told:
        await _done(pool, tmp_path, b"around")
    assert set(str(told.value).split()) <= {"own", "signal"}  # kernels before 6.12 let it signal others
    assert not (tmp_path / "planted").exists()


@pytest.mark.parametrize("format", TAKEN)
async def test_behind_the_wall_every_format_is_made(pool: Pool, tmp_path: Path, format: str):
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / ORIGINAL).write_bytes(with_everything_private(format, b""))
    made = await pool.carry_out(PhotoOrder(Edit(filter="dusk"), (*FIRST, *BEHIND)), folder)
    assert len(made.renditions) == 9
    assert (made.camera.place is not None) == (format != "gif")


async def test_no_damage_to_a_photo_is_a_fault_of_ours(pool: Pool, tmp_path: Path):
    chance, ends = random.Random(7), Counter[str]()
    for number in range(150):
        data = bytearray(TAKEN[chance.choice(sorted(TAKEN))])
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(chance.choice((min(len(data), 400), len(data))))
            data[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        try:
            await _done(pool, tmp_path, bytes(data), str(number))
            ends["made"] += 1
        except Unfit as unfit:
            ends[unfit.code] += 1
    assert len(ends) >= 4


async def test_a_worker_inherits_no_secret_and_no_file(pool: Pool, tmp_path: Path, monkeypatch):
    with pytest.raises(Crashed) as told:
        await _done(pool, tmp_path, b"environment")
    assert set(str(told.value).split()) <= {"LANG", "LC_CTYPE", "PATH", "TMPDIR", "VIPS_DISC_THRESHOLD"}
    with pytest.raises(Crashed) as told:
        await _done(pool, tmp_path, b"descriptors", "again")
    if sys.platform == "linux":
        assert len(str(told.value).split()) <= 5  # three for text, the pipe, and the folder that was listed


async def test_when_the_stem_is_killed_its_workers_end_and_another_one_starts(pool: Pool, tmp_path: Path):
    before = pool.stem_pid
    waiting = asyncio.create_task(_done(pool, tmp_path, b"wait"))
    await asyncio.sleep(0)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(Crashed, match="stem"):
        await waiting
    assert (await _done(pool, tmp_path, PHOTO, "next")).format == "jpeg"
    assert pool.stem_pid not in (before, 0)


async def test_an_order_that_nobody_waits_for_any_more_is_ended(pool: Pool, tmp_path: Path):
    waiting = asyncio.create_task(_done(pool, tmp_path, b"wait"))
    await until((tmp_path / "job" / "words").exists)  # the worker has begun
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await _done(pool, tmp_path, PHOTO, "next")).format == "jpeg"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how many threads there are")
async def test_a_stem_with_a_second_thread_is_not_forked_from():
    with pytest.raises(Crashed, match="could hang"):
        await Pool(LIMITS, "tests.media_workers.crew.threaded").__aenter__()


async def test_a_stem_that_does_not_start_is_told():
    with pytest.raises(Crashed, match="does not start"):
        await Pool(LIMITS, "tests.media_workers.nowhere").__aenter__()


async def test_orders_are_carried_out_side_by_side(pool: Pool, tmp_path: Path):
    waiting = asyncio.create_task(_done(pool, tmp_path, b"wait"))
    made = await asyncio.gather(*(_done(pool, tmp_path, PHOTO, str(number)) for number in range(6)))
    assert len({one.sha256 for one in made}) == 1
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_pool_that_is_closed_leaves_no_process(tmp_path: Path):
    async with Pool(LIMITS, PLANTED) as pool:
        stem = pool.stem_pid
        assert _is_alive(stem)
    assert not _is_alive(stem)
