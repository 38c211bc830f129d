"""All actors in one dictionary: what the gateway needs of a cluster, with tells delivered at once."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from actors.catalogue import KindInfo, encode
from actors.kernel import Actor, Call, Outcome, Push, Tell, TellAll
from actors.nouns import manta
from gateway.ports import Ask, Missing
from protocol.errors import MantaError, Rejected
from protocol.messages import Command, Event, Reply

CATALOGUE = manta()
AUDIENCE_STEP = 2


class LittleCluster:
    """Cells and Health at once; the test sets the clock, what fails, and what is missing."""

    def __init__(self) -> None:
        self.at = 1_700_000_000_000
        self.actors: dict[str, Actor[Any]] = {}
        self.answers: dict[tuple[str, str, str], Reply] = {}
        self.failing: dict[str, MantaError] = {}
        self.absent: list[Missing] = []
        self.asked: list[str] = []
        self.events: list[Event] = []
        self.pushes: list[Push] = []
        self._cold: dict[str, bytes] = {}
        self._outbox: deque[tuple[str, Command]] = deque()

    def missing(self) -> list[Missing]:
        return self.absent

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        self.asked.append(ref)
        if ref in self.failing:
            raise self.failing[ref]
        first = self.answers.get((ref, caller, call)) if call else None
        if first is not None:
            return first
        reply = self._run(ref, CATALOGUE.decode_command(encode(command)), Call(caller, call or "", self.at))
        self._deliver()
        assert reply is not None, f"{command} is not answered"
        if call:
            self.answers[ref, caller, call] = reply
        return CATALOGUE.decode_reply(encode(reply))

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        replies: list[Reply | MantaError] = []
        for one in asks:
            try:
                replies.append(await self.ask(one.ref, one.command, one.caller, one.call))
            except MantaError as error:
                replies.append(error)
        return replies

    def forget(self, ref: str) -> None:
        """The entity leaves memory: what is told to residents only passes it by."""
        self._cold[ref] = CATALOGUE.kind_of(ref).encode_state(self.actors.pop(ref).state)

    def _actor(self, ref: str) -> Actor[Any]:
        if ref not in self.actors:
            kind = CATALOGUE.kind_of(ref)
            self.actors[ref] = self._made(kind, ref, self._cold.pop(ref, kind.empty))
        return self.actors[ref]

    def _made(self, kind: KindInfo, ref: str, state: bytes) -> Actor[Any]:
        actor = kind.actor()
        actor.key = ref.partition(":")[2]
        actor.state = kind.decode_state(kind.version, state)
        actor.live = kind.live_type() if kind.live_type else None
        return actor

    def _run(self, ref: str, command: Command, call: Call) -> Reply | None:
        actor = self._actor(ref)
        outcome: Outcome = actor.handlers[type(command)].decide(actor, command, call)
        self.events.extend(outcome.events)
        for event in outcome.events:
            actor.apply(event)
        for effect in outcome.effects:
            if isinstance(effect, Tell):
                self._outbox.append((effect.to, effect.command))
            elif isinstance(effect, TellAll):
                self._tell_all(actor, effect)
            elif isinstance(effect, Push):
                self.pushes.append(effect)
        return outcome.reply

    def _tell_all(self, actor: Actor[Any], effect: TellAll) -> None:
        after = ""
        while refs := list(actor.audiences[effect.audience](actor, after, AUDIENCE_STEP)):
            self._outbox.extend((ref, effect.command) for ref in refs if effect.durable or ref in self.actors)
            after = refs[-1]

    def _deliver(self) -> None:
        while self._outbox:
            ref, command = self._outbox.popleft()
            try:
                self._run(ref, CATALOGUE.decode_command(encode(command)), Call("", "1.1", self.at))
            except Rejected:
                continue  # what a tell rejects is still taken
