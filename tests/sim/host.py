"""A cell's process in the simulator: it drives a core, and can die or stop between any two steps."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cluster.core.cell import CellCore
from cluster.core.clock import Clock
from cluster.core.interface import Outbound
from cluster.core.records import Raw
from cluster.link.frames import Op, Told
from cluster.ports import Append, Appended, Flush, Flushed, Holder
from tests.sim.claims import Claims

if TYPE_CHECKING:
    from tests.sim.world import World

TICK_S = 0.1
WALL_MS = 1_000_000_000  # the wall clocks when a schedule begins
READ_BYTES = 700


class Killed(Exception):
    """The process ended in the middle of what it did."""


class Host:
    """One cell through all its lives."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.life = 0
        self.alive = False
        self.paused = False
        self.wall_ahead_s = 0.0
        self.connection = 0
        self.fuse = -1  # steps until it is killed
        self.incarnation = ""
        self.core: CellCore
        self.stopwatch = -1  # steps until it is paused
        self._boot()

    def _boot(self) -> None:
        self.life += 1
        self.alive = True
        self.fuse = self.stopwatch = -1
        self.connection = 0
        self.incarnation = f"{self.name}.{self.life}"
        self.clock = Clock()
        self._set_clock()
        self.core = CellCore(self.name, self.incarnation, self.world.catalogue, self.world.limits, self.clock)
        self.claims = Claims(self, self._ask)
        self._inbox: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._outbox: list[Callable[[], None]] = []  # what a paused process was about to do
        self._due = False
        self._flush_due = False
        self.world.agenda.after(0.0, self._tick, self.life)

    def holder(self) -> Holder:
        """This life, as the store knows it."""
        return Holder(self.name, self.incarnation)

    # what happens to the process

    def kill(self) -> None:
        """Ends at once: all that was only in memory is gone."""
        if self.alive:
            self.world.say("%s is killed", self.incarnation)
            self.alive, self.paused = False, False
            self.life += 1
            self._inbox, self._outbox = [], []
            self.world.cell_died(self)

    def start_anew(self) -> None:
        """A new life of the same cell."""
        if not self.alive:
            self._boot()
            self.world.say("%s starts", self.incarnation)

    def pause(self) -> None:
        """Stops in its tracks, in the middle of a turn perhaps; the world goes on."""
        self.paused = True
        self.stopwatch = -1
        self.world.keeper.suspect(self)
        self.world.say("%s pauses", self.incarnation)

    def resume(self) -> None:
        """Goes on as if nothing had been."""
        if self.paused:
            self.paused = False
            self.world.say("%s goes on", self.incarnation)
            outbox, self._outbox = self._outbox, []
            for act in outbox:
                act()
            self._wake()

    def receive(self, life: int, action: Callable[..., Any], *args: Any) -> None:
        """Something for this life of the process; it is looked at in its next turn."""
        if life == self.life and self.alive:
            self._inbox.append((action, args))
            self._wake()

    def _wake(self) -> None:
        if not self._due and not self.paused:
            self._due = True
            self.world.agenda.after(0.0004 * self.world.chance.random(), self._turn, self.life)

    def _turn(self, life: int) -> None:
        if life != self.life:
            return
        self._due = False
        if self.paused or not self.alive:
            return
        self._set_clock()
        inbox, self._inbox = self._inbox, []
        try:
            for action, args in inbox:
                action(*args)
                self._step()
            self._carry_out()
        except Killed:
            self.kill()

    def _step(self) -> None:
        if self.fuse >= 0:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed
        if self.stopwatch >= 0:
            self.stopwatch -= 1
            if self.stopwatch < 0:
                self.pause()

    def _act(self, act: Callable[[], None]) -> None:
        """Something that others will notice: one step."""
        self._step()
        if self.paused:
            self._outbox.append(act)
        else:
            act()

    def _set_clock(self) -> None:
        now_s = self.world.agenda.now_s
        self.clock.mono_s = now_s + 100.0
        self.clock.wall_ms = int((now_s + self.wall_ahead_s) * 1000) + WALL_MS

    def _tick(self, life: int) -> None:
        if life == self.life:
            self.world.agenda.after(TICK_S, self._tick, life)
            if not self.paused:
                self.receive(life, self._on_tick)

    def _on_tick(self) -> None:
        self.core.tick()
        self._flush_due = True
        self.claims.tick()

    # what the core wants done

    def _ask(self, kind: str, payload: Any, then: Callable[[Any], None]) -> None:
        self._act(partial(self.world.store.ask, self, kind, payload, then))

    def _carry_out(self) -> None:
        core, answers_last = self.core, self.world.weather.answers_last
        core.hand_over()
        if not answers_last and (out := core.leaving()) is not None:
            self._send(out)
        if wanted := core.loads():
            self._ask("load", wanted, partial(self._on_loaded, wanted))
        if appends := core.appends():
            self._append(appends)
        for number, after, up_to in core.reads():
            self._read(number, core.desk.partitions[number].epoch, after, up_to)
        if self._flush_due:
            self._flush_due = False
            if flushes := core.flushes():
                self._ask("flush", flushes, partial(self._on_flushed, flushes))
        if answers_last and (out := core.leaving()) is not None:
            self._send(out)

    def _append(self, appends: list[Append]) -> None:
        while appends:
            count = 1 + int(self.world.chance.random() * len(appends))
            together, appends = appends[:count], appends[count:]
            self._ask("append", together, partial(self._on_appended, together))

    def _on_appended(self, appends: list[Append], results: list[Appended] | None) -> None:
        failed = [Appended(append.partition, "failed") for append in appends]
        self.core.appended(appends, failed if results is None else results)

    def _on_loaded(self, wanted: list[tuple[int, str]], blobs: list[bytes | None] | None) -> None:
        self.core.loaded(wanted, blobs)

    def _on_flushed(self, flushes: list[Flush], results: list[Flushed] | None) -> None:
        failed = [Flushed(flush.partition, "failed") for flush in flushes]
        self.core.flushed(flushes, failed if results is None else results)
        self._flush_due = True

    def _read(self, number: int, epoch: int, after: int, up_to: int) -> None:
        stretch = (number, after, up_to, READ_BYTES)
        self._ask("read", stretch, partial(self._on_read, number, epoch, after, up_to))

    def _on_read(
        self, number: int, epoch: int, after: int, up_to: int, entries: list[tuple[int, bytes]] | None
    ) -> None:
        partition = self.core.desk.partitions.get(number)
        if partition is None or partition.epoch != epoch:
            return
        if entries:
            self.core.tail(number, epoch, entries)
            after = entries[-1][0]
        if after < up_to:
            self._read(number, epoch, after, up_to)

    def _send(self, out: Outbound) -> None:
        """Every frame is a step of its own."""
        hosts = self.world.hosts
        for cell, tells in sorted(out.tells.items()):
            self._to(cell, hosts[cell].tells, self.name, tells)
        for cell, marks in sorted(out.heard.items()):
            self._to(cell, hosts[cell].heard, marks)
        for cell, sprays in sorted(out.sprays.items()):
            for command, refs in sprays:  # nobody sends these again, so they come once at most
                self._to(cell, hosts[cell].spray, command, refs, once=True)
        for peer in sorted({*out.answers, *out.pushes, *out.closed}):
            frame = (out.answers.get(peer, []), out.pushes.get(peer, []), out.closed.get(peer, []))
            self._act(partial(self._to_gateway, peer, frame))

    def _to(self, cell: str, deliver: Callable[..., Any], *args: Any, once: bool = False) -> None:
        self._act(partial(self.world.wires.send, self.name, cell, deliver, *args, once=once))

    def _to_gateway(self, peer: str, frame: tuple[Any, ...]) -> None:
        """Answers go to the link that was asked on, or nowhere."""
        world = self.world
        name, _, generation = peer.partition("#")
        if int(generation) == world.wires.generation(self.name, name):
            world.wires.send(self.name, name, world.gateways[name].heard, self.name, *frame)

    # what arrives on links

    def ops(self, peer: str, ops: list[Op]) -> None:
        """Commands of a gateway."""
        self.receive(self.life, self.core.ops, peer, ops)

    def tells(self, cell: str, tells: list[Told]) -> None:
        """Tells of another cell."""
        self.receive(self.life, self.core.tells, cell, tells)

    def heard(self, marks: list[tuple[int, int, int]]) -> None:
        """What another cell took."""
        self.receive(self.life, self.core.heard, marks)

    def spray(self, command: Raw, refs: list[str]) -> None:
        """What may be lost."""
        self.receive(self.life, self.core.spray, command, refs)

    def unwatch(self, peer: str, topics: list[str]) -> None:
        """A gateway watches less."""
        self.receive(self.life, self.core.unwatch, peer, topics)

    def link_lost(self, peer: str) -> None:
        """A gateway's link broke."""
        self.receive(self.life, self.core.peer_gone, peer)
