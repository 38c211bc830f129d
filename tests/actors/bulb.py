"""A light bulb: the smallest noun that has everything that a noun can have."""

from types import new_class
from typing import Any

import msgspec
import pytest

from actors.kernel import (
    Actor,
    Call,
    Effect,
    Live,
    Outcome,
    Push,
    Rejected,
    Remind,
    State,
    Tell,
    TellAll,
    applies,
    audience,
    handles,
    upcasts,
)
from actors.laws import LawBroken
from actors.testkit import Given
from protocol.messages import (
    ClientCommand,
    Command,
    EdgeCommand,
    EphemeralEvent,
    Event,
    Message,
    PeerCommand,
    Reply,
)


class Switch(ClientCommand, frozen=True, tag="bulb.switch"):
    on: bool = True


class Touch(ClientCommand, frozen=True, tag="bulb.touch"):
    pass


class Inspect(EdgeCommand, frozen=True, tag="bulb.inspect"):
    pass


class Dim(PeerCommand, frozen=True, tag="bulb.dim"):
    pass


class Flipped(Event, frozen=True, tag="bulb.flipped"):
    """How switching was written down at first."""

    on: bool


class Switched(Event, frozen=True, tag="bulb.switched"):
    on: bool
    by: str
    marks: list[str] = []


class Touched(EphemeralEvent, frozen=True, tag="bulb.touched"):
    by: str


class Shine(Reply, frozen=True, tag="bulb.shine"):
    on: bool


class Glow(Message, frozen=True, tag="bulb.glow"):
    parts = ("", "hands")
    on: bool


class FirstBulbState(State):
    """How a bulb was remembered at first."""

    on: int = 0


class BulbState(State):
    version = 2
    on: bool = False
    switches: int = 0
    marks: list[str] = []
    owners: set[str] = set()


class BulbLive(Live):
    hands: set[str] = set()


class BulbActor(Actor[BulbState], kind="bulb", live=BulbLive):
    __slots__ = ()

    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        if command.on and self.state.switches >= 3:
            raise Rejected("bulb.burnt", "it has been switched too often")
        effects: list[Effect] = [
            Tell("house:1", Dim()),
            TellAll("owners", Dim()),
            Push("bulb:1", Glow(command.on)),
            Remind(call.at + 60_000, Dim()),
        ]
        return Outcome(Shine(command.on), [Switched(command.on, call.user)], effects)

    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        warm = call.user in self.live.hands
        return Outcome(Shine(warm), [Touched(call.user)], [Push("bulb:1/hands", Glow(warm))])

    @handles
    def inspect(self, command: Inspect, call: Call) -> Outcome:
        return Outcome(Shine(self.state.on))

    @handles
    def dim(self, command: Dim, call: Call) -> Outcome:
        return Outcome(None, [Switched(False, call.user)])

    @applies
    def switched(self, event: Switched) -> None:
        self.state.on = event.on
        self.state.switches += 1
        self.state.marks.extend(event.marks)

    @applies
    def touched(self, event: Touched) -> None:
        self.live.hands.add(event.by)

    @audience("owners")
    def to_owners(self, after: str, limit: int) -> list[str]:
        return [ref for owner in sorted(self.state.owners) if (ref := f"user:{owner}") > after][:limit]

    @staticmethod
    @upcasts
    def flipped(event: Flipped) -> Switched:
        return Switched(event.on, "someone")

    @upcasts
    @staticmethod
    def first_state(state: FirstBulbState) -> BulbState:
        return BulbState(on=bool(state.on))


def changed(
    module: str, kind: str = "bulb", without: tuple[str, ...] = (), **methods: Any
) -> type[Actor[BulbState]]:
    """A bulb in which some methods are different, as if its class stood in that module."""
    healthy = {name: method for name, method in vars(BulbActor).items() if hasattr(method, "__get__")}
    healthy = {name: method for name, method in healthy.items() if not name.startswith("__")}
    body = {"__module__": module, "__slots__": (), **healthy, **methods}
    for name in without:
        del body[name]
    made = new_class(
        "ChangedActor",
        (Actor[BulbState],),
        {"kind": kind, "live": BulbLive},
        lambda names: names.update(body),
    )
    assert issubclass(made, Actor)
    return made


def raw(word: Any) -> bytes:
    """The word as it travels."""
    return msgspec.msgpack.encode(word)


def broken(actor: type[Actor[BulbState]], law: str, command: Command) -> str:
    """Runs a command on such a bulb; it must break that law; the text says how."""
    with pytest.raises(LawBroken) as caught:
        Given(actor).when(command, by="ann")
    assert caught.value.law == law, caught.value
    return str(caught.value)
