"""One schedule: cells, store, links, callers and watchers from one seed, until all has come to rest."""

import traceback
from random import Random

import msgspec

from actors.catalogue import Catalogue
from tests.sim.agenda import Agenda
from tests.sim.asking import Ask, Caller
from tests.sim.gateway import Gateway
from tests.sim.host import Host
from tests.sim.keeper import Keeper
from tests.sim.mischief import FAULTS_UNTIL_S, Mischief
from tests.sim.nouns import NOUNS
from tests.sim.places import PARTITIONS_IN_USE, Places
from tests.sim.readers import Reader
from tests.sim.rest import Rest
from tests.sim.storehouse import Storehouse
from tests.sim.verdict import judge, judge_midway
from tests.sim.watchers import Watcher
from tests.sim.weather import limits_of, weather_of
from tests.sim.wires import Wires

CATALOGUE = Catalogue(NOUNS)
CALLERS = ("ann", "bob", "cho", "dan", "eve", "fay")
ASKS_EACH = 36
REST_WITHIN_S = 60.0


class Violation(Exception):
    """A promise was broken."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule


class World:
    """Everything that there is in one schedule."""

    def __init__(self, seed: int, tracing: bool = False) -> None:
        self.seed = seed
        self.tracing = tracing
        self.trace: list[str] = []
        self.chance = Random(seed)
        self.agenda = Agenda()
        self.catalogue = CATALOGUE
        self.raw = msgspec.Raw
        self.weather = weather_of(self.chance)
        self.limits = limits_of(self.chance)
        self.places = Places(self.chance)
        self.partitions = PARTITIONS_IN_USE
        self.pause_s = self.chance.choice((0.03, 0.15, 0.25))
        self.ops = 0
        self.calm = False
        self.clocks_jumped = False
        self.floors: dict[str, int] = {}  # what was acknowledged of each entity
        self.proven_dead: set[str] = set()
        self.store = Storehouse(self)
        self.wires = Wires(self)
        cells = [f"c{number}" for number in range(self.chance.choice((3, 3, 4)))]
        self.keeper = Keeper(self, cells)
        self.hosts = {name: Host(self, name) for name in cells}
        self.gateways = {name: Gateway(self, name) for name in ("g0", "g1")}
        self.gateway_names = ["g0", "g1"]
        self.keeper.publish(self.keeper.published[1])
        for gateway in self.gateways.values():
            gateway.placed(*self.keeper.published)
        self._people()
        self.mischief = Mischief(self)

    def _people(self) -> None:
        chance, after = self.chance.random, self.agenda.after
        self.readers = [Reader(self, "search", from_start=True)]
        after(0.3, self.readers[0].step)
        after(2.0 * chance(), self._late_reader)
        self.callers = [Caller(self, name, ASKS_EACH) for name in CALLERS]
        for caller in self.callers:
            for _ in range(2):
                after(0.05 * chance(), caller.begin)
        rooms = self.places.by_kind["room"]
        topics = [topic for ref in rooms[:2] for topic in (ref, ref, f"{ref}/loud")]
        self.watchers = [Watcher(self, f"w{number}", topic) for number, topic in enumerate(topics)]
        for watcher in self.watchers:
            after(0.5 * chance(), watcher.join)
            after(1 + 3 * chance(), watcher.leave, 2.0 * chance() ** 2)

    def _late_reader(self) -> None:
        self.readers.append(Reader(self, "notices", from_start=False))
        self.readers[-1].step()

    # what the parts tell the world

    def say(self, text: str, *values: object) -> None:
        """A line of the trace."""
        if self.tracing:
            self.trace.append(f"{self.agenda.now_s:9.5f} {text % values if values else text}")

    def wrong(self, rule: str, text: str) -> None:
        """A promise was broken: the schedule ends here."""
        raise Violation(rule, text)

    def cell_died(self, host: Host) -> None:
        """A process ended: its links break, and some can prove it."""
        for name in (*self.hosts, *self.gateways):
            if name != host.name:
                self.link_broke(host.name, name, 0.0)
        if self.chance.random() < 0.6:
            self.agenda.after(0.3 * self.chance.random(), self.proven_dead.add, host.incarnation)
        self.keeper.suspect(host)

    def link_broke(self, cell: str, other: str, down_s: float) -> None:
        """A link broke; its two ends notice."""
        peer = f"{other}#{self.wires.generation(cell, other)}"
        self.wires.snap(cell, other, down_s)
        if other in self.gateways:
            self.agenda.after(0.05 * self.chance.random(), self.hosts[cell].link_lost, peer)
            self.agenda.after(0.05 * self.chance.random(), self.gateways[other].link_lost, cell)

    # the schedule

    def run(self) -> Violation | None:
        """Runs it; what was broken, if anything was."""
        try:
            self.agenda.run(FAULTS_UNTIL_S * self.chance.uniform(0.3, 1.0))
            judge_midway(self)
            self.agenda.run(FAULTS_UNTIL_S)
            Rest(self).await_it(REST_WITHIN_S)
            judge(self)
        except Violation as violation:
            self.say("VIOLATION %s", violation)
            return violation
        except Exception as error:
            self.say("RAISED %s", traceback.format_exc())
            return Violation("raised", f"{type(error).__name__}: {error}")
        return None

    def asks(self) -> list[Ask]:
        """All that was asked."""
        return [ask for caller in self.callers for ask in caller.asks]
