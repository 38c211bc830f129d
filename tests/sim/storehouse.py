"""The journal store as the cells reach it: over connections that lose, repeat and delay, with crashes.

Requests that arrive within one turn are carried out together and answered when they are on disk. A crash
keeps any first part of what was carried out and not answered: what was answered stays.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cluster.ports import Append, Appended, Flush, Flushed
from cluster.storage.memory import MemoryJournal

if TYPE_CHECKING:
    from tests.sim.host import Host
    from tests.sim.world import World

Then = Callable[[Any], None]


class Request:
    """One request of one life of a cell."""

    __slots__ = ("cell", "connection", "incarnation", "kind", "life", "payload", "silent", "then")

    def __init__(self, cell: "Host", kind: str, payload: Any, then: Then, silent: bool) -> None:
        self.cell = cell
        self.incarnation = cell.incarnation
        self.life = cell.life
        self.connection = cell.connection
        self.kind = kind
        self.payload = payload
        self.then = then
        self.silent = silent


class Storehouse:
    """One memory journal behind a network; `then` hears the answer, or None."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.journal = MemoryJournal()
        self.down = False
        self.frozen = False
        self.cut_off: set[str] = set()  # cells that do not reach the store
        self.truth: dict[int, list[bytes]] = {}  # every entry that was ever accepted
        self.owners: dict[int, str] = {}  # the incarnation that took a partition last
        self._queue: list[Request] = []
        self._turning = False
        self._writers: dict[int, tuple[str, int]] = {}  # who flushed a partition last, over which connection

    def ask(self, cell: "Host", kind: str, payload: Any, then: Then) -> None:
        """Sends a request; it may meet any fate."""
        world, weather = self.world, self.world.weather
        after, chance = world.agenda.after, world.chance.random
        delay_s = weather.latency_s * (0.5 + chance())
        request = Request(cell, kind, payload, then, False)
        fate = chance()
        if cell.name in self.cut_off or fate < weather.lost:
            after(weather.timeout_s, self._give_up, request)
            return
        fate -= weather.lost
        if fate < weather.unanswered:
            after(weather.timeout_s, self._give_up, request)
            after(delay_s, self._arrive, Request(cell, kind, payload, then, True))
        elif (fate := fate - weather.unanswered) < weather.late:
            after(weather.timeout_s, self._give_up, request)
            after(weather.timeout_s + chance(), self._arrive, Request(cell, kind, payload, then, True))
        else:
            after(delay_s, self._arrive, request)
            if fate - weather.late < weather.doubled:
                # A flush repeats on its own connection only, where nothing overtakes it.
                apart_s = 0.0 if kind == "flush" else chance()
                after(delay_s + apart_s, self._arrive, Request(cell, kind, payload, then, True))

    def crash(self, down_s: float) -> None:
        """Ends now; what was not answered may be there afterwards, or not."""
        queue, self._queue = self._queue, []
        kept = int(self.world.chance.random() * (len(queue) + 1))
        self.world.say("store crashes: %d of %d unanswered requests are kept", kept, len(queue))
        for request in queue[:kept]:
            self._carry_out(request)
        for request in queue:
            self._later(request)
        self.down = True
        self.world.agenda.after(down_s, self._up)

    def freeze(self, still_s: float) -> None:
        """Answers nobody for a while."""
        self.frozen = True
        self.world.say("store freezes for %.2f s", still_s)
        self.world.agenda.after(still_s, self._thaw)

    def _up(self) -> None:
        self.down = False
        self.world.say("store is back")

    def _thaw(self) -> None:
        self.frozen = False
        self._turn()

    def _arrive(self, request: Request) -> None:
        if self.down:
            if self.world.chance.random() < 0.5:
                self._later(request)
            else:
                self._give_up(request)
            return
        self._queue.append(request)
        if not self._turning and not self.frozen:
            self._turning = True
            self.world.agenda.after(0.0002 + 0.001 * self.world.chance.random(), self._turn)

    def _turn(self) -> None:
        self._turning = False
        if self.frozen:
            return
        queue, self._queue = self._queue, []
        world = self.world
        for request in queue:
            result = self._carry_out(request)
            if not request.silent:
                tardy = world.chance.random() < world.weather.late
                usual_s = world.weather.timeout_s if tardy else world.weather.latency_s
                delay_s = usual_s * (0.3 + 0.6 * world.chance.random())
                world.agenda.after(delay_s, self._answer, request, result)

    def _answer(self, request: Request, result: Any) -> None:
        request.cell.receive(request.life, request.then, result)

    def _later(self, request: Request) -> None:
        self.world.agenda.after(self.world.weather.timeout_s, self._give_up, request)

    def _give_up(self, request: Request) -> None:
        if request.silent:
            return
        cell = request.cell
        if cell.life == request.life and cell.connection == request.connection:
            cell.connection += 1
        self.world.say("%s hears nothing of its %s", request.incarnation, request.kind)
        self._answer(request, None)

    def _carry_out(self, request: Request) -> Any:
        payload, journal = request.payload, self.journal
        kind = request.kind
        if kind == "append":
            return [self._append(request, append) for append in payload]
        if kind == "load":
            return journal.load_now(payload)
        if kind == "flush":
            return [self._flush(request, flush) for flush in payload]
        if kind == "renew":
            placement = journal.placement_now()
            journal.renew_now(payload)
            return placement
        if kind == "read":
            return journal.read_now(*payload)
        if kind == "holders":
            return journal.held_by_now(payload), journal.leases_now()
        taken = journal.take_now(*payload)
        if taken is not None:
            self.owners[taken.partition] = request.incarnation
            self.world.say("%s takes %d: epoch %d", request.incarnation, taken.partition, taken.epoch)
        return taken

    def _append(self, request: Request, append: Append) -> Appended:
        world = self.world
        if world.weather.partly and world.chance.random() < world.weather.partly:
            return Appended(append.partition, "failed")
        partition = self.journal.partitions[append.partition]
        before = partition.head
        (result,) = self.journal.append_now([append])
        if partition.head > before:
            count = partition.head - before
            self.truth.setdefault(append.partition, []).extend(partition.entries[-count:])
            if self.owners[append.partition] != request.incarnation:
                world.wrong("stale_write", f"{request.incarnation} wrote to partition {append.partition}")
        if world.tracing:
            world.say(
                "%s appends to %d: %s at %d",
                request.incarnation,
                append.partition,
                result.status,
                partition.head,
            )
        return result

    def _flush(self, request: Request, flush: Flush) -> Flushed:
        world, number = self.world, flush.partition
        incarnation, connection = self._writers.get(number, ("", 0))
        if incarnation == request.incarnation and connection > request.connection:
            return Flushed(number, "failed", 0, "came late")
        (result,) = self.journal.flush_now([flush])
        if result.status == "ok":
            self._writers[number] = (request.incarnation, request.connection)
            if self.owners[number] != request.incarnation:
                world.wrong("stale_flush", f"{request.incarnation} flushed partition {number}")
        if world.tracing:
            refs = ",".join(sorted(flush.snapshots))
            world.say(
                "%s flushes %d: %s to %d of %s",
                request.incarnation,
                number,
                result.status,
                flush.trim_to,
                refs,
            )
        return result
