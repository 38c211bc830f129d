"""The Redis journal under attack: nothing acknowledged is lost or doubled, nothing stale is taken."""

import asyncio
import random
from pathlib import Path

import hiredis
import pytest

from cluster.ports import Append, Appended, Flush, Holder, StorageDown
from cluster.storage.redis_address import RedisAddress
from cluster.storage.redis_calls import Keys, pack_flush, read_flushed
from cluster.storage.redis_journal import RedisJournal
from cluster.storage.redis_line import RedisLine
from cluster.storage.wire import pack
from tests.cluster.storage.redis_server import RedisServer
from tests.cluster.storage.scripted_redis import Cutter

ANN = Holder("cell-1", "life-a")


class Writer:
    """A partition's holder: appends one entry after the other, each until it is acknowledged."""

    def __init__(self, journal: RedisJournal, partition: int) -> None:
        self.journal, self.partition = journal, partition
        self.acknowledged: list[bytes] = []
        self.failures = 0

    async def append(self) -> bool:
        """One try of the next entry; whether it was acknowledged."""
        head = len(self.acknowledged)
        entry = b"%d:%d:" % (self.partition, head + 1) + bytes(head % 300)
        (done,) = await self.journal.append([Append(self.partition, 1, head, [entry])])
        if done.status == "ok":
            assert done.head == head + 1
            self.acknowledged.append(entry)
            return True
        assert done.status == "failed", done
        self.failures += 1
        return False

    async def check(self, journal: RedisJournal) -> None:
        """Every acknowledged entry is there, once and in order, and nothing else."""
        found = await journal.read(self.partition, 0, 1_000_000, 1 << 30)
        assert found == list(enumerate(self.acknowledged, 1))


async def writers(journal: RedisJournal, count: int) -> list[Writer]:
    for partition in range(count):
        assert await journal.take(partition, 0, ANN) is not None
    return [Writer(journal, partition) for partition in range(count)]


async def test_a_kill_amid_appends_loses_nothing_acknowledged(own_valkey: RedisServer):
    own_valkey.start()
    journal = RedisJournal(own_valkey.url)
    all_writers = await writers(journal, 32)

    async def write(writer: Writer) -> None:
        while await writer.append():
            if sum(len(each.acknowledged) for each in all_writers) == 3_000:
                own_valkey.kill()

    for _ in range(3):
        await asyncio.gather(*map(write, all_writers))
        assert all(writer.failures for writer in all_writers)
        own_valkey.start()
        heads = await journal.heads()
        for writer in all_writers:
            written = heads[writer.partition][1] - len(writer.acknowledged)
            assert written in (0, 1), "an append that was not acknowledged is there or not; no other is"
            assert await writer.append()
            await writer.check(journal)
            writer.acknowledged, writer.partition = [], writer.partition + 32
            assert await journal.take(writer.partition, 0, ANN) is not None
    await journal.close()


async def test_cuts_amid_answers_leave_every_entry_there_once(own_valkey: RedisServer, socket_folder: Path):
    own_valkey.start()
    chance = random.Random(7)
    async with Cutter(socket_folder / "cutter", own_valkey.url).standing() as cutter:
        journal = RedisJournal(cutter.url)
        all_writers = await writers(journal, 16)

        async def write(writer: Writer) -> None:
            while len(writer.acknowledged) < 60:
                if cutter.left_bytes is None and cutter.cuts < 25:
                    cutter.left_bytes = chance.randrange(200)
                await writer.append()

        await asyncio.gather(*map(write, all_writers))
        assert cutter.cuts == 25
        assert sum(writer.failures for writer in all_writers) >= 25
        for writer in all_writers:
            await writer.check(journal)
        await journal.close()


async def test_no_answer_in_time_means_that_nothing_is_known(own_valkey: RedisServer):
    own_valkey.start()
    journal = RedisJournal(own_valkey.url, timeout_s=0.2)
    (writer,) = await writers(journal, 1)
    assert await writer.append()
    own_valkey.pause()
    results = await asyncio.gather(
        writer.append(), journal.flush([Flush(0, 1)]), journal.load([(0, "a")]), return_exceptions=True
    )
    assert results[0] is False
    assert isinstance(results[1], list)
    assert [flushed.status for flushed in results[1]] == ["failed"]
    assert isinstance(results[2], StorageDown)
    own_valkey.go_on()
    assert await writer.append()
    await writer.check(journal)
    await journal.close()


async def test_nobody_listening_fails_appends_and_flushes_and_raises_elsewhere(own_valkey: RedisServer):
    journal = RedisJournal(own_valkey.url)
    (appended,) = await journal.append([Append(1, 1, 0, [b"a"])])
    (flushed,) = await journal.flush([Flush(1, 1)])
    assert (appended.status, flushed.status) == ("failed", "failed")
    assert "cannot reach" in appended.text
    for question in (
        journal.load([(1, "a")]),
        journal.held_by([1]),
        journal.take(1, 0, ANN),
        journal.read(1, 0, 1, 1),
        journal.renew(ANN),
        journal.leases(),
        journal.heads(),
        journal.snapshots(1, "", 1),
    ):
        with pytest.raises(StorageDown, match="cannot reach"):
            await question
    await journal.close()


async def test_a_server_without_the_functions_is_given_them_again(own_valkey: RedisServer):
    own_valkey.start()
    admin = RedisLine(RedisAddress.parse(own_valkey.url), "admin", 5.0)
    journal = RedisJournal(own_valkey.url)
    all_writers = await writers(journal, 100)
    for _ in range(3):
        await admin.ask("FUNCTION", "FLUSH", "SYNC")
        assert all(await asyncio.gather(*(writer.append() for writer in all_writers)))
        await admin.ask("FUNCTION", "FLUSH", "SYNC")
        assert [flushed.status for flushed in await journal.flush([Flush(p, 1) for p in range(3)])] == [
            "ok"
        ] * 3
        await admin.ask("FUNCTION", "FLUSH", "SYNC")
        assert len(await journal.heads()) == 100
    for writer in all_writers:
        await writer.check(journal)
    await asyncio.gather(journal.close(), admin.close())


async def test_the_functions_come_back_with_the_data_after_a_restart(own_valkey: RedisServer):
    own_valkey.start()
    journal = RedisJournal(own_valkey.url)
    await journal.take(1, 0, ANN)
    await journal.flush([Flush(1, 1, {"user:ü": bytes(range(256))}, marks={1: 2})])
    own_valkey.kill()
    own_valkey.start()
    admin = RedisLine(RedisAddress.parse(own_valkey.url), "admin", 5.0)
    assert len(await admin.ask("FUNCTION", "LIST")) == 1
    again = RedisJournal(own_valkey.url)
    assert await again.load([(1, "user:ü")]) == [bytes(range(256))]
    assert await again.held_by([1]) == [(1, ANN)]
    await asyncio.gather(journal.close(), again.close(), admin.close())


async def test_a_full_server_refuses_and_takes_the_same_append_later(own_valkey: RedisServer):
    own_valkey.start()
    admin = RedisLine(RedisAddress.parse(own_valkey.url), "admin", 5.0)
    journal = RedisJournal(own_valkey.url)
    (writer,) = await writers(journal, 1)
    await admin.ask("CONFIG", "SET", "maxmemory", "1")
    (appended,) = await journal.append([Append(0, 1, 0, [b"a"])])
    (flushed,) = await journal.flush([Flush(0, 1)])
    assert (appended.status, flushed.status) == ("failed", "failed")
    assert "OOM" in appended.text
    await admin.ask("CONFIG", "SET", "maxmemory", "0")
    assert await writer.append()
    await writer.check(journal)
    await asyncio.gather(journal.close(), admin.close())


async def test_a_head_behind_what_was_acknowledged_is_told_apart(own_valkey: RedisServer):
    own_valkey.start()
    journal = RedisJournal(own_valkey.url)
    await journal.take(1, 0, ANN)
    await journal.append([Append(1, 1, 0, [b"a", b"b"])])
    own_valkey.kill()
    stale = own_valkey.beside(
        Path(f"{own_valkey.url.removeprefix('unix://')}-stale"), Path(own_valkey.url[7:])
    )
    stale.start()
    try:
        again = RedisJournal(own_valkey.url)
        assert await again.append([Append(1, 1, 2, [b"c"])]) == [
            Appended(1, "fenced", 0, "epoch 0 holds the partition")
        ]
        await again.take(1, 0, ANN)
        await again.append([Append(1, 1, 0, [b"a"])])
        assert await again.append([Append(1, 1, 2, [b"c"])]) == [Appended(1, "behind", 1)]
        await again.close()
    finally:
        stale.kill()
    await journal.close()


async def test_a_flush_that_comes_late_over_a_dead_connection_undoes_nothing(valkey: RedisServer):
    valkey.start()
    journal, keys = RedisJournal(valkey.url, "late"), Keys("late", 1)
    line = RedisLine(RedisAddress.parse(valkey.url), "test", 5.0)
    await journal.take(1, 0, ANN)
    await journal.flush([Flush(1, 1)])
    for writer, connection, blob, status in (
        (b"me", 1, b"first", "ok"),
        (b"me", 2, b"second", "ok"),
        (b"me", 1, b"first, again", "failed"),
        (b"me", 2, b"third", "ok"),
        (b"the next holder", 1, b"fourth", "ok"),
    ):
        flush = Flush(1, 1, {"a": blob})
        (reply,) = await line.call(pack_flush(flush, keys, writer, connection))
        assert read_flushed(flush, reply).status == status
        assert (await journal.load([(1, "a")]) == [blob]) == (status == "ok")
    await asyncio.gather(journal.close(), line.close())


async def test_sizes_of_entries_are_learnt_so_that_reads_keep_to_their_limit(valkey: RedisServer):
    valkey.start()
    journal = RedisJournal(valkey.url, "sizes")
    await journal.take(1, 0, ANN)
    await journal.append([Append(1, 1, 0, [bytes(20_000)] * 60 + [b"small"] * 600)])
    after, pages = 0, []
    while page := await journal.read(1, after, 1_000, 100_000):
        pages.append(sum(len(entry) for _, entry in page))
        after = page[-1][0]
    assert after == 660
    assert max(pages) <= 100_000
    assert len(pages) <= 20
    await journal.close()


async def test_installations_with_different_prefixes_do_not_meet(valkey: RedisServer):
    valkey.start()
    one, other = RedisJournal(valkey.url, "one"), RedisJournal(valkey.url, "other")
    await one.take(1, 0, ANN)
    await one.renew(ANN)
    await one.place(0, {1: "cell-1"})
    await one.register_reader("search")
    assert await other.held_by([1]) == [(0, None)]
    assert (await other.leases(), await other.placement(), await other.heads()) == ({}, (0, {}), {})
    await asyncio.gather(one.close(), other.close())


async def test_every_key_of_a_partition_is_under_its_hash_tag(own_valkey: RedisServer):
    own_valkey.start()
    journal = RedisJournal(own_valkey.url)
    line = RedisLine(RedisAddress.parse(own_valkey.url), "test", 5.0)
    await journal.take(42, 0, ANN)
    await journal.append([Append(42, 1, 0, [b"a"])])
    everything = Flush(42, 1, {"a": b""}, [], {1: 1}, {1: 1}, {"r": b""}, [], {1: b""}, [], {"p": b""})
    await journal.flush([everything])
    await journal.register_reader("search")
    await journal.place(0, {})
    await journal.renew(ANN)
    keys = {key.decode() for key in await line.ask("KEYS", "*")}
    tables = ["fence", "meta", "journal", "snap", "marks", "sent", "reminders", "pages", "parked", "readers"]
    global_keys = {"manta:partitions", "manta:readers", "manta:placement", "manta:leases"}
    assert keys == {f"manta:{{p42}}:{table}" for table in tables} | global_keys
    await asyncio.gather(journal.close(), line.close())


async def test_a_refusal_of_a_read_is_raised_and_not_read_as_an_answer(valkey: RedisServer):
    valkey.start()
    line = RedisLine(RedisAddress.parse(valkey.url), "test", 5.0)
    await line.ask("SET", Keys("foreign", 1).snap, "not a hash")
    journal = RedisJournal(valkey.url, "foreign")
    with pytest.raises(StorageDown, match="WRONGTYPE"):
        await journal.load([(1, "a")])
    (reply,) = await line.call(pack(("HGETALL", Keys("foreign", 1).snap)))
    assert isinstance(reply, hiredis.ReplyError)
    await asyncio.gather(journal.close(), line.close())
