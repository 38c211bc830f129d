"""Journals that slow readers hold back move whole, once, by their holder, through any crash."""

import pytest

from cluster.archive import HOLD_EXPIRES_S, SWEEP_EVERY_S, SWEEP_FIRST_S, Archiver, Holding, to_move
from cluster.ports import Holder, Segment, StorageDown
from cluster.readers import Reader
from cluster.segments import SegmentName
from cluster.storage.memory import MemoryJournal, MemoryObjects
from tests.cluster.written_journal import cover, take, write

LIMIT_BYTES = 256 * 1024
ENTRY_BYTES = 4_000


class Killed(BaseException):
    """The process is gone."""


class Clock:
    """Seconds that tests move."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Fragile:
    """Wraps a store: the n-th change kills the process, before or after it takes effect; or says nothing."""

    def __init__(self, inner: object, deadly: "Deadly") -> None:
        self._inner = inner
        self._deadly = deadly

    def __getattr__(self, name: str):
        method = getattr(self._inner, name)
        if name not in ("put", "archive", "drop_segments", "delete"):
            return method

        async def fragile(*arguments: object) -> object:
            return await self._deadly.run(method, *arguments)

        return fragile


class Deadly:
    """Counts changes, and ends at one of them."""

    def __init__(self, at: int, after: bool, error: BaseException) -> None:
        self.count, self._at, self._after, self._error = 0, at, after, error

    async def run(self, method, *arguments: object) -> object:
        self.count += 1
        if self.count == self._at and not self._after:
            raise self._error
        answer = await method(*arguments)
        if self.count == self._at:
            raise self._error
        return answer


class Host:
    """A cell's host: its partitions, and an archiver of each life."""

    def __init__(self, partitions: tuple[int, ...] = (3, 7)) -> None:
        self.journal, self.objects, self.clock = MemoryJournal(), MemoryObjects(), Clock()
        self.partitions = partitions
        take(self.journal, *partitions)

    def holdings(self) -> list[Holding]:
        found = []
        for number in self.partitions:
            each = self.journal.partitions[number]
            found.append(Holding(number, each.epoch, each.covered, ENTRY_BYTES))
        return found

    def archiver(self, deadly: Deadly | None = None, generation: str = "0") -> Archiver:
        journal: object = Fragile(self.journal, deadly) if deadly else self.journal
        objects: object = Fragile(self.objects, deadly) if deadly else self.objects
        return Archiver(journal, objects, self.holdings, generation, self.clock, LIMIT_BYTES)  # type: ignore[arg-type]

    def takes_over(self) -> None:
        """The next life of the cell raises every epoch."""
        for number in self.partitions:
            (found,) = self.journal.held_by_now([number])
            assert self.journal.take_now(number, found[0], Holder("cell-1", f"life-{found[0]}"))

    def fill(self, partition: int, count: int) -> None:
        """Entries that no cell needs any more."""
        cover(self.journal, partition, write(self.journal, partition, count, ENTRY_BYTES))

    async def names(self) -> list[str]:
        return [name async for name in self.objects.names("journal/")]

    def noted(self) -> list[str]:
        return sorted(segment.name for n in self.partitions for segment in self.journal.segments_now(n))

    async def read_all(self, reader: Reader) -> dict[int, list[int]]:
        seen: dict[int, list[int]] = {number: [] for number in self.partitions}
        while (batch := await reader.look()) is not None:
            for record in batch.records:
                seen[record.partition].append(record.version)
            await reader.acknowledge(batch)
        return seen


@pytest.fixture
def host() -> Host:
    return Host()


async def test_a_journal_within_the_limit_stays_where_it_is(host: Host):
    async with Reader(host.journal, host.objects, "search"):
        host.fill(7, 60)
        await host.archiver().tick()
        assert host.journal.heads_now()[7] == (1, 60)
        assert await host.names() == []


async def test_a_slow_reader_does_not_make_the_journal_grow(host: Host):
    archiver = host.archiver()
    async with Reader(host.journal, host.objects, "search") as reader:
        for _ in range(20):
            host.fill(3, 30)
            host.fill(7, 50)
            await archiver.tick()
            held = sum(head - base + 1 for base, head in host.journal.heads_now().values())
            assert held * ENTRY_BYTES <= LIMIT_BYTES
        assert await host.read_all(reader) == {3: list(range(1, 601)), 7: list(range(1, 1001))}


async def test_segments_that_every_reader_has_behind_it_are_dropped(host: Host):
    archiver = host.archiver()
    async with Reader(host.journal, host.objects, "search") as reader:
        host.fill(7, 100)
        await archiver.tick()
        assert await host.names() == host.noted()
        assert len(host.noted()) == 1
        await archiver.tick()
        assert len(host.noted()) == 1
        await host.read_all(reader)
        await archiver.tick()
        assert (await host.names(), host.noted()) == ([], [])


async def test_what_a_cell_needs_never_moves(host: Host):
    async with Reader(host.journal, host.objects, "search") as reader:
        write(host.journal, 7, 200, ENTRY_BYTES)
        cover(host.journal, 7, 90)
        await host.archiver().tick()
        assert host.journal.heads_now()[7] == (91, 200)
        assert (await host.read_all(reader))[7] == list(range(1, 201))


async def test_the_longest_stretches_move_until_half_of_the_share_is_free():
    holdings = [Holding(n, 1, 1_000, 1_000.0) for n in range(4)]
    heads = {0: (901, 1_000), 1: (401, 1_000), 2: (601, 1_000), 3: (1_001, 1_000), 4: (1, 1_000)}
    assert to_move(holdings, heads, 2_000_000) == []
    moved = to_move(holdings, heads, 1_000_000)
    assert [(each.holding.partition, each.first, each.last) for each in moved] == [
        (1, 401, 1_000),
        (2, 601, 1_000),
    ]
    assert to_move(holdings, {0: (951, 1_000)}, 0) == []


async def test_large_stretches_become_several_segments(host: Host):
    async with Reader(host.journal, host.objects, "search") as reader:
        host.fill(7, 2_500)
        await host.archiver().tick()
        firsts = [segment.first for segment in host.journal.segments_now(7)]
        assert len(firsts) == 3
        assert all(segment.size_bytes < 5 << 20 for segment in host.journal.segments_now(7))
        assert (await host.read_all(reader))[7] == list(range(1, 2_501))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 15))
async def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing(host: Host, at: int, after: bool):
    reader = await Reader(host.journal, host.objects, "search").__aenter__()
    deadly = Deadly(at, after, Killed())
    seen: dict[int, list[int]] = {3: [], 7: []}

    async def life() -> None:
        archiver = host.archiver(deadly)
        for _ in range(3):
            host.fill(3, 1_100)
            host.fill(7, 50)
            await archiver.tick()
            for number, versions in (await host.read_all(reader)).items():
                seen[number] += versions

    try:
        await life()
    except Killed:
        host.takes_over()
        await life()
    assert deadly.count >= at
    for number in (3, 7):
        assert seen[number] == list(range(1, host.journal.heads_now()[number][1] + 1))
    host.takes_over()
    host.clock.now_s += SWEEP_FIRST_S
    archiver = host.archiver()
    host.clock.now_s += SWEEP_FIRST_S
    for _ in range(2):
        await archiver.tick()
    assert (await host.names(), host.noted()) == ([], [])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 9))
async def test_an_answer_that_is_lost_at_any_step_is_made_good(host: Host, at: int, after: bool):
    archiver = host.archiver(Deadly(at, after, StorageDown("no answer")))
    async with Reader(host.journal, host.objects, "search") as reader:
        for _ in range(4):
            host.fill(3, 1_100)
            await archiver.tick()
        assert archiver.counts["failures"] == 1
        assert archiver.trouble == "no answer"
        assert (await host.read_all(reader))[3] == list(range(1, 4_401))


async def test_a_stale_archiver_changes_nothing_and_destroys_nothing(host: Host):
    async with Reader(host.journal, host.objects, "search") as reader:
        host.fill(7, 100)
        stale = Holding(7, 1, 200, ENTRY_BYTES)
        old = Archiver(host.journal, host.objects, lambda: [stale], "0", host.clock, LIMIT_BYTES)
        host.takes_over()
        await host.archiver().tick()
        (noted,) = host.noted()
        assert SegmentName.parse(noted) == SegmentName(7, 1, 100, "0", 2)
        host.fill(7, 100)
        host.clock.now_s += SWEEP_EVERY_S
        await old.tick()
        assert old.counts["refused"] == 1
        assert host.noted() == [noted]
        assert noted in await host.names()
        assert (await host.read_all(reader))[7] == list(range(1, 201))


async def test_the_sweep_spares_what_is_not_certainly_ours(host: Host):
    host.takes_over()
    names = {
        "an earlier holder's": SegmentName(7, 1, 4, "0", 1),
        "our own, perhaps noted yet": SegmentName(7, 1, 5, "0", 2),
        "a later holder's": SegmentName(7, 1, 6, "0", 3),
        "another timeline's": SegmentName(7, 1, 7, "5f", 1),
        "another cell's": SegmentName(99, 1, 8, "0", 1),
    }
    for name in names.values():
        await host.objects.put(str(name), b"")
    await host.objects.put("journal/README", b"")
    archiver = host.archiver()
    await archiver.tick()
    assert len(await host.names()) == 6
    host.clock.now_s += SWEEP_FIRST_S
    await archiver.tick()
    gone = set(map(str, names.values())) - set(await host.names())
    assert gone == {str(names["an earlier holder's"])}
    assert archiver.counts["swept"] == 1


async def test_segments_that_an_earlier_life_noted_are_dropped_too(host: Host):
    async with Reader(host.journal, host.objects, "search") as reader:
        host.fill(7, 100)
        await host.archiver().tick()
        host.takes_over()
        await host.read_all(reader)
        archiver = host.archiver()
        host.clock.now_s += SWEEP_FIRST_S
        await archiver.tick()
        await archiver.tick()
        assert (await host.names(), host.noted()) == ([], [])


async def test_the_hold_of_a_killed_backup_ends_by_itself(host: Host):
    archiver = host.archiver()
    await host.journal.register_reader("~backup/x/1")
    await host.journal.register_reader("search")
    await archiver.tick()
    host.clock.now_s += HOLD_EXPIRES_S - 1
    await archiver.tick()
    await host.journal.register_reader("~backup/x/2")
    host.clock.now_s += 2
    await archiver.tick()
    assert await host.journal.readers() == ["search", "~backup/x/2"]
    assert archiver.counts["holds_expired"] == 1


def test_a_name_says_what_it_holds():
    name = SegmentName(7, 12, 99, "5f", 3)
    assert str(name) == "journal/7/0000000000000012-99.5f.3"
    assert SegmentName.parse(str(name)) == name
    assert SegmentName.parse("journal/7/12-99") is None
    assert Segment(12, 99, str(name), 1).name.startswith("journal/7/")
