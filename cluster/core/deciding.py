"""One command, one entity, to completion: decide, commit, answer once all behind the answer is durable."""

from actors.kernel import Call, Handler, Outcome, Push
from cluster.core.answers import call_key
from cluster.core.committing import Committer, Context, topic_of
from cluster.core.desk import Desk
from cluster.core.entity import Entity
from cluster.core.faults import fault_of
from cluster.core.partition import Partition
from cluster.core.records import NIL, Raw, encode
from cluster.link.frames import Answer, Joined, No, Op, Pushed
from protocol.errors import Broken, Malformed, MantaError, Rejected, Unavailable
from protocol.messages import Command, PeerCommand

NOTHING = Outcome()


class Decider:
    """Runs commands on entities that are awake."""

    def __init__(self, desk: Desk, committer: Committer) -> None:
        self.desk = desk
        self.committer = committer
        self._decode = desk.catalogue.decode_command

    def op(
        self, partition: Partition, entity: Entity, peer: str, op: Op, page: dict[str, Raw] | None = None,
        beyond: int = 0,
    ) -> int:  # fmt: skip
        """Runs an op; returns which page of old answers must be looked at first, after that one, or 0."""
        partition.ops += 1
        joined: Joined | None = None
        try:
            command = self._decode(op.command)
            handler = entity.kind.handlers.get(type(command))
            if handler is None or isinstance(command, PeerCommand):
                raise self._unfit(entity, command)
            if handler.ack == "applied":
                reply = self._applied(entity, handler, command, op)
                self.desk.answer(peer, Answer(op.number, reply))
                return 0
            answers, key, first = partition.answers, "", None
            if op.call:
                key = call_key(entity.ref, op.caller, op.call)
                first = answers.find(key)
                if first is None and page is not None and key in page:
                    first = Raw(bytes(page[key]))
                elif first is None and (known := answers.page_of(key, beyond)):
                    return known
            reply = self._decide(partition, entity, handler, command, op, key) if first is None else first
            if op.watch:
                joined = self._join(entity, peer, op)
        except MantaError as error:
            self._no(partition, entity, peer, op, error)
        except Exception as error:
            text = f"{entity.ref}, call {op.call} of {op.caller}: {fault_of(error)}"
            self.desk.alarm("handler_failed", text)
            self._no(partition, entity, peer, op, Broken("a fault of ours; nothing was changed"))
        else:
            self._answer(partition, entity, peer, Answer(op.number, reply, None, joined))
        return 0

    def told(self, partition: Partition, entity: Entity, command: Raw, context: Context) -> None:
        """Runs a tell or a reminder; what it rejects is still taken. Raises what is not taken."""
        desk = self.desk
        desk.told += 1
        actor = desk.bind(entity)
        try:
            word = self._decode(command)
            handler = entity.kind.handlers.get(type(word))
            if handler is None:
                raise self._unfit(entity, word)
            at = context.at = max(desk.clock.wall_ms, entity.at)
            made = f"{context.sender}.{context.number}" if context.sender >= 0 else context.fired
            outcome = handler.decide(actor, word, Call("", made, at))
        except Rejected:
            outcome = NOTHING
        if outcome.events or outcome.effects:
            self.committer.commit(partition, entity, actor, outcome, context)
        else:
            self.committer.admit(partition, context.sender >= 0 or bool(context.fired))
            self.committer.heard_only(partition, context)

    def _unfit(self, entity: Entity, command: Command) -> Malformed:
        name = type(command).__name__
        if type(command) not in entity.kind.handlers:
            return Malformed(f"a {entity.kind.kind} knows no {name}")
        return Malformed(f"only actors say {name}")

    def _decide(
        self, partition: Partition, entity: Entity, handler: Handler, command: Command, op: Op, key: str
    ) -> Raw:
        at = self.desk.clock.wall_ms
        if at < entity.at:
            at = entity.at
        actor = self.desk.bind(entity)
        outcome = handler.decide(actor, command, Call(op.caller, op.call, at))
        if outcome.events or outcome.effects:
            context = Context(at, op.caller, op.call, key)
            return self.committer.commit(partition, entity, actor, outcome, context)
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
        may_watch = entity.kind.may_watch
        if may_watch and not may_watch(self.desk.bind(entity), op.watch[len(entity.ref) :], op.caller):
            raise Rejected("topic.not_yours", "this is not yours to watch")
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
