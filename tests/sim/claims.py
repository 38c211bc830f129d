"""What a cell of the simulator holds, by the rules of `cluster/holding.py`, one request after the other."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cluster.lease import LeaseWatch, right_over
from cluster.ports import Holder, Taken

if TYPE_CHECKING:
    from tests.sim.host import Host

NOBODY = Holder("", "")
RENEW_EVERY_S = 0.3
LOOK_EVERY_S = 0.2
SETTLES_WITHIN_S = 0.1
SETTLE_LOOK_S = 0.002


class Claims:
    """Renews the lease, and takes what is placed here as soon as it may be taken."""

    def __init__(self, host: "Host", ask: Callable[[str, Any, Callable[[Any], None]], None]) -> None:
        self.host = host
        self._ask = ask
        self._watch = LeaseWatch(host.world.limits.lease_s)
        self._version = -1
        self._placed: dict[int, str] = {}
        self._placed_s: dict[int, float] = {}
        self._renewing = self._looking = False
        self._renewed_s = self._looked_s = -1.0
        self._taking: set[int] = set()
        self._leaving: set[int] = set()
        self._waiting: list[Callable[[], None]] = []  # who had it look at the placement
        self._anew = False  # whether the placement is to be read once more

    def tick(self) -> None:
        """Begins what is due."""
        if not self._renewing and self.host.clock.mono_s - self._renewed_s >= RENEW_EVERY_S:
            self._renew()
        self._take()

    def look(self, then: Callable[[], None]) -> None:
        """Reads the placement now and does what it says; `then` hears when that is done, or did not work."""
        self._waiting.append(then)
        if self._renewing:
            self._anew = True
        else:
            self._renew()

    def take_now(self) -> None:
        """Takes what was let go of elsewhere, without waiting for the next look."""
        self._looked_s = -1.0
        self._take()

    def _renew(self) -> None:
        self._renewing, self._renewed_s = True, self.host.clock.mono_s
        self._ask("renew", self.host.holder(), partial(self._renewed, self._renewed_s))

    def _done(self) -> None:
        """A look is over; who asked for it hears of it when all that had to be left is left."""
        if self._anew and not self._renewing:
            self._anew = False
            self._renew()
        elif not self._renewing and not self._leaving:
            waiting, self._waiting = self._waiting, []
            for then in waiting:
                then()

    def _take(self) -> None:
        now_s = self.host.clock.mono_s
        if not self._looking and now_s - self._looked_s >= LOOK_EVERY_S and (missing := self._missing()):
            self._looking, self._looked_s = True, now_s
            self._ask("holders", missing, partial(self._looked, now_s, missing))

    def _missing(self) -> list[int]:
        held = self.host.core.desk.partitions
        mine = [number for number, cell in self._placed.items() if cell == self.host.name]
        return [number for number in mine if number not in held and number not in self._taking]

    # the lease

    def _renewed(self, started_s: float, answer: tuple[int, dict[int, str]] | None) -> None:
        if answer is None:
            self._renewing = False
            self._done()
            return
        held = {n: partition.epoch for n, partition in self.host.core.desk.partitions.items()}
        self._ask("holders", list(held), partial(self._confirmed, started_s, held, answer))

    def _confirmed(
        self, started_s: float, held: dict[int, int], placement: tuple[int, dict[int, str]], answer: Any
    ) -> None:
        self._renewing = False
        if answer is None:
            self._done()
            return
        core = self.host.core
        for (number, epoch), (now_epoch, _) in zip(held.items(), answer[0], strict=True):
            partition = core.desk.partitions.get(number)
            if now_epoch != epoch and partition is not None and partition.epoch == epoch:
                core.drop(number, "taken_away")
        if placement[0] > self._version:
            self._adopt(*placement)
        core.renewed(started_s)
        self._done()

    def _adopt(self, version: int, cells: dict[int, str]) -> None:
        host, now_s = self.host, self.host.clock.mono_s
        mine = [number for number, cell in cells.items() if cell == host.name]
        self._placed_s = {number: self._placed_s.get(number, now_s) for number in mine}
        self._version, self._placed = version, cells
        host.core.placed(cells)
        for number, partition in list(host.core.desk.partitions.items()):
            if number not in mine:
                self._let_go(number, partition.epoch)

    def _let_go(self, number: int, epoch: int) -> None:
        """Decides nothing of it any more, lets what was decided become durable, and leaves it to nobody."""
        self._leaving.add(number)
        self.host.core.handover.stop_deciding(number)
        self._leave(number, epoch, self.host.clock.mono_s + SETTLES_WITHIN_S)

    def _leave(self, number: int, epoch: int, until_s: float) -> None:
        host = self.host
        if not host.core.handover.is_settled(number) and host.clock.mono_s < until_s:
            leave = partial(self._leave, number, epoch, until_s)
            host.world.agenda.after(SETTLE_LOOK_S, host.receive, host.life, leave)
            return
        held = host.core.desk.partitions.get(number)
        if held is not None and held.epoch == epoch:
            host.core.drop(number, "placed_elsewhere")
        self._ask("take", (number, epoch, NOBODY), lambda taken: self._left(number))

    def _left(self, number: int) -> None:
        self._leaving.discard(number)
        self._done()

    # taking

    def _looked(self, asked_s: float, missing: list[int], answer: Any) -> None:
        self._looking = False
        if answer is None:
            return
        self._watch.look(answer[1], asked_s, self.host.clock.mono_s)
        for number, (epoch, holder) in zip(missing, answer[0], strict=True):
            if self._placed.get(number) != self.host.name or number in self.host.core.desk.partitions:
                continue
            if right := self._right(number, holder or NOBODY, asked_s):
                self._taking.add(number)
                request = (number, epoch, self.host.holder())
                self._ask("take", request, partial(self._taken, number, holder or NOBODY, right))

    def _right(self, number: int, holder: Holder, asked_s: float) -> str:
        world, placed_for_s = self.host.world, asked_s - self._placed_s.get(number, asked_s)
        is_dead = holder.incarnation in world.proven_dead
        if right := right_over(holder, self.host.holder(), is_dead, placed_for_s, world.limits.lease_s):
            return right
        return "lease" if self._watch.is_over(holder.incarnation, asked_s) else ""

    def _taken(self, number: int, holder: Holder, right: str, taken: Taken | None) -> None:
        if taken is None:
            self._taking.discard(number)
        elif self._placed.get(number) != self.host.name:
            self._taking.discard(number)
            self._let_go(number, taken.epoch)
        elif right == "lease":
            self._ask("holders", [], partial(self._checked, holder, taken))
        else:
            self._serve(taken)

    def _checked(self, holder: Holder, taken: Taken, answer: Any) -> None:
        """A lease that was renewed between the look and the take may be trusted for its whole length."""
        if answer is None or self._watch.has_moved(holder.incarnation, answer[1]):
            life, after_s = self.host.life, self.host.world.limits.lease_s
            self.host.world.agenda.after(after_s, self.host.receive, life, self._serve, taken)
        else:
            self._serve(taken)

    def _serve(self, taken: Taken) -> None:
        self._taking.discard(taken.partition)
        if self._placed.get(taken.partition) == self.host.name:
            self.host.core.taken(taken)
        else:
            self._let_go(taken.partition, taken.epoch)
