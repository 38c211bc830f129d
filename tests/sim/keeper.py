"""The keeper of the placement: it moves partitions away from the dead, and everyone hears of it later."""

from typing import TYPE_CHECKING

from tests.sim.places import PARTITIONS_IN_USE

if TYPE_CHECKING:
    from tests.sim.host import Host
    from tests.sim.world import World


class Keeper:
    """Decides which cell should hold which partition."""

    def __init__(self, world: "World", cells: list[str]) -> None:
        self.world = world
        self.planned = 0  # partitions that were moved as an operator moves them
        self.published = (0, {number: cells[number % len(cells)] for number in PARTITIONS_IN_USE})

    def publish(self, cells: dict[int, str]) -> None:
        """A new map; cells find it in the store, gateways hear of it sooner or later."""
        version = self.world.store.journal.place_now(self.published[0], cells)
        assert version is not None
        self.published = (version, cells)
        world = self.world
        for gateway in world.gateways.values():
            longest_s = 0.3 if world.calm else gateway.news_s
            world.agenda.after(longest_s * world.chance.random(), gateway.placed, version, cells)

    def move(self, number: int, cell: str) -> None:
        """Places one partition elsewhere."""
        self.world.say("keeper moves %d to %s", number, cell)
        self.publish({**self.published[1], number: cell})

    def place(self, numbers: list[int], cell: str) -> None:
        """Places some partitions elsewhere, as a planned move begins."""
        self.world.say("partitions %s shall move to %s", numbers, cell)
        self.planned += len(numbers)
        self.publish({**self.published[1], **dict.fromkeys(numbers, cell)})

    def suspect(self, host: "Host") -> None:
        """A cell that says nothing: waits whether it comes back, or spreads what it held, dead or not."""
        chance = self.world.chance.random
        if chance() < 0.8:
            self.world.agenda.after(0.5 * chance(), self._spread, host, host.life)

    def _spread(self, host: "Host", life: int) -> None:
        living = [name for name, other in self.world.hosts.items() if other is not host and other.alive]
        if (host.alive and host.life != life) or not living or self.world.calm:
            return
        self.world.say("keeper gives what %s held to others", host.name)
        cells = dict(self.published[1])
        for number, cell in cells.items():
            if cell == host.name:
                cells[number] = living[number % len(living)]
        self.publish(cells)
