"""From an outcome to a record in the batch that collects: everything that can fail comes before anything changes."""

from hashlib import blake2b
from typing import Any

import msgspec

from actors.kernel import Outcome, Push, Remind, Tell, TellAll
from cluster.core.desk import Desk
from cluster.core.entity import QUARANTINED, Entity
from cluster.core.partition import ROOM, Page, Partition
from cluster.core.records import NIL, Body, Fan, FanStep, Raw, encode
from cluster.core.topics import Topic
from cluster.link.frames import Pushed
from cluster.placement import partition_of
from protocol.errors import Broken, Overloaded, TooLarge, Unavailable
from protocol.messages import EphemeralEvent, Event

FAN_REMINDER = "~"  # a TellAll under way keeps a reminder of this name, so that a restart takes it up again


class Context(msgspec.Struct, gc=False):
    """Where a command came from, as far as the journal must know."""

    at: int
    caller: str = ""
    call: str = ""
    key: str = ""  # under which the answer is remembered
    sender: int = -1  # the tell's partition and number
    number: int = 0
    fired: str = ""  # the reminder that this is


class Draft(msgspec.Struct):
    """The effects of one outcome, encoded."""

    tells: list[tuple[str, Raw]] = []
    pushes: list[tuple[str, Raw]] = []
    fans: list[FanStep] = []
    reminders: list[tuple[int, Raw]] = []
    size: int = 96  # the record's frame, ref and ids


class Committer:
    """Puts records into batches."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.fans_ready: list[tuple[Partition, Entity, str]] = []

    def admit(self, partition: Partition) -> None:
        """Raises what keeps this partition from taking a write now."""
        limits = self.desk.limits
        if partition.stalled:
            raise Unavailable("the journal does not answer; try again")
        if self.desk.journal_bytes > limits.journal_hard_bytes:
            raise Overloaded("the journal is longer than its limit; try again later")
        if partition.collecting is not None and partition.collecting.records >= limits.batch_records:
            raise Overloaded("too many writes wait for the journal; try again")

    def commit(self, partition: Partition, entity: Entity, outcome: Outcome, context: Context) -> Raw:
        """Applies and records an outcome; returns the encoded reply."""
        self.admit(partition)
        events: Any = outcome.events
        passing: list[Event] = []
        if entity.kind.live_type is not None and events:
            passing = [event for event in events if isinstance(event, EphemeralEvent)]
            if passing:
                events = [event for event in events if not isinstance(event, EphemeralEvent)]
        version = entity.version + len(events)
        draft = self._draft(entity, outcome, version) if outcome.effects else None
        reply = NIL if outcome.reply is None else Raw(encode(outcome.reply))
        body = encode(
            Body(
                version,
                context.at,
                context.caller,
                context.call,
                reply,
                events,
                draft.pushes if draft else (),
                draft.fans if draft else (),
            )  # fmt: skip
        )
        size = len(body) + (draft.size if draft else 96)
        if size > ROOM:
            raise TooLarge("what this would journal is over 60 KB")
        self._apply(entity, outcome.events)
        page = self.page(partition, size)
        page.records.append((entity.ref, Raw(body)))
        self._note(partition, entity, page, version, context, reply)
        if draft is not None:
            self._carry(partition, entity, page, draft, context)
        return reply

    def page(self, partition: Partition, size: int) -> Page:
        """Room for one more record in the batch that collects."""
        batch = partition.collecting
        if batch is None:
            batch = partition.batch()
            self.desk.to_append[partition] = None
        batch.records += 1
        return batch.page(size)

    def heard_only(self, partition: Partition, context: Context) -> None:
        """Records that a tell or a reminder was taken, when nothing came of it."""
        page = self.page(partition, 32)
        self._taken(page, context)

    def _taken(self, page: Page, context: Context) -> None:
        if context.sender >= 0:
            page.heard[context.sender] = context.number
        if context.fired:
            page.fired.append(context.fired)

    def _apply(self, entity: Entity, events: Any) -> None:
        actor = self.desk.bind(entity)
        appliers = entity.kind.appliers
        try:
            for event in events:
                appliers[type(event)](actor, event)
        except Exception as error:
            entity.status = QUARANTINED
            self.desk.alarm(
                "applier_failed", f"{entity.ref}: {type(error).__name__} in an applier; it serves no more"
            )
            raise Broken(f"{entity.ref} is set aside: an operator has been told") from error

    def _note(
        self, partition: Partition, entity: Entity, page: Page, version: int, context: Context, reply: Raw
    ) -> None:
        entity.version = version
        entity.at = context.at
        self.touch(partition, entity, page)
        if context.key:
            page.calls.append((context.key, reply, context.at))
            partition.answers.recent[context.key] = reply
        else:
            self._taken(page, context)

    def touch(self, partition: Partition, entity: Entity, page: Page) -> None:
        """Notes that the batch which collects holds a record of this entity."""
        entity.batch = partition.collecting
        page.entities.append(entity)
        if not entity.dirty_since:
            entity.dirty_since = self.desk.clock.mono_s
            entity.dirty_seq = 0
            partition.dirty[entity] = None

    def _draft(self, entity: Entity, outcome: Outcome, version: int) -> Draft:
        draft = Draft([], [], [], [])
        for effect in outcome.effects:
            if isinstance(effect, Tell):
                raw = encode(effect.command)
                draft.tells.append((effect.to, Raw(raw)))
                draft.size += len(raw) + len(effect.to) + 16
            elif isinstance(effect, Push):
                draft.pushes.append((effect.topic, Raw(encode(effect.message))))
            elif isinstance(effect, TellAll):
                fan = f"{entity.ref}/{version}.{len(draft.fans)}"
                draft.fans.append(
                    FanStep(fan, "", effect.audience, Raw(encode(effect.command)), effect.durable)
                )
                draft.size += 2 * len(fan) + 16
            elif isinstance(effect, Remind):
                raw = encode(effect.command)
                draft.reminders.append((effect.when, Raw(raw)))
                draft.size += len(raw) + 2 * len(entity.ref) + 32
        return draft

    def _carry(
        self, partition: Partition, entity: Entity, page: Page, draft: Draft, context: Context
    ) -> None:
        for to, raw in draft.tells:
            receiver = partition_of(to)
            pair = partition.pair(receiver)
            pair.numbered += 1
            page.tells.append((receiver, pair.numbered, to, raw))
        for index, (when, raw) in enumerate(draft.reminders):
            origin = context.fired or context.call or f"{context.sender}.{context.number}"
            name = blake2b(f"{origin}\n{context.caller}\n{index}".encode(), digest_size=9).hexdigest()
            page.reminders[f"{entity.ref}/{entity.version}.{name}"] = (when, entity.ref, raw)
        for step in draft.fans:
            self.fan_started(partition, entity, step)
            page.reminders[FAN_REMINDER + step.fan] = (context.at, entity.ref, NIL)
        if draft.pushes:
            self._push(partition, entity, draft.pushes, context)

    def fan_started(self, partition: Partition, entity: Entity, step: FanStep) -> None:
        """Takes up a TellAll."""
        entity.fans = entity.fans or {}
        entity.fans[step.fan] = Fan(step.audience, step.command, step.durable, step.cursor or "")
        self.fans_ready.append((partition, entity, step.fan))

    def _push(
        self, partition: Partition, entity: Entity, pushes: list[tuple[str, Raw]], context: Context
    ) -> None:
        assert partition.collecting is not None
        for name, message in pushes:
            topic = topic_of(entity, name)
            number = entity.version if entity.version > topic.number else 0
            push = Pushed(name, self.desk.generation, number, topic.number, context.caller, message)
            if number:
                limits = self.desk.limits
                topic.add(context.at, push, limits.push_history, int(limits.push_history_s * 1000))
            partition.collecting.pushes.append((entity, push))


def topic_of(entity: Entity, name: str) -> Topic:
    """An entity's topic, made where there is none yet."""
    if entity.topics is None:
        entity.topics = {}
    topic = entity.topics.get(name)
    if topic is None:
        topic = entity.topics[name] = Topic()
    return topic
