"""One command, one entity, to completion: decide, commit, answer once all behind the answer is durable."""

from actors.kernel import Call, Handler, Outcome, Push
from cluster.core.answers import call_key
from cluster.core.committing import Committer, Context, topic_of
from cluster.core.desk import Desk
from cluster.core.entity import Entity
from cluster.core.partition import Partition
from cluster.core.records import NIL, Raw, encode
from cluster.link.frames import Answer, Joined, No, Op, Pushed
from protocol.errors import Broken, Malformed, MantaError, Rejected, Unavailable
from protocol.messages import Command, PeerCommand


class Decider:
    """Runs commands on entities that are awake."""

    def __init__(self, desk: Desk, committer: Committer) -> None:
        self.desk = desk
        self.committer = committer
        self._decode = desk.catalogue.decode_command

    def op(
        self, partition: Partition, entity: Entity, peer: str, op: Op, page: dict[str, Raw] | None = None
    ) -> str | None:
        """Runs an op; returns the ref of the page of old answers that must be looked at first, if any."""
        partition.ops += 1
        joined: Joined | None = None
        try:
            command = self._decode(op.command)
            handler = self._handler(entity, command)
            if isinstance(command, PeerCommand):
                raise Malformed(f"only actors say {type(command).__name__}")
            if handler.ack == "applied":
                reply = self._applied(entity, handler, command, op)
                self.desk.answer(peer, Answer(op.number, reply))
                return None
            answers, key, first = partition.answers, "", None
            if op.call:
                key = call_key(entity.ref, op.caller, op.call)
                first = answers.find(key)
                if first is None and page is not None and key in page:
                    first = Raw(bytes(page[key]))
                elif first is None and page is None and (known := answers.page_of(key)) is not None:
                    return known
            reply = self._decide(partition, entity, handler, command, op, key) if first is None else first
            if op.watch:
                joined = self._join(entity, peer, op)
        except MantaError as error:
            self._no(partition, entity, peer, op, error)
        except Exception as error:
            self.desk.alarm("handler_failed", f"{entity.ref}: {type(error).__name__}: {error}"[:500])
            self._no(partition, entity, peer, op, Broken("a fault of ours; nothing was changed"))
        else:
            self._answer(partition, entity, peer, Answer(op.number, reply, None, joined))
        return None

    def told(self, partition: Partition, entity: Entity, command: Raw, context: Context) -> None:
        """Runs a tell or a reminder; what it rejects is still taken. Raises what is not taken."""
        self.desk.counts["told"] += 1
        try:
            word = self._decode(command)
            handler = self._handler(entity, word)
            context.at = max(self.desk.clock.wall_ms, entity.at)
            made = f"{context.sender}.{context.number}" if context.sender >= 0 else context.fired
            outcome = handler.decide(self.desk.bind(entity), word, Call("", made, context.at))
        except Rejected:
            outcome = None
        if outcome is not None and (outcome.events or outcome.effects):
            self.committer.commit(partition, entity, outcome, context)
        else:
            self.committer.admit(partition, context.sender >= 0 or bool(context.fired))
            self.committer.heard_only(partition, context)

    def _handler(self, entity: Entity, command: Command) -> Handler:
        handler = entity.kind.handlers.get(type(command))
        if handler is None:
            raise Malformed(f"a {entity.kind.kind} knows no {type(command).__name__}")
        return handler

    def _decide(
        self, partition: Partition, entity: Entity, handler: Handler, command: Command, op: Op, key: str
    ) -> Raw:
        at = self.desk.clock.wall_ms
        at = max(at, entity.at)
        outcome = handler.decide(self.desk.bind(entity), command, Call(op.caller, op.call, at))
        if outcome.events or outcome.effects:
            return self.committer.commit(partition, entity, outcome, Context(at, op.caller, op.call, key))
        return NIL if outcome.reply is None else Raw(encode(outcome.reply))

    def _applied(self, entity: Entity, handler: Handler, command: Command, op: Op) -> Raw:
        desk = self.desk
        actor = desk.bind(entity)
        actor.state = None  # type: ignore[assignment]  # such a handler knows live fields only
        call = Call(op.caller, op.call, max(desk.clock.wall_ms, entity.at))
        outcome: Outcome = handler.decide(actor, command, call)
        for event in outcome.events:
            entity.kind.appliers[type(event)](actor, event)
        for effect in outcome.effects:
            if not isinstance(effect, Push):
                raise Broken(f"{type(command).__name__} is answered at once and may only push")
            self.pass_on(entity, effect, op.caller)
        return NIL if outcome.reply is None else Raw(encode(outcome.reply))

    def pass_on(self, entity: Entity, push: Push, author: str) -> None:
        """Pushes something ephemeral to those who watch now."""
        topic = entity.topics.get(push.topic) if entity.topics else None
        if topic is not None and topic.watchers:
            raw = Raw(encode(push.message))
            pushed = Pushed(push.topic, self.desk.generation, 0, topic.number, author, raw)
            for peer in topic.watchers:
                self.desk.push(peer, pushed)

    def _join(self, entity: Entity, peer: str, op: Op) -> Joined:
        if op.watch != entity.ref and not op.watch.startswith(entity.ref + "/"):
            raise Malformed(f"{op.watch!r} is no topic of {entity.ref}")
        topic = topic_of(entity, op.watch)
        topic.watchers.add(peer)
        self.desk.watched.setdefault(peer, set()).add(op.watch)
        return topic.join(self.desk.generation, op.since)

    def _answer(self, partition: Partition, entity: Entity, peer: str, answer: Answer) -> None:
        batch = entity.batch
        if batch is None or batch.durable:
            self.desk.answer(peer, answer)
        elif partition.stalled:
            self.desk.refuse(peer, answer.number, Unavailable("the journal does not answer; try again"))
        else:
            batch.answers.append((peer, answer))

    def _no(self, partition: Partition, entity: Entity, peer: str, op: Op, error: MantaError) -> None:
        if isinstance(error, Rejected):  # it speaks of the state, so it waits for it
            self.desk.counts["rejected"] += 1
            self._answer(partition, entity, peer, Answer(op.number, NIL, No(error.code, error.text)))
        else:
            self.desk.refuse(peer, op.number, error)
