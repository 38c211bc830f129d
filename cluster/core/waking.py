"""Waking entities: from their snapshot and what the journal has beyond it."""

from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Any

from actors.catalogue import UNREADABLE
from cluster.core.answers import PAGE_REF, call_key, decode_page
from cluster.core.committing import Committer, topic_of
from cluster.core.desk import Desk
from cluster.core.entity import HOT, LOADING, PACKED, QUARANTINED, Entity
from cluster.core.partition import Partition
from cluster.core.records import (
    ASIDE,
    Aside,
    Fan,
    Raw,
    StoredBody,
    decode_aside,
    decode_body,
    decode_snapshot,
    encode,
)
from cluster.core.topics import Topic
from cluster.link.frames import Pushed
from protocol.errors import MantaError, Overloaded

LOADS_AT_ONCE = 512
NO_ANSWERS = b"\x80"  # what a page holds that is not there any more
Then = Callable[[], None]
Paged = Callable[[dict[str, Raw] | None], None]


class Waker:
    """Brings entities and old answers into memory."""

    def __init__(self, desk: Desk, committer: Committer) -> None:
        self.desk = desk
        self.committer = committer
        self.wanted: deque[tuple[int, str]] = deque()
        self.fresh: list[Entity] = []  # woken since residency last looked
        self._asked: dict[int, list[int]] = {}  # epochs of what is being read, by the list that asked
        self._pages: dict[tuple[int, str], tuple[int, list[Paged]]] = {}  # epoch, who waits

    def entity(self, partition: Partition, ref: str, then: Then) -> Entity | None:
        """The entity if it is awake; else None, and `then` runs when it is. Raises Malformed, Overloaded."""
        entity = partition.entities.get(ref)
        if entity is None:
            entity = Entity(ref, self.desk.catalogue.kind_of(ref))
            partition.entities[ref] = entity
            self.wanted.append((partition.number, ref))
        elif entity.status == HOT:
            return entity
        elif entity.status == PACKED:
            self._unpack(entity)
            return entity
        if entity.status == QUARANTINED:
            return entity
        self.wait(entity, then)
        return None

    def wait(self, entity: Entity, then: Then) -> None:
        """Lets something wait for an entity."""
        if entity.waiting is None:
            entity.waiting = deque()
        limits = self.desk.limits
        if len(entity.waiting) >= limits.mailbox_ops or self.desk.waiting_ops >= limits.waiting_ops:
            raise Overloaded("too much waits for this already; try again later")
        entity.waiting.append(then)
        self.desk.waiting_ops += 1

    def page(self, partition: Partition, number: int, then: Paged) -> None:
        """Reads a page of old answers; `then` gets None if it cannot be read."""
        place = (partition.number, f"{PAGE_REF}{number}")
        epoch, waiting = self._pages.get(place, (0, []))
        if epoch != partition.epoch:  # what an earlier holding asked for may be older than this page
            self.wanted.append(place)
        self._pages[place] = (partition.epoch, [*waiting, then])

    def loads(self) -> list[tuple[int, str]]:
        """What to read from the store now."""
        if not self.wanted:
            return []
        wanted = [self.wanted.popleft() for _ in range(min(LOADS_AT_ONCE, len(self.wanted)))]
        self._asked[id(wanted)] = [self._epoch(number) for number, _ in wanted]
        return wanted

    def _epoch(self, number: int) -> int:
        partition = self.desk.partitions.get(number)
        return partition.epoch if partition is not None else 0

    def loaded(self, wanted: list[tuple[int, str]], blobs: list[bytes | None] | None) -> None:
        """Takes what was read, or that nothing could be; `wanted` is the very list that `loads` gave."""
        epochs = self._asked.pop(id(wanted))
        for index, (number, ref) in enumerate(wanted):
            if ref.startswith(PAGE_REF):
                page = None if blobs is None else blobs[index] or NO_ANSWERS
                self._page_loaded((number, ref), epochs[index], page)
                continue
            partition = self.desk.partitions.get(number)
            entity = partition.entities.get(ref) if partition is not None else None
            if partition is None or entity is None or entity.status != LOADING:
                continue
            if (
                partition.epoch != epochs[index]
            ):  # asked in an earlier holding: it may be older than the journal
                continue
            if blobs is None:
                self._give_up(partition, entity)
            else:
                self._wake(partition, entity, blobs[index])

    def _page_loaded(self, place: tuple[int, str], asked: int, blob: bytes | None) -> None:
        epoch, waiting = self._pages.get(place, (0, []))
        if not waiting or asked != epoch == self._epoch(place[0]):
            return  # nobody waits, or this holding has asked for itself
        if blob is None:
            self.wanted.append(place)
            return
        self._pages.pop(place, None)
        page: dict[str, Raw] | None = None
        try:
            page = decode_page(blob)
        except UNREADABLE as error:
            self.desk.alarm("answers_unreadable", f"page {place[1]} of partition {place[0]}: {error}")
        for then in waiting:
            then(page)

    def _give_up(self, partition: Partition, entity: Entity) -> None:
        """The store did not answer: ask again as long as someone waits."""
        self.desk.counts["loads_failed"] += 1
        if entity.waiting:
            self.wanted.append((partition.number, entity.ref))
        else:
            del partition.entities[entity.ref]

    def _wake(self, partition: Partition, entity: Entity, blob: bytes | None) -> None:
        tail = partition.tail.pop(entity.ref, [])
        fresh = bool(tail)
        try:
            if blob is not None and blob.startswith(ASIDE):
                aside = decode_aside(blob)
                blob, tail = aside.blob, [*chain.from_iterable(aside.tail), *tail]
            if blob is not None:
                self._from_snapshot(entity, blob)
            else:
                entity.state = entity.kind.state_type()
            if entity.kind.live_type is not None:
                entity.live = entity.kind.live_type()
            if tail:
                self._replay(partition, entity, tail)
            entity.status = HOT
        except Exception as error:
            self._quarantine(entity, error)
            if fresh:  # beside the snapshots it does not keep the journal from being trimmed
                records = list(zip(tail[::2], tail[1::2], strict=True))
                partition.held[entity.ref] = encode(Aside(blob, records))
        else:
            self.fresh.append(entity)
            if entity.fans:
                self.committer.fans_ready.extend((partition, entity, fan) for fan in entity.fans)
        self._run_waiting(entity)

    def _run_waiting(self, entity: Entity) -> None:
        waiting, entity.waiting = entity.waiting, None
        if waiting:
            self.desk.waiting_ops -= len(waiting)
            for then in waiting:
                then()

    def _quarantine(self, entity: Entity, error: Exception) -> None:
        entity.status = QUARANTINED
        entity.state = entity.live = None
        if entity.packed is None:
            entity.dirty_since, entity.dirty_seq = 0.0, 0
        text = f"{entity.ref}: what is stored cannot be read ({type(error).__name__}: {error})"[:500]
        self.desk.alarm("quarantined", text)

    def _from_snapshot(self, entity: Entity, blob: bytes) -> None:
        snapshot = decode_snapshot(blob)
        entity.state = entity.kind.decode_state(snapshot.kind_version, snapshot.state)
        entity.version, entity.at, entity.seq = snapshot.version, snapshot.at, snapshot.seq
        if snapshot.topics:
            entity.topics = {rest.topic: Topic.woken(rest) for rest in snapshot.topics}
        if snapshot.fans:
            entity.fans = snapshot.fans

    def _replay(self, partition: Partition, entity: Entity, tail: list[Any]) -> None:
        kind = entity.kind
        saved = entity.seq
        actor = self.desk.bind(entity)
        older: dict[str, list[tuple[int, Pushed]]] = {}
        for place in range(0, len(tail), 2):
            entry, body = tail[place], decode_body(tail[place + 1])
            if body.call:
                key = call_key(entity.ref, body.caller, body.call)
                reply = Raw(bytes(body.reply))
                partition.answers.found(entry, key, reply, body.at)
            if entry <= saved:
                self._older_pushes(body, older)
                continue
            events = kind.decode_events(body.events)
            if body.version != entity.version + len(events):
                raise ValueError(f"version {body.version} does not follow {entity.version}")
            for event in events:
                kind.appliers[type(event)](actor, event)
            entity.version, entity.at, entity.seq = body.version, body.at, entry
            self._replay_pushes(entity, body)
            self._replay_fans(entity, body)
            if not entity.dirty_since:
                entity.dirty_since, entity.dirty_seq = self.desk.clock.mono_s, entry
        self._splice(entity, older)
        if entity.dirty_since:
            partition.woken[entity] = None

    def _replay_pushes(self, entity: Entity, body: StoredBody) -> None:
        limits = self.desk.limits
        for name, message in body.pushes:
            topic = topic_of(entity, name)
            if body.version > topic.number:
                message = Raw(bytes(message))
                push = Pushed(name, self.desk.generation, body.version, topic.number, body.caller, message)
                topic.add(body.at, push, limits.push_history, int(limits.push_history_s * 1000))

    def _replay_fans(self, entity: Entity, body: StoredBody) -> None:
        for step in body.fans:
            fans = entity.fans = entity.fans or {}
            if step.cursor is None:
                fans.pop(step.fan, None)
            elif step.fan in fans:
                fans[step.fan].cursor = step.cursor
            else:
                fans[step.fan] = Fan(step.audience, Raw(bytes(step.command)), step.durable, step.cursor)

    def _older_pushes(self, body: StoredBody, older: dict[str, list[tuple[int, Pushed]]]) -> None:
        for name, message in body.pushes:
            past = older.setdefault(name, [])
            previous = past[-1][1].number if past else -1
            if previous == body.version:  # one number a command and topic
                continue
            push = Pushed(
                name, self.desk.generation, body.version, previous, body.caller, Raw(bytes(message))
            )
            past.append((body.at, push))

    def _splice(self, entity: Entity, older: dict[str, list[tuple[int, Pushed]]]) -> None:
        """Puts pushes that only the journal still had before those of the snapshot."""
        for name, past in older.items():
            topic = topic_of(entity, name)
            first = topic.past[0][1].previous if topic.past else topic.number
            for at, push in reversed(past):
                if push.number == first and push.previous >= 0:
                    topic.past.appendleft((at, push))
                    first = topic.floor = push.previous

    def _unpack(self, entity: Entity) -> None:
        assert entity.packed is not None
        try:
            entity.state = entity.kind.decode_state(entity.kind.version, entity.packed)
        except MantaError as error:
            self._quarantine(entity, error)
            return
        self.desk.packed_bytes -= len(entity.packed)
        entity.packed = None
        if entity.live is None and entity.kind.live_type is not None:
            entity.live = entity.kind.live_type()
        entity.status = HOT
        self.fresh.append(entity)
