"""A backup under traffic is one moment: all that was acknowledged before it, nothing after, no tell twice."""

from pathlib import Path

import pytest

from cluster.backup.copying import Backup
from cluster.embedded.trouble import Trouble
from cluster.storage.memory import MemoryJournal
from tests.cluster.backup.busy_store import backup_of, restored
from tests.cluster.backup.jars import JarView, Pour
from tests.cluster.backup.pantry import Pantry, disagreements


class Ledger:
    """Traffic during a backup, and what had been asked and answered when the cut was made."""

    def __init__(self, pantry: Pantry) -> None:
        self.pantry = pantry
        self.heads = 0
        self.asked: set[int] = set()
        self.acknowledged: set[int] = set()

    def before(self, call: str) -> None:
        self.pantry.maybe_turn()
        if call == "heads":
            self.heads += 1
            if self.heads == 2:  # the first asks which partitions there are
                self.asked = set(self.pantry.asked)
                self.acknowledged = {n for n, (_, _, answer) in self.pantry.answered.items() if not answer.no}

    def counts(self, numbers: set[int]) -> dict[tuple[str, str], int]:
        """What these ops make of each jar."""
        found: dict[tuple[str, str], int] = {}
        for number in numbers:
            ref, command = self.pantry.asked[number]
            name = type(command).__name__ + (command.to if isinstance(command, Pour) else "")
            found[ref, name] = found.get((ref, name), 0) + 1
        return found


def counts_in(views: dict[str, JarView]) -> dict[tuple[str, str], int]:
    """What jars say of themselves, in the form of a ledger."""
    found: dict[tuple[str, str], int] = {}
    for ref, view in views.items():
        found |= {(ref, f"Pour{to}"): count for to, count in view.poured.items()}
        found |= {(ref, "Ring"): view.rings, (ref, "Rest"): view.rests}
    return found


def going_on(journal: object, seed: int) -> Pantry:
    assert isinstance(journal, MemoryJournal)
    return Pantry(journal, seed, cells=3, generation="5f3a", life="b", start_s=1_000.0)


@pytest.mark.parametrize("seed", range(6))
async def test_a_restore_has_all_that_was_acknowledged_before_the_cut_and_nothing_else(
    tmp_path: Path, seed: int
):
    pantry = Pantry(MemoryJournal(), seed)
    for _ in range(20 + 10 * seed):
        pantry.turn()
    ledger = Ledger(pantry)
    summary = await backup_of(pantry, tmp_path / "b", ledger.before).run()
    assert summary.odd == summary.unreadable == []
    journal = await restored(tmp_path / "b", pantry.catalogue)
    after = going_on(journal, seed)
    views = after.views()
    got, least, most = counts_in(views), ledger.counts(ledger.acknowledged), ledger.counts(ledger.asked)
    for key, count in least.items():
        if not key[1].startswith(("Befriend", "Look")):
            assert got.get(key, 0) >= count, key
    for key, count in got.items():
        assert count <= most.get(key, 0), key
    after.settle()
    assert disagreements(after.views()) == []
    for _ in range(30):
        after.turn()
    after.settle()
    assert disagreements(after.views()) == []
    assert after.alarms() == []
    for _ in range(30):
        pantry.turn()
    pantry.settle()
    assert disagreements(pantry.views()) == []


async def test_an_op_repeated_after_a_restore_hears_its_first_answer(tmp_path: Path):
    pantry = Pantry(MemoryJournal(), 7)
    for _ in range(60):
        pantry.turn()
    ledger = Ledger(pantry)
    await backup_of(pantry, tmp_path / "b", ledger.before).run()
    after = going_on(await restored(tmp_path / "b", pantry.catalogue), 1)
    before = counts_in(after.views())
    for number in sorted(ledger.acknowledged):
        ref, command, first = pantry.answered[number]
        after.number = number - 1
        assert after.ask(ref, command) == number
        for _ in range(3):
            after.step()
        assert bytes(after.answered[number][2].reply) == bytes(first.reply)
    assert counts_in(after.views()) == before


async def test_numbers_of_tells_and_topics_go_on_and_the_generation_is_new(tmp_path: Path):
    pantry = Pantry(MemoryJournal(), 3)
    for _ in range(50):
        pantry.turn()
    await backup_of(pantry, tmp_path / "b").run()
    journal = await restored(tmp_path / "b", pantry.catalogue)
    assert await journal.generation() == "5f3a"
    assert await pantry.journal.generation() == "0"
    heads = {number: head for number, (_, head) in pantry.journal.heads_now().items()}
    assert {number: head for number, (_, head) in (await journal.heads()).items()} == heads
    for number in heads:
        before, after = pantry.journal.tables_now(number), await journal.tables(number)
        assert before is not None
        assert after is not None
        assert (after.base, after.epoch, after.sent) == (before.base, before.epoch, before.sent)


class HeadsFirst(Backup):
    """The planted bug: the cut is made before the snapshots are copied."""

    async def _copy_snapshots(self) -> None:
        await self._cut_now()
        await super()._copy_snapshots()
        self._cut_now = self._nothing  # type: ignore[method-assign]

    async def _nothing(self) -> None:
        pass


class TablesLast(Backup):
    """The planted bug: the tables, and what they say is covered, are read after the snapshots."""

    async def _copy_snapshots(self) -> None:
        for number in sorted(await self._store.heads()):
            await self._copy_pages(number)
        self._copy_pages = self._nothing  # type: ignore[method-assign]
        await super()._copy_snapshots()

    async def _nothing(self, number: int) -> None:
        pass


class HoldNothing(Backup):
    """The planted bug: journals are trimmed while they are copied."""

    async def _copy_readers(self) -> None:
        for name in await self._store.readers():
            await self._store.remove_reader(name)
        await super()._copy_readers()


class OneByOne(Backup):
    """The planted bug: heads are read one by one, so that a receiver may be ahead of its senders."""

    async def _cut_now(self) -> None:
        await super()._cut_now()
        for number in sorted(self._cut):
            self._cut[number] = (await self._store.heads())[number]
        self._writer.contents.heads = {number: head for number, (_, head) in self._cut.items()}


@pytest.mark.parametrize("bug", [HeadsFirst, TablesLast, HoldNothing, OneByOne])
async def test_a_planted_bug_is_found_by_the_backup_itself(tmp_path: Path, bug: type[Backup]):
    found = [await complaint(bug, tmp_path / f"{seed}", seed) for seed in range(2)]
    assert all(found)
    assert await complaint(Backup, tmp_path / "sound", 0) == ""


async def complaint(kind: type[Backup], path: Path, seed: int) -> str:
    """What a backup under traffic says of itself."""
    pantry = Pantry(MemoryJournal(), seed)
    for _ in range(40):
        pantry.turn()
    try:
        summary = await backup_of(pantry, path, lambda _: pantry.maybe_turn(), kind).run()
    except Trouble as trouble:
        left = list(path.parent.glob(f"*{path.name}*"))
        return trouble.code if not left else ""
    return "; ".join(summary.odd)
