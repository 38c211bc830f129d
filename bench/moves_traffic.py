"""Callers and watchers of tallies: what they ask at an even pace, what they hear, and what is wrong."""

import asyncio
import time
from collections import Counter
from functools import partial
from random import Random
from typing import Any

import msgspec

from bench.measure import Latencies
from bench.tally import Count, ReadTally, Tallied, TallyIs
from cluster.client import ClusterClient
from cluster.link.frames import Joined, Pushed
from cluster.pending import Ask
from cluster.placement import partition_of
from protocol.errors import MantaError

TURN_S = 0.001
SLOW_S = 0.005  # what took longer is remembered by its partition
JOIN_AT_ONCE = 500

_message = msgspec.msgpack.Decoder(Tallied).decode
_count, _read = Count(), ReadTally()


class Slow(msgspec.Struct, frozen=True):
    """One op that took long."""

    partition: int
    answered_s: float
    took_s: float


class Watched:
    """Hears the pushes of all topics; each must come once, in order, without a gap."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.wrong: list[str] = []

    def pushed(self, push: Pushed) -> None:
        """The next count of a topic."""
        count = _message(push.message).count
        if count != self.heard[push.topic] + 1:
            self.wrong.append(f"{push.topic}: {count} after {self.heard[push.topic]}")
        self.heard[push.topic] = count

    def reset(self, topic: str, reply: Any, joined: Joined) -> None:
        """A topic that began anew lost something."""
        self.wrong.append(f"{topic} began anew: {joined.reset}")

    def closed(self, topic: str, error: MantaError) -> None:
        """A topic that was closed lost all that follows."""
        self.wrong.append(f"{topic} was closed: {error}")


class Traffic:
    """An open loop over many tallies, half of it writes; latencies count from the intended moment."""

    def __init__(self, client: ClusterClient, refs: list[str], per_s: float) -> None:
        self._client, self._refs, self._per_s = client, refs, per_s
        self._partitions = [partition_of(ref) for ref in refs]
        self._chance = Random(4)
        self._known = [0] * len(refs)  # what was acknowledged or read of each
        self._counts: list[set[int]] = [set() for _ in refs]  # what writes were answered with
        self._sent = self._flying = 0
        self._over = False
        self._landed = asyncio.Event()
        self._at = {ref: index for index, ref in enumerate(refs)}
        self.answered = 0
        self.latencies = Latencies()
        self.slow: list[Slow] = []
        self.errors: list[str] = []

    async def warm(self) -> None:
        """Reads each once."""
        for at in range(0, len(self._refs), JOIN_AT_ONCE):
            asks = [Ask(ref, _read, "", None) for ref in self._refs[at : at + JOIN_AT_ONCE]]
            await self._client.ask_many(asks, timeout_s=30.0)

    async def run(self) -> None:
        """Asks until it is ended."""
        start_s = time.perf_counter()
        while not self._over:
            due = int((time.perf_counter() - start_s) * self._per_s)
            for number in range(self._sent, due):
                self._ask(start_s + number / self._per_s)
            self._sent = max(self._sent, due)
            await asyncio.sleep(TURN_S)
        await self._landed.wait()

    def end(self) -> None:
        """Asks no more; what is under way is waited for."""
        self._over = True
        if not self._flying:
            self._landed.set()

    def fresh(self) -> Latencies:
        """Latencies so far; from now on they are counted anew."""
        latencies, self.latencies = self.latencies, Latencies()
        return latencies

    def count(self, ref: str) -> int:
        """How many were counted, as it is known."""
        return self._known[self._at[ref]]

    async def wrong(self) -> list[str]:
        """What is wrong with the tallies in the end: each must be as long as it was counted."""
        asks = [Ask(ref, _read, "", None) for ref in self._refs]
        found = await self._client.ask_many(asks, timeout_s=30.0)
        wrong = []
        for ref, counts, reply in zip(self._refs, self._counts, found):
            if not isinstance(reply, TallyIs):
                wrong.append(f"{ref} cannot be read: {reply}")
            elif reply.count != len(counts) or counts != set(range(1, len(counts) + 1)):
                wrong.append(f"{ref} was counted {len(counts)} times and is at {reply.count}")
        return wrong

    def _ask(self, intended_s: float) -> None:
        index = int(self._chance.random() * len(self._refs))
        writes = self._chance.random() < 0.5
        command, call = (_count, "") if writes else (_read, None)
        try:
            future = self._client.begin(self._refs[index], command, "", call)
        except MantaError as error:
            self.errors.append(f"{self._refs[index]}: {error}")
            return
        self._flying += 1
        future.add_done_callback(partial(self._answered, index, writes, self._known[index], intended_s))

    def _answered(
        self, index: int, writes: bool, known: int, intended_s: float, future: "asyncio.Future[Any]"
    ) -> None:
        self._flying -= 1
        self.answered += 1
        if self._over and not self._flying:
            self._landed.set()
        now_s = time.perf_counter()
        took_s = now_s - intended_s
        self.latencies.add(took_s)
        if took_s > SLOW_S:
            self.slow.append(Slow(self._partitions[index], now_s, took_s))
        if (error := future.exception()) is not None:
            self.errors.append(f"{self._refs[index]}: {error}")
            return
        count = future.result().count
        if writes and (count in self._counts[index] or count <= known):
            self.errors.append(f"{self._refs[index]}: counted {count} twice")
        elif count < known:
            self.errors.append(f"{self._refs[index]}: read {count} where {known} was known")
        if writes:
            self._counts[index].add(count)
        self._known[index] = max(self._known[index], count)
