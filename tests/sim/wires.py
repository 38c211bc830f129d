"""Links between gateways and cells: in order, but frames are lost, doubled and delayed, and links break."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sim.world import World


class Wire:
    """One way of one link."""

    __slots__ = ("down", "generation", "last_s")

    def __init__(self) -> None:
        self.generation = 0
        self.last_s = 0.0
        self.down = False


class Wires:
    """All links; each is known by its two ends."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._wires: dict[tuple[str, str], Wire] = {}

    def wire(self, sender: str, receiver: str) -> Wire:
        """One way of a link."""
        wire = self._wires.get((sender, receiver))
        if wire is None:
            wire = self._wires[sender, receiver] = Wire()
        return wire

    def generation(self, one: str, other: str) -> int:
        """How often this link broke."""
        return self.wire(min(one, other), max(one, other)).generation

    def send(
        self, sender: str, receiver: str, deliver: Callable[..., Any], *args: Any, once: bool = False
    ) -> None:
        """Sends a frame; what `deliver` would do happens when it arrives, if it does."""
        wire = self.wire(sender, receiver)
        if wire.down:
            return
        agenda, weather = self.world.agenda, self.world.weather
        chance = self.world.chance.random
        due_s = agenda.now_s + 0.0003 + 0.001 * chance()
        fate = chance()
        if fate < weather.dropped:
            self.world.say("a frame from %s to %s is lost", sender, receiver)
            return
        fate -= weather.dropped
        if fate < weather.slow:
            due_s += 0.4 * chance()
        elif fate - weather.slow < weather.repeated and not once:
            again_s = due_s + 0.5 * chance() ** 3
            agenda.after(again_s - agenda.now_s, self._arrive, wire, wire.generation, deliver, args)
        due_s = wire.last_s = max(due_s, wire.last_s)
        agenda.after(due_s - agenda.now_s, self._arrive, wire, wire.generation, deliver, args)

    def _arrive(
        self, wire: Wire, generation: int, deliver: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        if wire.generation == generation:
            deliver(*args)

    def snap(self, one: str, other: str, down_s: float) -> None:
        """Breaks a link: what is on its way is lost, and both ends hear of it."""
        for wire in (self.wire(one, other), self.wire(other, one)):
            wire.generation += 1
            wire.down = down_s > 0
        if down_s > 0:
            self.world.agenda.after(down_s, self._mend, one, other)

    def _mend(self, one: str, other: str) -> None:
        for wire in (self.wire(one, other), self.wire(other, one)):
            wire.down = False
