"""Planned moves, as `cluster/moving.py` carries them out; words to cells may come late, or to nobody."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.host import Host
    from tests.sim.world import World

WORD_S = 0.002  # at most, from mover to cell or back
PAUSE_S = 0.25  # at most, in calm weather, of one partition, beside what its store takes
REQUESTS = 40  # of which it may wait: an append, two takes, and the reads of its tail
LOOK_S = 0.001


class PlannedMove:
    """Some partitions of one cell go to another."""

    def __init__(self, world: "World", numbers: list[int], target: str) -> None:
        self.world, self.numbers, self.target = world, numbers, target
        self.source = world.keeper.published[1][numbers[0]]
        self.is_over = False

    def begin(self) -> None:
        """Changes the placement, and has the target look: then the source, then the target takes."""
        for number in self.numbers:
            self.world.hosts[self.source].core.handover.hasten(number, True)
        self.world.keeper.place(self.numbers, self.target)
        self._have_look(self.target, partial(self._have_look, self.source, self._let_go_of))

    def _have_look(self, cell: str, then: Callable[[], None]) -> None:
        host = self.world.hosts[cell]
        if not host.alive:
            then()
        else:
            self._word(host, host.claims.look, partial(self._word_back, then))

    def _word(self, host: "Host", hear: Callable[..., None], *args: object) -> None:
        self.world.agenda.after(WORD_S * self.world.chance.random(), host.receive, host.life, hear, *args)

    def _word_back(self, then: Callable[[], None]) -> None:
        self.world.agenda.after(WORD_S * self.world.chance.random(), then)

    def _let_go_of(self) -> None:
        host = self.world.hosts[self.target]
        self._word(host, host.claims.take_now)
        self.is_over = True


class CalmMove:
    """A planned move when nothing goes wrong: the pause is short, and who watches is told nothing."""

    def __init__(self, world: "World", number: int) -> None:
        self.world, self.number = world, number
        source = world.keeper.published[1][number]
        names = sorted(world.hosts)
        self.target = names[(names.index(source) + 1) % len(names)]
        self._source = world.hosts[source]
        self._stopped_s = -1.0
        self._limit_s = PAUSE_S + REQUESTS * world.weather.latency_s
        self.is_over = False

    def begin(self) -> None:
        """Moves it, and looks how long nobody serves it."""
        PlannedMove(self.world, [self.number], self.target).begin()
        self._look()

    def _look(self) -> None:
        now_s = self.world.agenda.now_s
        if self.world.hosts[self.target].core.handover.is_serving(self.number):
            self.is_over = True
            return
        if self._stopped_s < 0 and not self._source.core.handover.is_serving(self.number):
            self._stopped_s = now_s
        if self._stopped_s >= 0 and now_s - self._stopped_s > self._limit_s:
            self.world.wrong(
                "pause", f"partition {self.number} waits for {self.target} for {self._limit_s} s"
            )
        self.world.agenda.after(LOOK_S, self._look)
