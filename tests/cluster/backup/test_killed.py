"""A backup that ends at any step harms nobody: no half file under its name, no hold for ever."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.archive import HOLD_EXPIRES_S
from cluster.backup.file import BackupFile, BackupWriter
from cluster.backup.hold import RENEW_EVERY_S, Hold
from cluster.embedded.trouble import Trouble
from cluster.ports import StorageDown
from cluster.storage.memory import MemoryJournal, MemoryObjects
from tests.cluster.backup.busy_store import archivers_of, backup_of, restored
from tests.cluster.backup.pantry import Pantry, disagreements

STEPS = (1, 2, 3, 40, 500, 1_024, 1_025, 1_027, 1_200)


class Killed(BaseException):
    """The process is gone: nothing that it would still do happens."""


def at_step(step: int, error: BaseException, for_good: bool) -> Callable[[str], None]:
    """Something ends the n-th call of the store, and all later ones when it is for good."""
    count = 0

    def before(call: str) -> None:
        nonlocal count
        count += 1
        if count == step or (for_good and count > step):
            raise error

    return before


@pytest.fixture
def pantry() -> Pantry:
    made = Pantry(MemoryJournal(), 5)
    for _ in range(40):
        made.turn()
    return made


@pytest.mark.parametrize("step", STEPS)
async def test_a_backup_killed_at_any_step_leaves_the_installation_unharmed(
    tmp_path: Path, pantry: Pantry, step: int
):
    with pytest.raises(Killed):
        await backup_of(pantry, tmp_path / "b", at_step(step, Killed(), for_good=True)).run()
    assert not (tmp_path / "b").exists()
    sweepers = archivers_of(pantry, MemoryObjects())
    for _ in range(2):
        for each in sweepers:
            await each.tick()
        pantry.clock.mono_s += HOLD_EXPIRES_S + 1
        for core in pantry.cores.values():
            core.renewed(1e18)
    assert await pantry.journal.readers() == []
    for _ in range(20):
        pantry.turn()
    pantry.settle()
    assert disagreements(pantry.views()) == []
    assert sum(head - base + 1 for base, head in pantry.journal.heads_now().values()) == 0
    await backup_of(pantry, tmp_path / "b").run()
    assert (await restored(tmp_path / "b", pantry.catalogue)).partitions.keys() == pantry.placed.keys()  # type: ignore[attr-defined]


@pytest.mark.parametrize("step", STEPS)
async def test_a_backup_that_fails_takes_its_hold_and_its_file_away(
    tmp_path: Path, pantry: Pantry, step: int
):
    with pytest.raises(StorageDown):
        await backup_of(pantry, tmp_path / "b", at_step(step, StorageDown("no answer"), for_good=False)).run()
    assert list(tmp_path.iterdir()) == []
    assert await pantry.journal.readers() == []


async def test_a_part_that_a_killed_backup_left_is_written_over(tmp_path: Path, pantry: Pantry):
    (tmp_path / ".b.part").write_bytes(b"left" * 100_000)
    await backup_of(pantry, tmp_path / "b").run()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    BackupFile.open(tmp_path / "b").close()


async def test_a_backup_never_takes_the_place_of_another(tmp_path: Path, pantry: Pantry):
    (tmp_path / "b").write_bytes(b"dear")
    with pytest.raises(Trouble) as trouble:
        await backup_of(pantry, tmp_path / "b").run()
    assert trouble.value.code == "backup_exists"
    assert (tmp_path / "b").read_bytes() == b"dear"
    assert await pantry.journal.readers() == []


async def test_two_backups_do_not_write_one_file(tmp_path: Path, pantry: Pantry):
    complaints = []
    began = False

    def before(call: str) -> None:
        nonlocal began
        if not began:
            began = True
            with pytest.raises(Trouble) as trouble:
                BackupWriter(tmp_path / "b")
            complaints.append(trouble.value.code)

    await backup_of(pantry, tmp_path / "b", before).run()
    assert complaints == ["backup_exists"]
    BackupFile.open(tmp_path / "b").close()


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, pantry: Pantry):
    with pytest.raises(Trouble) as trouble:
        await backup_of(pantry, tmp_path / "absent" / "b").run()
    assert trouble.value.code == "backup_unwritable"
    assert await pantry.journal.readers() == []


async def test_a_hold_lives_as_long_as_its_backup(pantry: Pantry):
    journal = pantry.journal
    (sweeper, _) = archivers_of(pantry, MemoryObjects())
    hold = Hold(journal, "x", pantry.now)
    await hold.open()
    for _ in range(20):
        pantry.turn()
    await hold.release(7, 1)
    before = await journal.offsets("~backup/x/1")
    for _ in range(20):
        pantry.clock.mono_s += RENEW_EVERY_S
        await hold.beat()
        await sweeper.tick()
        (name,) = await journal.readers()
        assert await journal.offsets(name) == before
    assert await journal.readers() == ["~backup/x/21"]
    await hold.close()
    assert await journal.readers() == []


async def test_a_backup_that_stood_still_for_too_long_says_so(tmp_path: Path, pantry: Pantry):
    sweepers = archivers_of(pantry, MemoryObjects())

    async def stands_still() -> None:
        for each in sweepers:
            await each.tick()
        pantry.clock.mono_s += HOLD_EXPIRES_S + 1
        for each in sweepers:
            await each.tick()

    backup = backup_of(pantry, tmp_path / "b")
    copy_snapshots = backup._copy_snapshots

    async def late() -> None:
        await stands_still()
        await copy_snapshots()

    backup._copy_snapshots = late  # type: ignore[method-assign]
    with pytest.raises(Trouble) as trouble:
        await backup.run()
    assert trouble.value.code == "backup_overtaken"
    assert list(tmp_path.iterdir()) == []
