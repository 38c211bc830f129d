"""A gateway: it knows the placement of some moment ago, sends ops in batches and hands on what comes back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.catalogue import encode
from cluster.link.frames import Answer, Op, Pushed
from cluster.placement import partition_of
from protocol.messages import Command

if TYPE_CHECKING:
    from tests.sim.watchers import Watcher
    from tests.sim.world import World

Heard = Callable[[Answer], None]


class Gateway:
    """One gateway, which never dies: what it loses by dying is no more than its links."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.news_s = world.chance.choice((0.2, 5.0))  # at most, until it hears of a new placement
        self.watchers: list[Watcher] = []
        self._version = 0
        self._cells: dict[int, str] = {}
        self._outbox: dict[str, list[Op]] = {}
        self._flying: dict[int, Heard] = {}
        self._due = False

    def placed(self, version: int, cells: dict[int, str]) -> None:
        """A placement map arrived."""
        if version > self._version:
            self._version, self._cells = version, cells

    def send(
        self,
        ref: str,
        caller: str,
        call: str,
        command: Command,
        heard: Heard,
        watch: str = "",
        since: tuple[str, int] | None = None,
    ) -> None:
        """Sends an op on its way, soon."""
        world = self.world
        world.ops += 1
        self._flying[world.ops] = heard
        op = Op(world.ops, ref, caller, call, world.raw(encode(command)), watch, since)
        self._outbox.setdefault(self._cells[partition_of(ref)], []).append(op)
        if not self._due:
            self._due = True
            world.agenda.after(0.002 * world.chance.random(), self._flush)

    def unwatch(self, topic: str) -> None:
        """Nobody here watches this topic any more."""
        cell = self._cells[partition_of(topic.partition("/")[0])]
        self.world.wires.send(self.name, cell, self.world.hosts[cell].unwatch, self._peer(cell), [topic])

    def _peer(self, cell: str) -> str:
        return f"{self.name}#{self.world.wires.generation(cell, self.name)}"

    def _flush(self) -> None:
        self._due = False
        outbox, self._outbox = self._outbox, {}
        for cell, ops in outbox.items():
            self.world.wires.send(self.name, cell, self.world.hosts[cell].ops, self._peer(cell), ops)

    def heard(self, cell: str, answers: list[Answer], pushes: list[Pushed], closed: list[str]) -> None:
        """A frame of a cell."""
        for answer in answers:
            if (heard := self._flying.pop(answer.number, None)) is not None:
                heard(answer)
        for push in pushes:
            for watcher in self.watchers:
                if watcher.topic == push.topic:
                    watcher.pushed(push)
        for topic in closed:
            for watcher in self.watchers:
                if watcher.topic == topic:
                    watcher.lost()

    def link_lost(self, cell: str) -> None:
        """A link broke: what was watched over it must be joined anew."""
        for watcher in list(self.watchers):
            if self._cells[partition_of(watcher.ref)] == cell:
                watcher.lost()
