"""The darkroom with real workers: from an upload to renditions in the store, whatever happens."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from media_workers import darkroom as rooms
from media_workers.crew.words import Limits, PhotoOrder
from media_workers.darkroom import Darkroom
from media_workers.job import Job
from media_workers.photo.edit import Crop, Edit
from media_workers.schedule import Rules
from protocol.errors import Overloaded
from tests.media_workers.photo import hostile, pictures
from tests.media_workers.shelf import Desk, Shelf
from tests.media_workers.waiting import until

QUICK = Rules(attempts=3, pause_s=0.01, longest_pause_s=0.02)
PHOTO = pictures.jpeg(pictures.scene(400, 300), block=pictures.exif())


class House:
    """A darkroom with a shelf and a desk."""

    def __init__(self, folder: Path, rules: Rules = QUICK, **more: Any) -> None:
        self.shelf, self.desk, self.folder = Shelf(), Desk(), folder / "darkroom"
        self.room = Darkroom(self.folder, self.shelf, self.desk, places=2, rules=rules, **more)

    def upload(self, id: str, data: bytes = PHOTO, edit: Edit | None = None) -> None:
        """Something comes, and a job for it."""
        self.shelf.objects[f"uploads/{id}"] = data
        self.room.offer(Job(id, f"uploads/{id}", f"photos/{id}", PhotoOrder(edit or Edit())))

    async def over(self, id: str) -> list[tuple[str, Any]]:
        """What came of a job, when it is over."""
        await until(lambda: bool(self.desk.of(id)))
        return self.desk.of(id)


@asynccontextmanager
async def _open(folder: Path, **more: Any) -> AsyncIterator[House]:
    house = House(folder, **more)
    async with house.room:
        yield house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with _open(tmp_path) as opened:
        yield opened


async def test_an_upload_becomes_renditions_first_those_that_are_waited_for(house: House):
    house.upload("a")
    first = ["150.jpg", "320.jpg", "640.jpg", "150.webp", "320.webp", "640.webp"]
    assert await house.over("a") == [("made", first)]
    assert await house.over("a/behind") == [("made", ["150.avif", "320.avif", "640.avif"])]
    stored = {name.removeprefix("photos/a/") for name in house.shelf.objects if name.startswith("photos/")}
    assert stored == {*first, "150.avif", "320.avif", "640.avif"}
    assert house.shelf.kinds["photos/a/150.jpg"] == "image/jpeg"
    assert house.desk.made_by_job["a"].camera.place is not None
    assert house.desk.parts["a"] == sorted(house.desk.parts["a"])


async def test_what_follows_has_the_same_edit(house: House):
    house.upload("a", edit=Edit(Crop(0, 0, 0.5, 1), "ink"))
    await house.over("a/behind")
    sizes = [{(one.width, one.height) for one in made.renditions} for made in house.desk.made_by_job.values()]
    assert sizes[0] == sizes[1] == {(150, 225), (200, 300)}


async def test_an_unfit_upload_is_refused_once_and_for_all(house: House):
    house.upload("a", hostile.PDF)
    house.upload("b")
    assert await house.over("a") == [("refused", "photo_is_pdf")]
    assert (await house.over("b"))[0][0] == "made"
    assert house.room.counts["failed"] == 0


async def test_an_upload_that_is_not_there_is_refused(house: House):
    house.room.offer(Job("a", "uploads/nothing", "photos/a", PhotoOrder()))
    assert await house.over("a") == [("refused", "media_missing")]


async def test_an_upload_over_the_limit_is_not_even_given_to_a_worker(house: House, monkeypatch):
    monkeypatch.setattr(rooms, "BYTES_LIMIT", 1_000)
    house.upload("a")
    assert await house.over("a") == [("refused", "media_too_large")]
    assert house.room.pool.cost.orders == 0


async def test_a_store_that_stumbles_costs_an_attempt_and_nothing_else(house: House):
    house.shelf.failing = 2
    house.upload("a")
    assert [what for what, _ in await house.over("a")] == ["made"]
    assert house.room.counts["failed"] == 2


async def test_a_report_that_nobody_heard_is_made_again(house: House):
    house.desk.failing = 1
    house.upload("a")
    assert [what for what, _ in await house.over("a")] == ["made"]
    house.desk.failing = 1
    house.upload("b", hostile.PDF)
    assert await house.over("b") == [("refused", "photo_is_pdf")]
    assert house.room.counts["failed"] == 2


async def test_a_job_that_fails_each_time_is_a_dead_letter_and_can_be_replayed(house: House):
    house.shelf.failing = 3
    house.upload("a")
    assert await house.over("a") == [("died", ["StoreDown: planted"] * 3)]
    assert list(house.room.schedule.dead) == ["a"]
    house.desk.heard.clear()
    assert house.room.replay("a")
    assert [what for what, _ in await house.over("a")] == ["made"]
    assert not house.room.replay("a")


async def test_when_its_workers_are_killed_a_job_goes_on_elsewhere(house: House):
    stem = house.room.pool.stem_pid
    for number in range(6):
        house.upload(str(number))
    os.kill(stem, signal.SIGKILL)
    for number in range(6):
        assert [what for what, _ in await house.over(str(number))] == ["made"]
    assert house.room.pool.stem_pid != stem


async def test_through_kills_and_stumbles_every_upload_comes_to_its_end_once(tmp_path: Path):
    rules = Rules(attempts=50, pause_s=0.001, longest_pause_s=0.01)
    async with _open(tmp_path, rules=rules) as house:
        uploads = [str(number) for number in range(24)]
        for number, id in enumerate(uploads):
            house.upload(id, hostile.PDF if number % 10 == 9 else PHOTO)
        for ends in range(5, 24, 6):
            await until(lambda ends=ends: len(house.desk.heard) >= ends)  # type: ignore[misc]
            if stem := house.room.pool.stem_pid:
                with suppress(ProcessLookupError):  # it was killed a moment ago
                    os.kill(stem, signal.SIGKILL)
            house.shelf.failing += 2
            house.desk.failing += 1
        for number, id in enumerate(uploads):
            assert [what for what, _ in await house.over(id)] == ["refused" if number % 10 == 9 else "made"]
            stored = [name for name in house.shelf.objects if name.startswith(f"photos/{id}/")]
            assert len(stored) == 0 if number % 10 == 9 else len(stored) >= 6
        assert house.room.counts["failed"] >= 6
        assert not house.room.schedule.dead


async def test_a_photo_over_a_limit_of_its_own_making_is_refused(tmp_path: Path):
    async with _open(tmp_path, limits=Limits(memory_bytes=300 * 2**20)) as house:
        house.upload("a", hostile.hungry_png())
        assert await house.over("a") == [("refused", "photo_too_hungry")]
    async with _open(tmp_path, limits=Limits(file_bytes=10_000)) as house:
        house.upload("a")
        assert await house.over("a") == [("refused", "photo_bomb")]


async def test_too_many_uploads_are_answered_clearly_and_none_that_was_taken_is_lost(tmp_path: Path):
    rules = Rules(waiting_limit=4, attempts=3, pause_s=0.01)
    async with _open(tmp_path, rules=rules) as house:
        taken = []
        for number in range(8):
            try:
                house.upload(str(number))
                taken.append(str(number))
            except Overloaded as refusal:
                assert refusal.retry  # noqa: PT017
        assert 4 <= len(taken) < 8
        for id in taken:
            assert [what for what, _ in await house.over(id)] == ["made"]


async def test_a_closed_darkroom_leaves_no_file_and_gives_jobs_back(tmp_path: Path):
    async with _open(tmp_path) as house:
        for number in range(6):
            house.upload(str(number))
        await house.over("0")
    assert not house.folder.exists()
    assert house.room.schedule.leased == 0
    assert len({id for _, id, _ in house.desk.heard}) + house.room.schedule.waiting >= 6


def test_the_process_that_keeps_the_jobs_has_no_decoder_in_it():
    program = (
        "import sys, media_workers.darkroom; print({'pyvips', 'PIL', 'pillow_heif'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == "set()"
