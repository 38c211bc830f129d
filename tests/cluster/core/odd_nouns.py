"""A noun that does what no noun should."""

from typing import Annotated, ClassVar

from msgspec import Meta

from actors.kernel import Actor, Call, Outcome, State, TellAll, applies, audience, handles
from protocol.messages import ClientCommand, EdgeCommand, Event, PeerCommand


class Grow(ClientCommand, frozen=True, tag="odd.grow"):
    """Grows; beyond 10 its state is one that cannot be read back."""

    by: int


class Shout(ClientCommand, frozen=True, tag="odd.shout"):
    """Tells everyone, though nothing happened."""

    mark: str


class Hear(PeerCommand, frozen=True, tag="odd.hear"):
    """Hears it."""

    mark: str


class LookOddly(EdgeCommand, frozen=True, tag="odd.look"):
    """Reads."""


class Grew(Event, frozen=True, tag="odd.grew"):
    """Grew."""

    by: int


class Heard(Event, frozen=True, tag="odd.heard"):
    """Heard."""

    mark: str


class OddState(State):
    """A size that must not be over 10, and what was heard."""

    size: Annotated[int, Meta(le=10)] = 0
    heard: list[str] = []


class Odd(Actor[OddState], kind="odd"):
    """Its appliers and its audience break when a test says so."""

    is_fragile: ClassVar[bool] = False
    hearers: ClassVar[list[str]] = []

    @handles
    def grow(self, command: Grow, call: Call) -> Outcome:
        return Outcome(None, [Grew(command.by)])

    @handles
    def shout(self, command: Shout, call: Call) -> Outcome:
        return Outcome(None, [], [TellAll("hearers", Hear(command.mark))])

    @handles
    def hear(self, command: Hear, call: Call) -> Outcome:
        return Outcome(None, [Heard(command.mark)])

    @handles
    def look(self, command: LookOddly, call: Call) -> Outcome:
        return Outcome()

    @audience("hearers")
    def list_hearers(self, after: str, limit: int) -> list[str]:
        if self.is_fragile:
            raise ZeroDivisionError
        return [ref for ref in sorted(self.hearers) if ref > after][:limit]

    @applies
    def grew(self, event: Grew) -> None:
        if self.is_fragile:
            raise ZeroDivisionError
        self.state.size += event.by

    @applies
    def was_heard(self, event: Heard) -> None:
        self.state.heard.append(event.mark)
