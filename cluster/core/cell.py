"""The cell: hosts the entities of its partitions. No I/O: what comes in and goes out is data."""

from functools import partial

import msgspec

from actors.catalogue import Catalogue
from cluster.core.appending import Appender
from cluster.core.clock import Clock
from cluster.core.committing import Committer
from cluster.core.deciding import Decider
from cluster.core.delivery import Delivery
from cluster.core.desk import Desk
from cluster.core.entity import HOT, QUARANTINED, Entity
from cluster.core.fanning import Fanner
from cluster.core.flushing import Flusher
from cluster.core.handover import Handover
from cluster.core.interface import Alarm, Limits, Outbound
from cluster.core.partition import Partition
from cluster.core.records import Raw
from cluster.core.recovery import Recovery
from cluster.core.reminding import Reminders
from cluster.core.residency import Residency
from cluster.core.stats import CellStats, stats_of
from cluster.core.waking import Waker
from cluster.link.frames import Op, Told
from cluster.placement import partition_of
from cluster.ports import Append, Appended, Flush, Flushed, Taken
from protocol.errors import MantaError, Moved, Overloaded, Quarantined, Unavailable


class CellCore:
    """One cell, driven by its host: set the clock, put things in, take what is to be done."""

    def __init__(
        self, cell: str, incarnation: str, catalogue: Catalogue, limits: Limits, clock: Clock,
        generation: str = "0",
    ) -> None:  # fmt: skip
        self.desk = Desk(cell, incarnation, generation, catalogue, limits, clock)
        self._committer = Committer(self.desk)
        self._waker = Waker(self.desk, self._committer)
        self._decider = Decider(self.desk, self._committer)
        self._delivery = Delivery(self.desk, self._waker, self._decider)
        self._reminders = Reminders(self.desk, self._waker, self._decider)
        self._fanner = Fanner(self.desk, self._waker, self._committer)
        self._flusher = Flusher(self.desk, self._waker, self.drop)
        self._appender = Appender(self.desk, self._delivery, self._reminders, self._flusher, self.drop)
        self._recovery = Recovery(self.desk, self._delivery, self._reminders)
        self._residency = Residency(self.desk, self._waker, self._flusher)
        self.handover = Handover(self.desk, self._op)

    # from the links

    def ops(self, peer: str, ops: list[Op]) -> None:
        """Commands from a gateway or a tool."""
        desk = self.desk
        desk.counts["ops"] += len(ops)
        if not desk.trusted():
            for op in ops:
                desk.refuse(peer, op.number, Unavailable("this cell's lease is not renewed; try again"))
            return
        partitions = desk.partitions
        for op in ops:
            partition = partitions.get(partition_of(op.ref))
            if partition is not None and partition.serving:
                entity = partition.entities.get(op.ref)
                if entity is not None and entity.status == HOT:
                    self._run(partition, entity, peer, op)
                    continue
            self._op(peer, op)

    def _op(self, peer: str, op: Op) -> None:
        """An op that may have to wait; it comes here again when what it waited for is there."""
        partition = self.desk.partitions.get(partition_of(op.ref))
        try:
            if not self.desk.trusted():
                raise Unavailable("this cell's lease is not renewed; try again")
            if partition is None:
                if self.handover.waits(partition_of(op.ref), peer, op):
                    return
                raise Moved(f"{op.ref} is not served by {self.desk.cell}")
            if not partition.serving:
                self._wait_for(partition, peer, op)
                return
            entity = self._waker.entity(partition, op.ref, partial(self._op, peer, op))
            if entity is not None and entity.status == QUARANTINED:
                raise Quarantined(f"{op.ref}: what is stored of it cannot be read; an operator has been told")
        except MantaError as error:
            self.desk.refuse(peer, op.number, error)
            return
        if entity is not None:
            self._run(partition, entity, peer, op)

    def _wait_for(self, partition: Partition, peer: str, op: Op) -> None:
        if self.desk.waiting_ops >= self.desk.limits.waiting_ops:
            raise Overloaded("too many wait for this partition's journal; try again")
        self.desk.waiting_ops += 1
        partition.waiting.append(partial(self._op, peer, op))

    def _run(self, partition: Partition, entity: Entity, peer: str, op: Op) -> None:
        if entity.touched != self.desk.second:
            self._residency.touch(entity)
        if page := self._decider.op(partition, entity, peer, op):
            self._waker.page(partition, page, partial(self._paged, partition, peer, op, page))

    def _paged(
        self, partition: Partition, peer: str, op: Op, number: int, page: dict[str, Raw] | None
    ) -> None:
        """An op whose first answer may be on this page of old answers, or on one after it."""
        entity = partition.entities.get(op.ref)
        if partition.gone or not partition.serving or not self.desk.trusted():
            self._op(peer, op)  # another holding has other pages
        elif page is None:
            self.desk.refuse(peer, op.number, Quarantined("what this call was answered with cannot be read"))
        elif entity is not None and entity.status == HOT:
            if after := self._decider.op(partition, entity, peer, op, page, number):
                self._waker.page(partition, after, partial(self._paged, partition, peer, op, after))
        else:
            self.desk.refuse(peer, op.number, Unavailable("the entity left memory meanwhile; try again"))

    def tells(self, cell: str, tells: list[Told]) -> None:
        """Tells from another cell."""
        for told in tells:
            self._delivery.take(told.sender, told.receiver, told.number, told.ref, told.command)

    def heard(self, marks: list[tuple[int, int, int]]) -> None:
        """What another cell took of our tells."""
        for sender, receiver, number in marks:
            self._delivery.heard(sender, receiver, number)

    def spray(self, command: msgspec.Raw, refs: list[str]) -> None:
        """A command that may be lost."""
        if self.desk.trusted():
            self._delivery.sprayer.take(command, refs)

    def unwatch(self, peer: str, topics: list[str]) -> None:
        """A gateway needs these topics no more."""
        watched = self.desk.watched.get(peer, set())
        for name in topics:
            watched.discard(name)
            ref = name.partition("/")[0]
            partition = self.desk.partitions.get(partition_of(ref))
            entity = partition.entities.get(ref) if partition is not None else None
            topic = entity.topics.get(name) if entity is not None and entity.topics else None
            if topic is not None:
                topic.watchers.discard(peer)

    def peer_gone(self, peer: str) -> None:
        """A gateway is gone: it watches nothing any more."""
        self.unwatch(peer, list(self.desk.watched.get(peer, ())))
        self.desk.watched.pop(peer, None)

    # from the placement map, the lease and the partitions' take-over

    def placed(self, cells: dict[int, str]) -> None:
        """The placement map, new or changed."""
        self.desk.cells = cells
        self._delivery.again()
        self.handover.placed()

    def renewed(self, sent_mono_s: float) -> None:
        """The lease was renewed by a request sent at this time."""
        until = sent_mono_s + self.desk.limits.lease_s - 1.0
        self.desk.lease_until_s = max(self.desk.lease_until_s, until)

    def taken(self, taken: Taken) -> None:
        """This cell holds a partition now."""
        if taken.partition in self.desk.partitions:
            self.drop(taken.partition, "taken anew")
        self._recovery.taken(taken)
        self.handover.arrived(taken.partition)

    def tail(self, partition: int, epoch: int, entries: list[tuple[int, bytes]]) -> None:
        """A stretch of the journal of a partition that was taken."""
        self._recovery.tail(partition, epoch, entries)

    def drop(self, partition: int, cause: str) -> None:
        """This cell holds the partition no more: whoever waits is told to look elsewhere."""
        gone = self.desk.partitions.pop(partition, None)
        if gone is None:
            return
        self.desk.counts[f"dropped_{cause}"] += 1
        gone.gone = True
        self.desk.to_append.pop(gone, None)
        self.desk.hastened.discard(partition)
        moved = Moved(f"partition {partition} left {self.desk.cell}")
        for batch in (gone.flying, gone.collecting):
            for peer, answer in batch.answers if batch is not None else ():
                self.desk.refuse(peer, answer.number, moved)
        waiting = list(gone.waiting)
        for entity in gone.entities.values():
            waiting.extend(entity.waiting or ())
            for name, topic in (entity.topics or {}).items():
                for peer in topic.watchers:
                    self.desk.closed(peer, name)
                    self.desk.watched.get(peer, set()).discard(name)
        self._residency.forget(list(gone.entities.values()))
        self.desk.waiting_ops -= len(waiting)
        for then in waiting:
            then()

    # from the store

    def appended(self, appends: list[Append], results: list[Appended]) -> None:
        """How appends ended."""
        self._appender.appended(appends, results)

    def loaded(self, wanted: list[tuple[int, str]], blobs: list[bytes | None] | None) -> None:
        """What was read; None if the store did not answer."""
        self._waker.loaded(wanted, blobs)

    def flushed(self, flushes: list[Flush], results: list[Flushed]) -> None:
        """How flushes ended."""
        self._flusher.flushed(flushes, results)

    def tick(self) -> None:
        """Time passed: twenty times a second or so."""
        before, self.desk.second = self.desk.second, int(self.desk.clock.mono_s)
        self.desk.journal_full = self.desk.measure_journals() > self.desk.limits.journal_hard_bytes
        self._watch_clock()
        self._appender.stalls()
        self.handover.tick()
        self._reminders.due()
        if self.desk.second != before:
            self._delivery.resend()
        self._fanner.retry()
        self._residency.tick()

    def tidy(self) -> bool:
        """Between ticks: packs some entities that nobody used; whether more wait for that."""
        return self._residency.tidy()

    def _watch_clock(self) -> None:
        desk = self.desk
        wall, mono = desk.clock.wall_ms, desk.clock.mono_s
        if desk.last_wall_ms:
            jumped_s = (wall - desk.last_wall_ms) / 1000 - (mono - desk.last_mono_s)
            if abs(jumped_s) > desk.limits.clock_jump_s:
                desk.leapt_ms += int(jumped_s * 1000)
                desk.alarm(
                    "clock_jumped", f"the wall clock jumped by {jumped_s:.0f} s; call times never go back"
                )
        desk.last_wall_ms, desk.last_mono_s = wall, mono

    # to be carried out by the host

    def hand_over(self) -> None:
        """Carries tells, TellAlls and sprays on; those for this cell are decided at once."""
        if self._committer.fans_ready:
            self._fanner.step()
        self._delivery.deliver()

    def restless(self) -> bool:
        """Whether there is something to hand over."""
        return self._delivery.restless() or bool(self._committer.fans_ready)

    def outbound(self) -> Outbound | None:
        """What leaves now, after everything was handed over."""
        self.hand_over()
        return self.leaving()

    def leaving(self) -> Outbound | None:
        """What leaves now."""
        desk = self.desk
        if not desk.busy:
            return None
        out, desk.out, desk.busy = desk.out, Outbound(), False
        return out

    def appends(self) -> list[Append]:
        """What to append now."""
        return self._appender.appends()

    def loads(self) -> list[tuple[int, str]]:
        """What to read now."""
        return self._waker.loads()

    def flushes(self) -> list[Flush]:
        """What to write behind now."""
        return self._flusher.flushes()

    def rest(self) -> float:
        """How long to rest from writing behind, in times of what the last window took."""
        return self._flusher.rest()

    def reads(self) -> list[tuple[int, int, int]]:
        """(partition, after, up to): journals to be read."""
        return self._recovery.reads()

    def alarms(self) -> list[Alarm]:
        """What an operator should look at, once each."""
        untold = list(self.desk.untold)
        self.desk.untold.clear()
        return untold

    def stats(self) -> CellStats:
        """Figures for operators."""
        return stats_of(self.desk, self._residency)
