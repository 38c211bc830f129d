"""The end of a schedule: faults stop, and everything must come to rest by itself."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from cluster.core.partition import Partition
from tests.sim.moves import CalmMove

if TYPE_CHECKING:
    from tests.sim.host import Host
    from tests.sim.world import World

LOOK_EVERY_S = 0.3
MOVES = 3
MOVE_LOOK_S = 0.02


class Rest:
    """Waits until nothing is under way any more."""

    def __init__(self, world: "World") -> None:
        self.world = world

    def await_it(self, within_s: float) -> None:
        """Stops the faults and lets time pass; not to come to rest is a fault of its own."""
        self._calm()
        self._settle(within_s)
        self._moves(within_s)
        for watcher in self.world.watchers:  # the last push may have been lost: a phone that wakes asks again
            watcher.join()
        self._settle(within_s)

    def _moves(self, within_s: float) -> None:
        """Some partitions move in calm weather: their pauses are short, and no topic begins anew."""
        world = self.world
        while world.store.down or world.store.frozen:
            world.agenda.run(world.agenda.now_s + MOVE_LOOK_S)
        world.agenda.run(world.agenda.now_s + world.weather.timeout_s)  # the storm's requests are given up
        begun = [len(watcher.begun) for watcher in world.watchers]
        for number in world.partitions[:MOVES]:
            move = CalmMove(world, number)
            move.begin()
            until_s = world.agenda.now_s + within_s
            while not move.is_over:
                if world.agenda.now_s > until_s:
                    world.wrong("no_rest", f"partition {number} does not move to {move.target}")
                world.agenda.run(world.agenda.now_s + MOVE_LOOK_S)
        self._settle(within_s)
        for watcher, before in zip(world.watchers, begun):
            if len(watcher.begun) > before:
                world.wrong("reset", f"{watcher.name} began anew by a planned move")

    def _settle(self, within_s: float) -> None:
        agenda = self.world.agenda
        until_s = agenda.now_s + within_s
        while unrest := list(islice(self._unrest(), 6)):
            if agenda.now_s > until_s:
                self.world.wrong("no_rest", "; ".join(unrest))
            agenda.run(agenda.now_s + LOOK_EVERY_S)

    def _calm(self) -> None:
        world = self.world
        world.calm = True
        world.say("calm")
        world.weather.clear_up()
        world.store.cut_off.clear()
        ahead_s = max(host.wall_ahead_s for host in world.hosts.values()) + 30
        for host in world.hosts.values():
            host.fuse = host.stopwatch = -1
            host.wall_ahead_s = ahead_s  # whatever was to happen at some time happens soon
            host.resume()
            host.start_anew()
        for watcher in world.watchers:
            watcher.come_back()

    def _unrest(self) -> Iterator[str]:
        world = self.world
        for caller in world.callers:
            if not caller.done():
                waiting = [f"{ask.name()} at {ask.ref}" for ask in caller.asks if not ask.over]
                yield f"{caller.name} waits for {waiting[:3]}"
        journal = world.store.journal
        for number, (_, holder) in zip(world.partitions, journal.held_by_now(world.partitions), strict=True):
            host = world.hosts[world.keeper.published[1][number]]
            partition = host.core.desk.partitions.get(number)
            if partition is None or holder is None or holder.incarnation != host.incarnation:
                yield f"{number} should be held by {host.incarnation}, and is by {holder}"
            else:
                yield from self._busy(host, partition)
        for host in world.hosts.values():
            if host.core.desk.waiting_ops:
                yield f"{host.incarnation}: {host.core.desk.waiting_ops} ops wait"
        for watcher in world.watchers:
            if not watcher.joined:
                yield f"{watcher.name} did not join"
        for reader in world.readers:
            if not reader.level():
                yield f"{reader.name} reads"

    def _busy(self, host: "Host", partition: Partition) -> Iterator[str]:
        name = f"{host.incarnation}/{partition.number}"
        if not partition.serving:
            yield f"{name} does not serve"
        for what in ("flying", "collecting", "pending_flush"):
            if getattr(partition, what) is not None:
                yield f"{name}: something is {what}"
        for what in ("reminders", "tail", "journal", "dirty", "woken"):
            if found := getattr(partition, what):
                yield f"{name}: {len(found)} in {what}"
        for receiver, pair in partition.pairs.items():
            if pair.unheard:
                yield f"{name}: {len(pair.unheard)} tells for {receiver} are not heard"
        for entity in partition.entities.values():
            if entity.fans or entity.waiting:
                yield f"{entity.ref}: {len(entity.waiting or ())} wait, fans {sorted(entity.fans or ())}"
