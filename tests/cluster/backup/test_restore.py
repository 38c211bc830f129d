"""Restore: all that the file holds, nothing of it wrong, or nothing at all."""

from pathlib import Path

import pytest

from actors.catalogue import Catalogue, encode
from cluster.backup.copying import Backup
from cluster.backup.file import BackupFile
from cluster.backup.restoring import Restore
from cluster.core.records import NIL, Body, Entry, Raw, Snapshot
from cluster.embedded.trouble import Trouble
from cluster.placement import partition_of
from cluster.ports import Append, Flush, Holder, JournalStore
from cluster.readers import Reader
from cluster.storage.memory import MemoryJournal, MemoryObjects
from tests.cluster.backup.busy_store import HEADER, archivers_of, backup_of, restored, unheard
from tests.cluster.backup.jars import Rest
from tests.cluster.backup.pantry import Pantry, disagreements


@pytest.fixture
def pantry() -> Pantry:
    made = Pantry(MemoryJournal(), 9)
    for _ in range(60):
        made.turn()
    return made


async def seen_by(reader: Reader) -> list[tuple[int, int, str, int]]:
    """All that a reader has not acknowledged, in an order of its own."""
    found = []
    while (batch := await reader.look()) is not None:
        found += [(each.partition, each.entry, each.ref, each.version) for each in batch.records]
    return sorted(found)


async def test_a_restore_into_any_store_is_the_same(tmp_path: Path, pantry: Pantry, journal: JournalStore):
    await backup_of(pantry, tmp_path / "b", lambda _: pantry.maybe_turn()).run()
    await restored(tmp_path / "b", pantry.catalogue, journal)
    again = Pantry(MemoryJournal(), 1)
    second = backup_of(again, tmp_path / "again")
    second._store = journal
    second._source._store = journal
    summary = await second.run()
    first, other = BackupFile.open(tmp_path / "b"), BackupFile.open(tmp_path / "again")
    assert first.contents.trailer is not None
    assert other.contents.trailer is not None
    assert first.contents.trailer.proofs == other.contents.trailer.proofs
    assert summary.entities == sum(proof.entities for proof in first.contents.trailer.proofs) > 20
    assert await journal.generation() == "5f3a"
    first.close()
    other.close()


async def test_slow_readers_find_after_a_restore_what_they_lacked(tmp_path: Path):
    pantry, objects = Pantry(MemoryJournal(), 2), MemoryObjects()
    archivers = archivers_of(pantry, objects, limit_bytes=0)
    async with Reader(pantry.journal, objects, "search") as slow:
        for turn in range(900):
            pantry.turn()
            if turn % 300 == 250:
                for each in archivers:
                    await each.tick()
            if turn == 400:
                batch = await slow.look()
                assert batch is not None
                await slow.acknowledge(batch)
        pantry.settle()
        summary = await backup_of(pantry, tmp_path / "b", objects=objects).run()
    wanted = await seen_by(await Reader(pantry.journal, objects, "search").__aenter__())
    assert wanted
    others = MemoryObjects()
    journal = await restored(tmp_path / "b", pantry.catalogue, objects=others)
    assert (summary.readers, summary.odd) == (1, [])
    reader = await Reader(journal, others, "search").__aenter__()
    assert (reader.is_new, reader.generation) == (False, "5f3a")
    assert await seen_by(reader) == wanted


async def test_segments_travel_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cluster.archive.LEAST_BYTES", 1)
    await test_slow_readers_find_after_a_restore_what_they_lacked(tmp_path)
    file = BackupFile.open(tmp_path / "b")
    assert len(file.contents.segments) > 10
    file.close()


async def test_a_segment_that_is_broken_stops_no_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cluster.archive.LEAST_BYTES", 1)
    pantry, objects = Pantry(MemoryJournal(), 2), MemoryObjects()
    await pantry.journal.register_reader("search")
    for _ in range(200):
        pantry.turn()
    pantry.settle()
    for each in archivers_of(pantry, objects, limit_bytes=0):
        await each.tick()
    names = [name async for name in objects.names("")]
    await objects.delete(names[0])
    summary = await backup_of(pantry, tmp_path / "b", objects=objects).run()
    assert len(summary.odd) == 1
    assert names[0] in summary.odd[0]
    others = MemoryObjects()
    journal = await restored(tmp_path / "b", pantry.catalogue, objects=others)
    async with Reader(journal, others, "search") as reader:
        assert reader.is_new


async def test_what_no_noun_can_read_is_counted_and_carried_along(tmp_path: Path):
    journal = MemoryJournal()
    catalogue = Pantry(MemoryJournal()).catalogue
    refs = {"ghost:1": b"snapshot of an unknown noun", "jar:bad": b"\xc1", "jar:old": b""}
    refs["jar:old"] = encode(Snapshot(1, 1, 1, 99, Raw(encode([{}]))))
    number = partition_of("ghost:1")
    assert journal.take_now(number, 0, Holder("c", "a"))
    body = encode(Body(1, 1, "ann", "call", NIL, ["a word that no jar knows"]))
    records = [("ghost:1", Raw(body)), ("jar:odd", Raw(body))]
    journal.append_now([Append(number, 1, 0, [encode(Entry(1, [])), encode(Entry(1, records)), b"\xc1"])])
    journal.flush_now([Flush(number, 1, snapshots=refs, trim_to=1)])
    pantry = Pantry.__new__(Pantry)
    pantry.journal, pantry.catalogue = journal, catalogue
    backup = Backup(journal, MemoryObjects(), catalogue, HEADER, tmp_path / "b", unheard)
    summary = await backup.run()
    assert summary.entities == 4
    assert sorted(name.split(" ")[0] for name in summary.unreadable) == [
        "entry", "ghost:1", "jar:bad", "jar:odd", "jar:old",
    ]  # fmt: skip
    into = await restored(tmp_path / "b", catalogue)
    assert await into.load([(number, ref) for ref in refs]) == list(refs.values())
    assert await into.read(number, 1, 3, 1 << 20) == journal.read_now(number, 1, 3, 1 << 20)


async def test_a_store_that_holds_something_is_not_restored_into(tmp_path: Path, pantry: Pantry):
    await backup_of(pantry, tmp_path / "b").run()
    with pytest.raises(Trouble) as trouble:
        await restored(tmp_path / "b", pantry.catalogue, pantry.journal)
    assert trouble.value.code == "restore_not_empty"
    pantry.settle()
    assert disagreements(pantry.views()) == []


class Forgetful(MemoryJournal):
    """Loses something of what it is given."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what
        self.lost = 0

    async def flush(self, flushes):
        for flush in flushes:
            table = getattr(flush, self.what, None) if self.what != "byte" else flush.snapshots
            if table and not self.lost:
                self.lost += 1
                key = next(iter(table))
                if self.what == "byte":
                    table[key] = table[key][:-1] + bytes([table[key][-1] ^ 1])
                else:
                    del table[key]
        return await super().flush(flushes)

    async def append(self, appends):
        if self.what == "entry" and not self.lost:
            self.lost += 1
            changed = [*appends[0].entries[:-1], b"\x90"]
            appends = [Append(each.partition, each.epoch, each.expected_head, changed) for each in appends]
        return await super().append(appends)


@pytest.mark.parametrize("what", ["snapshots", "marks", "sent", "reminders", "pages", "byte", "entry"])
async def test_a_store_that_keeps_something_else_is_found_out(tmp_path: Path, pantry: Pantry, what: str):
    for ref in ("jar:1", "jar:2"):
        pantry.ask(ref, Rest(10**9))
    for _ in range(12):
        pantry.turn()
    await backup_of(pantry, tmp_path / "b").run()
    store = Forgetful(what)
    with pytest.raises(Trouble) as trouble:
        await restored(tmp_path / "b", pantry.catalogue, store)
    assert store.lost == 1
    assert trouble.value.code in ("restore_differs", "backup_inconsistent")
    assert await store.generation() == "0"


async def test_another_version_is_held_to_the_file_not_to_its_own_reading(tmp_path: Path, pantry: Pantry):
    await backup_of(pantry, tmp_path / "b").run()
    file = BackupFile.open(tmp_path / "b")
    assert file.contents.trailer is not None
    file.contents.trailer.proofs[0].digest = b"another reading "
    restore = Restore(file, MemoryJournal(), None, pantry.catalogue, unheard)
    with pytest.raises(Trouble) as trouble:
        await restore.run("5f", HEADER.version, HEADER.nouns)
    assert trouble.value.code == "restore_differs"
    restore = Restore(file, MemoryJournal(), None, pantry.catalogue, unheard)
    await restore.run("5f", "0.2", HEADER.nouns)
    file.close()


async def test_an_empty_installation_is_backed_up_and_restored(tmp_path: Path):
    backup = Backup(MemoryJournal(), MemoryObjects(), Catalogue([]), HEADER, tmp_path / "b", unheard)
    assert (await backup.run()).partitions == 0
    journal = await restored(tmp_path / "b", Catalogue([]))
    assert await journal.heads() == {}
    assert await journal.generation() == "5f3a"
