"""What goes wrong in a schedule beside the weather: kills, pauses, crashes, broken links, clocks, moves."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.sim.moves import PlannedMove

if TYPE_CHECKING:
    from tests.sim.host import Host
    from tests.sim.world import World

FAULTS_AT_LEAST = 5
FAULTS_AT_MOST = 12
FIRST_S = 0.3
FAULTS_UNTIL_S = 5.0
AGAIN_S = 0.05


class Mischief:
    """Draws the faults of a schedule, and makes them happen; each says whether it could."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.count = 0
        chance = world.chance
        self._faults: list[Callable[[], bool]] = (
            [self._kill] * 5 + [self._pause] * 2 + [self._crash_store] * 2 + [self._freeze_store]
            + [self._cut_off] * 3 + [self._snap] * 2 + [self._jump] * 2 + [self._move] * 3
            + [self._plan_move] * 4
        )  # fmt: skip
        for _ in range(chance.randint(FAULTS_AT_LEAST, FAULTS_AT_MOST)):
            world.agenda.after(FIRST_S + (FAULTS_UNTIL_S - 2 * FIRST_S) * chance.random(), self._strike)

    def _strike(self) -> None:
        if self.world.calm:
            return
        if self.world.chance.choice(self._faults)():
            self.count += 1
        else:
            self.world.agenda.after(AGAIN_S, self._strike)

    def _any(self) -> "Host":
        hosts = self.world.hosts
        return hosts[self.world.chance.choice(sorted(hosts))]

    def _kill(self) -> bool:
        """Lights a fuse: the cell dies between two of its next steps."""
        host, chance = self._any(), self.world.chance.random
        if not host.alive or host.fuse >= 0:
            return False
        host.fuse = int(25 * chance())
        self.world.say("%s will die in %d steps", host.incarnation, host.fuse)
        self.world.agenda.after(0.2 + 2 * chance() ** 2, host.start_anew)
        return True

    def _pause(self) -> bool:
        """A cell stops between two of its next steps, and goes on beside its successor perhaps."""
        host, chance = self._any(), self.world.chance.random
        if not host.alive or host.paused or host.stopwatch >= 0:
            return False
        host.stopwatch = int(15 * chance())
        self.world.say("%s will pause in %d steps", host.incarnation, host.stopwatch)
        self.world.agenda.after(0.2 + 4 * chance(), host.resume)
        return True

    def _crash_store(self) -> bool:
        if self.world.store.down:
            return False
        self.world.store.crash(0.02 + 0.6 * self.world.chance.random() ** 2)
        return True

    def _freeze_store(self) -> bool:
        if self.world.store.frozen:
            return False
        self.world.store.freeze(0.1 + 1.5 * self.world.chance.random() ** 2)
        return True

    def _cut_off(self) -> bool:
        """A cell loses the store, and nothing else."""
        host, store = self._any(), self.world.store
        store.cut_off.add(host.name)
        self.world.say("%s is cut off from the store", host.name)
        self.world.keeper.suspect(host)
        self.world.agenda.after(0.2 + 6 * self.world.chance.random(), store.cut_off.discard, host.name)
        return True

    def _snap(self) -> bool:
        names = sorted((*self.world.hosts, *self.world.gateways))
        host, other = self._any(), self.world.chance.choice(names)
        if other == host.name:
            return False
        self.world.say("the link of %s and %s breaks", host.name, other)
        self.world.link_broke(host.name, other, 0.4 * self.world.chance.random() ** 2)
        return True

    def _jump(self) -> bool:
        """A wall clock jumps, forth or back."""
        host, chance = self._any(), self.world.chance.random
        host.wall_ahead_s += (chance() - 0.5) * (0.5, 5.0, 60.0)[int(3 * chance())]
        self.world.clocks_jumped = True
        self.world.say("the wall clock of %s is %.1f s ahead now", host.name, host.wall_ahead_s)
        return True

    def _move(self) -> bool:
        number, cell = self.world.chance.choice(self.world.partitions), self._any().name
        if self.world.keeper.published[1][number] == cell:
            return False
        self.world.keeper.move(number, cell)
        return True

    def _plan_move(self) -> bool:
        """Partitions move as an operator has them move, several at once perhaps."""
        number, cell = self.world.chance.choice(self.world.partitions), self._any().name
        source = self.world.keeper.published[1][number]
        if source == cell:
            return False
        numbers = [n for n, held in self.world.keeper.published[1].items() if held == source]
        move = PlannedMove(self.world, numbers[: 1 + int(3 * self.world.chance.random())], cell)
        move.begin()
        return True
