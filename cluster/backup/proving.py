"""Proofs of all partitions, from a file or from a store: the two must be equal."""

import asyncio
from collections.abc import Callable

import msgspec

from actors.catalogue import Catalogue
from cluster.backup.file import BackupFile
from cluster.backup.frames import Proof, Tables
from cluster.backup.replay import Inconsistent, PartitionReplay, tells_agree
from cluster.embedded.trouble import Trouble
from cluster.ports import JournalStore, Taken

READ_BYTES = 512 * 1024
PAGE = 200  # snapshots asked for at once: a scan of more of them holds Redis for over a millisecond

Watch = Callable[[str, int, int], None]
"""Told of each step: what is done, how much of it, of how much."""


class Findings(msgspec.Struct):
    """What replay found."""

    proofs: list[Proof] = []
    unreadable: list[str] = []  # entities and entries that do not decode; carried along as they are
    odd: list[str] = []

    @property
    def entities(self) -> int:
        """How many there are, readable or not."""
        return sum(proof.entities for proof in self.proofs)

    @classmethod
    def of(cls, replays: dict[int, PartitionReplay], proofs: list[Proof]) -> "Findings":
        """All replays together; Trouble when they are not of one moment."""
        try:
            odd = tells_agree(replays)
        except Inconsistent as error:
            raise inconsistent(error) from error
        for replay in replays.values():
            odd += [f"{gap} lacks events" for gap in replay.gaps]
        return cls(proofs, [name for replay in replays.values() for name in replay.unreadable], odd)


def inconsistent(error: Exception) -> Trouble:
    """What was gathered does not fit together."""
    return Trouble("backup_inconsistent", f"this is no consistent cut ({error}): make another backup")


async def prove_file(file: BackupFile, catalogue: Catalogue, watch: Watch) -> Findings:
    """Replays a backup file; a partition's journal is held in memory, one partition at a time."""
    replays: dict[int, PartitionReplay] = {}
    proofs: list[Proof] = []
    for number, head in sorted(file.contents.heads.items()):
        replay = replays[number] = PartitionReplay(catalogue, file.tables(number), head)
        try:
            for stretch in file.entries(number):
                replay.entries(stretch.first, stretch.entries)
            for page in file.snapshots(number):
                replay.snapshots(page.blobs)
            proofs.append(replay.finish())
        except Inconsistent as error:
            raise inconsistent(error) from error
        watch("replayed", len(proofs), len(file.contents.heads))
        await asyncio.sleep(0)
    return Findings.of(replays, proofs)


async def prove_store(store: JournalStore, catalogue: Catalogue, watch: Watch) -> Findings:
    """Replays a store that nobody writes to."""
    heads = await store.heads()
    replays: dict[int, PartitionReplay] = {}
    proofs: list[Proof] = []
    for number, (base, head) in sorted(heads.items()):
        taken = await store.tables(number)
        assert taken is not None
        tables = tables_of(taken, await store.parked(number))
        replay = replays[number] = PartitionReplay(catalogue, tables, head)
        try:
            await _feed(store, replay, number, base, head)
            proofs.append(replay.finish())
        except Inconsistent as error:
            raise inconsistent(error) from error
        watch("checked", len(proofs), len(heads))
    return Findings.of(replays, proofs)


async def _feed(store: JournalStore, replay: PartitionReplay, number: int, base: int, head: int) -> None:
    position = base - 1
    while position < head and (found := await store.read(number, position, head, READ_BYTES)):
        replay.entries(found[0][0], [raw for _, raw in found])
        position = found[-1][0]
    cursor, more = "", True
    while more:
        page, cursor = await store.snapshots(number, cursor, PAGE)
        replay.snapshots(page)
        more = cursor != ""


def tables_of(taken: Taken, parked: dict[str, bytes]) -> Tables:
    """The tables of a partition as a backup holds them."""
    return Tables(
        taken.partition,
        taken.epoch,
        taken.base - 1,
        taken.marks,
        taken.sent,
        taken.reminders,
        taken.pages,
        parked,
    )
