"""Memory and Redis agree on every answer, whatever is asked in whatever order."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from cluster.ports import Append, Flush, Holder, JournalStore, Segment
from cluster.storage.memory import MemoryJournal
from cluster.storage.redis_journal import RedisJournal
from tests.cluster.storage.redis_server import RedisServer

Question = Callable[[JournalStore], Any]
HOLDERS = [Holder("cell-1", "life-a", "p"), Holder("cell-2", "life-b"), Holder("cell-1", "life-c")]
PARTITIONS = [0, 1, 300]
READERS = ["search", "notes"]
SAMPLES = [b"", b"a", b"b", b"\x00\xff"]


class Asker:
    """Makes up questions, mostly near the truth: those find more than what lies far off."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.epochs = dict.fromkeys(PARTITIONS, 0)
        self.heads = dict.fromkeys(PARTITIONS, 0)

    def near(self, value: int) -> int:
        return max(0, value + self.chance.choice([0, 0, 0, 0, 0, -1, 1, -3]))

    def entries(self) -> list[bytes]:
        return self.chance.choices(SAMPLES, k=self.chance.randrange(4))

    def appends(self) -> Question:
        some = self.chance.sample(PARTITIONS, self.chance.randint(1, 3))
        appends = [
            Append(p, self.near(self.epochs[p]), self.near(self.heads[p]), self.entries()) for p in some
        ]
        return lambda journal: journal.append(appends)

    def flushes(self) -> Question:
        pick, p = self.chance.choice, self.chance.choice(PARTITIONS)
        flush = Flush(
            p, self.near(self.epochs[p]), {pick("xyz"): pick(SAMPLES)}, [pick("xyz")], {pick(PARTITIONS): 7},
            {pick(PARTITIONS): 8}, {pick("rs"): b"1"}, [pick("rs")], {1: pick(SAMPLES)}, [pick([1, 2])],
            {pick("pq"): b"2"}, self.near(self.heads[p]) - self.chance.randrange(5),
        )  # fmt: skip
        return lambda journal: journal.flush([flush])

    def take(self) -> Question:
        p, holder = self.chance.choice(PARTITIONS), self.chance.choice(HOLDERS)
        expected = self.near(self.epochs[p])
        return lambda journal: journal.take(p, expected, holder)

    def reading(self) -> Question:
        p, reader, from_start = (
            self.chance.choice(PARTITIONS),
            self.chance.choice(READERS),
            self.chance.random() < 0.5,
        )
        offset, last = self.near(self.heads[p]), self.near(self.heads[p])
        segment = Segment(max(1, last - self.chance.randrange(12)), last, f"{p}/{last}", 9)
        epoch = self.near(self.epochs[p])
        questions: list[Question] = [
            lambda journal: journal.register_reader(reader, from_start),
            lambda journal: journal.acknowledge(reader, {p: offset}),
            lambda journal: journal.acknowledge(reader, {p: offset}),
            lambda journal: journal.archive(p, epoch, segment),
            lambda journal: journal.drop_segments(p, offset),
            lambda journal: journal.remove_reader(reader),
        ]
        return self.chance.choice(questions)

    def next(self) -> Question:
        return self.chance.choice([self.appends, self.appends, self.flushes, self.take, self.reading])()


async def everything(journal: JournalStore) -> list[Any]:
    """All that can be seen of a journal."""
    seen: list[Any] = [await journal.held_by(PARTITIONS), await journal.heads(), await journal.leases()]
    seen += [await journal.offsets(reader) for reader in READERS]
    for p in PARTITIONS:
        seen += [
            await journal.tables(p),
            await journal.read(p, 0, 10_000, 1 << 20),
            await journal.segments(p),
        ]
        seen += [await journal.parked(p), await journal.load([(p, ref) for ref in "xyz"])]
    return seen


@pytest.mark.parametrize("seed", range(6))
async def test_memory_and_redis_give_the_same_answers(valkey: RedisServer, seed: int):
    valkey.start()
    asker, memory, redis = Asker(seed), MemoryJournal(), RedisJournal(valkey.url, f"agree-{seed}")
    for step in range(150):
        if step % 10 == 0:
            holder = asker.chance.choice(HOLDERS)
            await memory.renew(holder)
            await redis.renew(holder)
        question = asker.next()
        said, wanted = await question(redis), await question(memory)
        assert said == wanted, f"step {step}"
        assert await everything(redis) == await everything(memory), f"after step {step}"
        for partition, (_, head) in memory.heads_now().items():
            asker.heads[partition] = head
        asker.epochs = {p: epoch for p, (epoch, _) in zip(PARTITIONS, memory.held_by_now(PARTITIONS))}
    assert sum(asker.heads.values()) > 20
    await redis.close()
