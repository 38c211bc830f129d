"""Callers: they ask under call ids, ask again when they hear nothing, and remember what they were told."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from cluster.link.frames import Answer, No
from protocol.errors import REFUSALS
from protocol.messages import ClientCommand, Command
from tests.sim.words import (
    CountMoney,
    Done,
    Follow,
    Mint,
    Pay,
    Publish,
    ReadBell,
    ReadPerson,
    ReadRoom,
    Say,
    SetBell,
    Type,
    View,
)  # fmt: skip

if TYPE_CHECKING:
    from tests.sim.world import World

LOOKS: dict[str, type[Command]] = {
    "purse": CountMoney, "room": ReadRoom, "person": ReadPerson, "bell": ReadBell
}  # fmt: skip
STEPS = 20  # a caller waits so many times longer at most before it asks again


class Ask:
    """One command under one id, until it is answered for good."""

    __slots__ = (
        "_attempt",
        "call",
        "caller",
        "command",
        "floor",
        "no",
        "over",
        "raw",
        "ref",
        "reply",
        "then",
        "world",
    )

    def __init__(self, world: "World", caller: "Caller", call: str, ref: str, command: Command) -> None:
        self.world = world
        self.caller = caller
        self.call = call
        self.ref = ref
        self.command = command
        self.floor = world.floors.get(ref, 0)  # what every read from now on must show
        self.raw = b""  # the first reply
        self.reply: Done | View | None = None
        self.no = ""
        self.over = False
        self._attempt = 0

    def send(self) -> None:
        """Asks, for the first time or once more."""
        self._attempt += 1
        world = self.world
        if world.tracing:
            world.say("%s/%s asks %s: %s", self.caller.name, self.call, self.ref, self.command)
        gateway = world.gateways[self.caller.gateway]
        gateway.send(self.ref, self.caller.name, self.call, self.command, partial(self._heard, self.reply))
        if not self.over:
            world.agenda.after(world.weather.patience_s, self._again, self._attempt)

    def _again(self, attempt: int) -> None:
        if attempt == self._attempt and not self.over:
            if self.world.chance.random() < 0.3:
                self.caller.gateway = self.world.chance.choice(self.world.gateway_names)
            self.send()

    def _heard(self, known: Done | View | None, answer: Answer) -> None:
        world = self.world
        if world.tracing:
            world.say("%s/%s hears %s", self.caller.name, self.call, answer.no or bytes(answer.reply)[:60])
        if answer.no is None:
            self._replied(bytes(answer.reply))
        elif (kind := REFUSALS.get(answer.no.code)) is None:
            self._rejected(known, answer.no)
        elif not kind.retry:
            world.wrong("refused", f"{self.command} to {self.ref}: {answer.no}")
        elif not self.over:
            world.agenda.after(0.01 + 0.1 * world.chance.random(), self._again, self._attempt)

    def _rejected(self, known: Done | View | None, no: No) -> None:
        """A rejection changes nothing and is not remembered; but what was done before stays done."""
        if known is not None:
            self.world.wrong("forgotten", f"{self.name()} was done, and then rejected: {no.code}")
        self.no = no.code
        self._end()

    def _replied(self, raw: bytes) -> None:
        if self.raw and raw != self.raw and isinstance(self.reply, Done):
            self.world.wrong("answers_differ", f"{self.name()}: {self.raw!r}, then {raw!r}")
        if self.raw:
            return
        self.raw = raw
        reply = self.world.catalogue.decode_reply(raw)
        if isinstance(reply, Done | View):
            self.reply = reply
            if isinstance(reply, View) and reply.count < self.floor:
                self.world.wrong("stale_read", f"{self.ref}: {reply.count} of {self.floor} acknowledged")
            self.world.floors[self.ref] = max(self.world.floors.get(self.ref, 0), reply.count)
        self._end()

    def _end(self) -> None:
        if not self.over:
            self.over = True
            self.caller.answered(self)

    def name(self) -> str:
        """What the ask writes into the log of its entity."""
        return f"{self.caller.name}/{self.call}"


class Caller:
    """Someone with a phone."""

    def __init__(self, world: "World", name: str, asks: int) -> None:
        self.world = world
        self.name = name
        self.gateway = world.chance.choice(world.gateway_names)
        self.asks: list[Ask] = []
        self.open = 0
        self._left = asks
        self._written = ""  # an entity to be looked at on another device
        self._firsts: Iterator[str] = iter(world.places.by_kind["purse"] if name == "ann" else ())

    def begin(self) -> None:
        """The next command."""
        if self._left <= 0:
            return
        self._left -= 1
        self.open += 1
        ref: str
        command: Command
        if (purse := next(self._firsts, None)) is not None:
            ref, command = purse, Mint(1_000)
        elif self._written:
            ref, self._written = self._written, ""
            command = LOOKS[ref.partition(":")[0]]()
            self.gateway = next(name for name in self.world.gateway_names if name != self.gateway)
        else:
            ref, command = self._choose()
        call = f"{len(self.asks)}" if isinstance(command, ClientCommand) else ""
        ask = Ask(self.world, self, call, ref, command)
        self.asks.append(ask)
        ask.send()

    def answered(self, ask: Ask) -> None:
        """Thinks, and goes on; now and then asks the same again."""
        chance = self.world.chance.random
        self.open -= 1
        self.world.agenda.after(self.world.pause_s * 2 * chance(), self.begin)
        if ask.call and chance() < 0.4:
            self._written = ask.ref
        if ask.call and chance() < 0.15:
            self.world.agenda.after(3.0 * chance() ** 2, ask.send)

    def done(self) -> bool:
        """Whether all was asked and answered."""
        return self._left <= 0 and not self.open

    def _one(self, kind: str) -> str:
        """An entity; the first of each kind are the busiest."""
        refs = self.world.places.by_kind[kind]
        return refs[int(len(refs) * self.world.chance.random() ** 2)]

    def _choose(self) -> tuple[str, Command]:
        chance = self.world.chance.random
        what = chance()
        if what < 0.22:
            return self._one("room"), Say(chance() < 0.4)
        if what < 0.42:
            count = 1 + int(3 * chance())
            to = list(dict.fromkeys(self._one("ghost" if chance() < 0.03 else "purse") for _ in range(count)))
            ghostly = any(ref.startswith("ghost") for ref in to)
            return self._one("purse"), Pay(to, 0 if ghostly or chance() < 0.1 else 1 + int(20 * chance()))
        if what < 0.58:
            whom = self._one("person").partition(":")[2]
            return self._one("person"), Follow(whom, chance() < 0.8)
        if what < 0.66:
            return self._one("person"), Publish(chance() < 0.7)
        if what < 0.72:
            return self._one("bell"), SetBell(int(1500 * chance()), 1 + int(3 * chance()))
        if what < 0.76:
            return self._one("room"), Type(chance() < 0.4)
        ref = self.world.chance.choice(self.world.places.refs)
        return ref, LOOKS[ref.partition(":")[0]]()
