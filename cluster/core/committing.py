"""From an outcome to a record in the batch that collects: what can fail comes before anything changes."""

from hashlib import blake2b
from typing import Any

from actors.kernel import Actor, Effect, Outcome, Push, Remind, Tell, TellAll
from cluster.core.desk import Desk
from cluster.core.entity import QUARANTINED, Entity
from cluster.core.partition import ROOM, Batch, Page, Partition
from cluster.core.records import NIL, Body, Fan, FanStep, LeanBody, Raw, encode
from cluster.core.topics import Topic
from cluster.link.frames import Pushed
from cluster.placement import partition_of
from protocol.errors import Broken, Overloaded, TooLarge, Unavailable
from protocol.messages import EphemeralEvent

FAN_REMINDER = "~"  # a TellAll under way keeps a reminder of this name, so that a restart takes it up again


class Context:
    """Where a command came from, as far as the journal must know."""

    __slots__ = ("at", "call", "caller", "fired", "key", "number", "sender")

    def __init__(
        self, at: int, caller: str = "", call: str = "", key: str = "", sender: int = -1, number: int = 0,
        fired: str = "",
    ) -> None:  # fmt: skip
        self.at = at
        self.caller = caller
        self.call = call
        self.key = key  # under which the answer is remembered
        self.sender = sender  # the tell's partition and number
        self.number = number
        self.fired = fired  # the reminder that this is


class Draft:
    """The effects of one outcome, encoded."""

    __slots__ = ("fans", "passing", "pushes", "rare", "reminders", "size", "tells")

    def __init__(self) -> None:
        self.tells: list[tuple[str, Raw]] | None = None
        self.rare = False  # whether there is anything but tells
        self.size = 0
        self.pushes: list[tuple[str, Raw]] | None = None
        self.passing: list[tuple[str, Raw]] | None = None  # pushes without a number
        self.fans: list[FanStep] | None = None
        self.reminders: list[tuple[int, Raw]] | None = None


class Committer:
    """Puts records into batches."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.fans_ready: list[tuple[Partition, Entity, str]] = []
        self._batch_records = desk.limits.batch_records

    def admit(self, partition: Partition, owed: bool = False) -> None:
        """Raises what keeps this partition from taking a write now.

        What is owed, a tell or a reminder, is taken over a full journal too: some journal is kept for it.
        """
        if partition.stalled:
            raise Unavailable("the journal does not answer; try again")
        if self.desk.journal_full and not owed:
            raise Overloaded("the journal is longer than its limit; try again later")
        if partition.collecting is not None and partition.collecting.count >= self._batch_records:
            raise Overloaded("too many writes wait for the journal; try again")

    def commit(
        self, partition: Partition, entity: Entity, actor: Actor[Any], outcome: Outcome, context: Context
    ) -> Raw:
        """Applies and records an outcome; returns the encoded reply."""
        batch = partition.collecting
        crowded = batch is not None and batch.count >= self._batch_records
        if crowded or partition.stalled or self.desk.journal_full:
            self.admit(partition, context.sender >= 0 or bool(context.fired))
        events: Any = outcome.events
        if entity.kind.live_type is not None:
            events = [event for event in events if not isinstance(event, EphemeralEvent)]
        version = entity.version + len(events)
        reply = NIL if outcome.reply is None else Raw(encode(outcome.reply))
        at, key = context.at, context.key
        draft = self._draft(entity, outcome, version, context) if outcome.effects else None
        lean = LeanBody(version, at, context.caller, context.call, reply, events)
        body = encode(lean if draft is None or not draft.rare else _whole(lean, draft))
        size = (
            len(body) + 96 + (draft.size if draft is not None else 0)
        )  # 96: the record's frame, ref and ids
        if size > ROOM:
            raise TooLarge("what this would journal is over 60 KB")
        if outcome.events:
            try:
                appliers = entity.kind.appliers
                for event in outcome.events:
                    appliers[type(event)](actor, event)
            except Exception as error:
                raise self._spoilt(entity, error) from error
        page = self.record(partition, entity, size, Raw(body))
        entity.version = version
        entity.at = at
        if key:
            page.calls.append((key, reply, at))
            partition.answers.recent[key] = reply
        else:
            page.take(context.sender, context.number, context.fired)
        if draft is not None:
            self._effects(partition, entity, page, draft, context)
        return reply

    def record(self, partition: Partition, entity: Entity, size: int, body: Raw) -> Page:
        """Puts a record into the batch that collects."""
        batch = partition.collecting
        if batch is None:
            batch = partition.collecting = Batch(partition.next_entry)
            partition.next_entry += 1
            self.desk.to_append[partition] = None
        batch.count += 1
        page: Page = batch
        if batch.more is None and batch.size + size <= ROOM:
            batch.size += size
        else:
            page = partition.page(batch, size)
        page.records.append((entity.ref, body))
        entity.batch = batch
        entity.seq = page.number
        if not entity.dirty_since:
            entity.dirty_since = self.desk.clock.mono_s
            entity.dirty_seq = page.number
            partition.dirty[entity] = None
        return page

    def page(self, partition: Partition, size: int) -> Page:
        """Room in the batch that collects for what concerns the partition only."""
        if partition.collecting is None:
            self.desk.to_append[partition] = None
        batch = partition.batch()
        batch.count += 1
        return partition.page(batch, size)

    def heard_only(self, partition: Partition, context: Context) -> None:
        """Records that a tell or a reminder was taken, when nothing came of it."""
        self.page(partition, 32).take(context.sender, context.number, context.fired)

    def _spoilt(self, entity: Entity, error: Exception) -> Broken:
        entity.status = QUARANTINED
        name = type(error).__name__
        self.desk.alarm("applier_failed", f"{entity.ref}: {name} in an applier; it serves no more")
        return Broken(f"{entity.ref} is set aside: an operator has been told")

    def _effects(
        self, partition: Partition, entity: Entity, page: Page, draft: Draft, context: Context
    ) -> None:
        if draft.tells is not None:
            self._number(partition, page, draft.tells)
        if draft.rare:
            self._carry(partition, entity, page, draft, context)

    def _number(self, partition: Partition, page: Page, drafted: list[tuple[str, Raw]]) -> None:
        tells = page.tells
        if tells is None:
            tells = page.tells = []
        for to, raw in drafted:
            receiver = partition_of(to)
            tells.append((receiver, partition.numbered(receiver), to, raw))

    def _draft(self, entity: Entity, outcome: Outcome, version: int, context: Context) -> Draft:
        draft = Draft()
        for effect in outcome.effects:
            if type(effect) is Tell:
                raw = encode(effect.command)
                if draft.tells is None:
                    draft.tells = []
                draft.tells.append((effect.to, Raw(raw)))
                draft.size += len(raw) + len(effect.to) + 16
            elif isinstance(effect, Push) and not effect.numbered:
                self._look_now(entity, effect, draft)
            else:
                draft.rare = True
                self._draft_rare(entity, effect, draft, version, context)
        return draft

    def _draft_rare(
        self, entity: Entity, effect: Effect, draft: Draft, version: int, context: Context
    ) -> None:
        if isinstance(effect, Push):
            draft.pushes = draft.pushes or []
            draft.pushes.append((effect.topic, Raw(encode(effect.message))))
        elif isinstance(effect, TellAll):
            draft.fans = draft.fans or []
            fan = f"{entity.ref}/{version}.{_origin(context, len(draft.fans))}"
            raw = Raw(encode(effect.command))
            draft.fans.append(FanStep(fan, "", effect.audience, raw, effect.durable))
            draft.size += 2 * len(fan) + 1_024  # each of its steps holds the command and one ref at least
        elif isinstance(effect, Remind):
            draft.reminders = draft.reminders or []
            draft.reminders.append((effect.when, Raw(encode(effect.command))))
            draft.size += len(bytes(draft.reminders[-1][1])) + 2 * len(entity.ref) + 32

    def _look_now(self, entity: Entity, push: Push, draft: Draft) -> None:
        """A push without a number costs nothing when nobody looks."""
        topic = entity.topics.get(push.topic) if entity.topics else None
        if topic is not None and topic.watchers:
            draft.rare = True
            draft.passing = draft.passing or []
            draft.passing.append((push.topic, Raw(encode(push.message))))

    def _pass(
        self, partition: Partition, entity: Entity, pushes: list[tuple[str, Raw]], context: Context
    ) -> None:
        batch = partition.collecting
        assert batch is not None
        batch.pushes = batch.pushes or []
        for name, message in pushes:
            before = topic_of(entity, name).number
            push = Pushed(name, self.desk.generation, 0, before, context.caller, message)
            batch.pushes.append((entity, push))

    def _carry(
        self, partition: Partition, entity: Entity, page: Page, draft: Draft, context: Context
    ) -> None:
        if draft.pushes:
            self._push(partition, entity, draft.pushes, context)
        if draft.passing:
            self._pass(partition, entity, draft.passing, context)
        if draft.fans or draft.reminders:
            page.reminders = page.reminders or {}
        for index, (when, raw) in enumerate(draft.reminders or ()):
            assert page.reminders is not None
            name = f"{entity.ref}/{entity.version}.{_origin(context, index)}"
            page.reminders[name] = (when, entity.ref, raw)
        for step in draft.fans or ():
            self.fan_started(partition, entity, step)
            assert page.reminders is not None
            page.reminders[FAN_REMINDER + step.fan] = (context.at, entity.ref, NIL)

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
            batch = partition.collecting
            if batch.pushes is None:
                batch.pushes = []
            batch.pushes.append((entity, push))


def _origin(context: Context, index: int) -> str:
    """A name for what comes of one command: the version alone says nothing where nothing happened."""
    origin = context.fired or context.call or f"{context.sender}.{context.number}"
    return blake2b(f"{origin}\n{context.caller}\n{index}".encode(), digest_size=9).hexdigest()


def _whole(lean: LeanBody, draft: Draft) -> Body:
    pushes, fans = draft.pushes or (), draft.fans or ()
    return Body(
        lean.version, lean.at, lean.caller, lean.call, lean.reply, lean.events, pushes, fans
    )  # fmt: skip


def topic_of(entity: Entity, name: str) -> Topic:
    """An entity's topic, made where there is none yet."""
    if entity.topics is None:
        entity.topics = {}
    topic = entity.topics.get(name)
    if topic is None:
        topic = entity.topics[name] = Topic()
    return topic
