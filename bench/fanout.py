"""One comment to all who look, through the whole product; beside it servers that do nothing but broadcast."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from bench import rivals, wire
from bench.crowd import Crowd
from bench.measure import CONTROL_ERROR, Latencies, Sample, Side, Work, median_ratio, rotate
from bench.product import Product
from bench.progress import Progress
from bench.report import Report
from bench.rivals import FLOOR, NCHAN, Rival
from bench.valkey import Valkey
from bench.worker import bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop
from gateway.ws.volley import AtOnce, volley_for

OURS, TWIN, ON_DISK = "ours", "ours again", "ours, on disk"
SPEAKERS = 16  # 25 comments a second each in a burst: half of what one socket may say
SINGLES_PER_S = 45.0  # at most, so that each has a tick of its own
BURST_PER_S = 400.0  # eight to a tick
IDLE_S = 1.0
CHARACTERS = 60


class Room(msgspec.Struct, frozen=True):
    """So many viewers, and how much they hear in one round."""

    viewers: int
    singles: int
    burst: int


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    rooms: tuple[Room, ...]
    rounds: int
    beside_rounds: int  # of the peers that no bound is about
    paced_s: float


LONG = Size(rooms=(Room(400, 40, 160), Room(3200, 16, 80)), rounds=12, beside_rounds=4, paced_s=20.0)
QUICK = Size(rooms=(Room(400, 12, 80), Room(3200, 5, 16)), rounds=3, beside_rounds=1, paced_s=1.5)


class Party:
    """A server, its crowd in one room, and what is said there."""

    def __init__(self, crowd: Crowd, parts: Mapping[str, int | str], thing: bytes, viewers: int) -> None:
        self.crowd, self._parts, self._thing, self._viewers = crowd, parts, thing, viewers
        self.frame_bytes = 0.0
        self.spent_s: defaultdict[str, list[float]] = defaultdict(list)  # for a comment, by kind and part

    async def singles(self, count: int) -> Sample:
        """Comments that come one by one, each when all heard the one before."""
        return await self._said("single", count, SINGLES_PER_S)

    async def burst(self, count: int) -> Sample:
        """Comments at 400 a second; what cannot be had in time is waited for."""
        return await self._said("burst", count, BURST_PER_S)

    async def _said(self, kind: str, count: int, per_s: float) -> Sample:
        work = Work(list(self._parts.values()), beside=[self.crowd.pid, "self"])
        each = {name: Work([pid]) for name, pid in self._parts.items()}
        heard = await self.crowd.say([self._thing], count, per_s, self._viewers, kind == "single")
        for name, part in each.items():
            self.spent_s[f"{kind} {name}"].append(part.done(count).cpu_s / count)
        self.frame_bytes = heard.bytes / max(1, heard.heard)
        return work.done(heard.heard)

    async def paced(self, per_s: float, seconds: float) -> tuple[Latencies, Latencies, int]:
        """Latencies of an open loop, how late its driver was, and what was not heard."""
        count, latencies, late = max(2, int(per_s * seconds)), Latencies(), Latencies()
        heard = await self.crowd.say([self._thing], count, per_s, self._viewers)
        heard.into(latencies, late)
        return latencies, late, count * self._viewers - heard.heard


class Hall:
    """All sides of one room."""

    def __init__(self, room: Room, folder: Path, stack: ExitStack) -> None:
        self.room, self._folder, self._stack = room, folder, stack
        self.parties: dict[str, Party] = {}

    async def invite(self, name: str, product: Product) -> None:
        """Viewers with sessions, who watch a post."""
        viewers = self.room.viewers
        crowd = self._stack.enter_context(Crowd(self._folder, product.port))
        post = await product.post(viewers)
        await crowd.open_all(product.sessions(f"v{viewers}-", viewers, [wire.watch(post)]), want=2)
        speakers = product.sessions(f"s{viewers}-", SPEAKERS)
        await crowd.open_all(speakers, speaks=True, counts=False, want=1)
        self.parties[name] = Party(crowd, product.parts, wire.comment(post, CHARACTERS), viewers)
        await self._warm(name)

    async def invite_rival(self, rival: Rival) -> None:
        """Viewers of a peer, who get frames of the same size."""
        viewers = self.room.viewers
        crowd = self._stack.enter_context(Crowd(self._folder, rival.port))
        await crowd.open_all(rival.lookers(viewers))
        await crowd.open_all(rival.speakers(viewers, SPEAKERS), speaks=True, counts=False)
        payload = wire.plain(int(self.parties[OURS].frame_bytes) - 4)
        self.parties[rival.name] = Party(crowd, {"server": rival.pid}, payload, viewers)
        await self._warm(rival.name)

    async def _warm(self, name: str) -> None:
        party = self.parties[name]
        await party.burst(8)
        party.spent_s.clear()

    def sides(self, names: list[str], kind: str) -> dict[str, Side]:
        """What rotates; our own side comes twice."""
        found = dict[str, Side]()
        for name in names:
            party = self.parties.get(OURS if name == TWIN else name)
            if party is not None:
                count = self.room.burst if kind == "burst" else self.room.singles
                found[name] = partial(party.burst if kind == "burst" else party.singles, count)
        return found


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage("starting gateways, cells and peers")
        product, on_disk = await _products(folder, stack)
        others = await rivals.others(folder, stack, report.notes)
        halls = [Hall(room, folder, stack) for room in size.rooms]
        for hall in halls:
            progress.stage(f"{hall.room.viewers:,} viewers of each side come in")
            await hall.invite(OURS, product)
            await hall.invite(ON_DISK, on_disk)
            floor = await rivals.floor(folder, stack, hall.room.viewers)
            for rival in (floor, *others):
                await hall.invite_rival(rival)
        await product.settle()
        await on_disk.settle()
        settle_memory()
        report.notes.append(_how_pushes_leave())
        await _idle(product, report)
        found = Found(report)
        for hall in halls:
            await _measured(hall, size, found, progress)
        found.judge()
        await product.close()
        await on_disk.close()


def _how_pushes_leave() -> str:
    volley = volley_for(1)
    volley.close()
    calls = (
        "hundreds of sockets (io_uring)"
        if isinstance(volley, AtOnce)
        else "each socket: io_uring is not to be had"
    )
    return f"pushes take one system call for {calls}"


async def _products(folder: Path, stack: ExitStack) -> tuple[Product, Product]:
    disk = folder / "disk"
    disk.mkdir()
    products = Product(folder, stack), Product(disk, stack, stack.enter_context(Valkey(disk)))
    for product in products:
        await product.open()
    return products


async def _idle(product: Product, report: Report) -> None:
    """What gateway and cell take while nobody says anything; it is in the cost of single comments."""
    work = {name: Work([pid]) for name, pid in product.parts.items()}
    await asyncio.sleep(IDLE_S)
    for name, part in work.items():
        report.figures[f"idle_{name}_ms_a_second"] = 1e3 * part.done(1).cpu_s / IDLE_S


async def _measured(hall: Hall, size: Size, found: "Found", progress: Progress) -> None:
    viewers, ours = hall.room.viewers, hall.parties[OURS]
    for kind in ("single", "burst"):
        progress.stage(f"{viewers:,} viewers: {size.rounds} rounds of {kind} comments")
        samples = await rotate(hall.sides([OURS, TWIN, FLOOR, NCHAN], kind), size.rounds, progress.step)
        found.rates(viewers, kind, samples)
        beside = [name for name in hall.parties if name not in (FLOOR, NCHAN)]
        found.beside(viewers, kind, await rotate(hall.sides(beside, kind), size.beside_rounds, progress.step))
    # Half of what the gateway, the busiest process, could do on one core with comments that come one by one.
    per_s = 0.5 / median(ours.spent_s["single gateway"])
    found.spent(viewers, ours)
    progress.stage(f"{viewers:,} viewers: {size.paced_s:g} s at half load, {per_s:.1f} comments a second")
    for name in (OURS, FLOOR, NCHAN):
        if (party := hall.parties.get(name)) is not None:
            found.pace(viewers, name, per_s, *await party.paced(per_s, size.paced_s))


class Found:
    """What was found in all rooms, and the worse of it."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._worst: dict[str, list[float]] = {}
        self._control: list[float] = []
        self._others: list[float] = []
        report.notes.append(
            "cost is CPU of all processes of a side, gateway and cell or server and workers, for one frame at"
            " one viewer; journal in memory, as nobody else keeps one: beside it the same with fsync of each"
        )

    def rates(self, viewers: int, kind: str, samples: dict[str, list[Sample]]) -> None:
        """The sides that bounds are about."""
        ours = samples[OURS]
        self._others += [sample.others_cores for sample in ours]
        self._control += [
            one.per_cpu_s / same.per_cpu_s for one, same in zip(ours, samples[TWIN], strict=True)
        ]
        self._report.figures[f"{kind}_cpu_us_{viewers}"] = _cost_us(ours)
        for name in (FLOOR, NCHAN):
            if name in samples:
                ratio = self._against(viewers, kind, name, samples[name], ours)
                self._worst.setdefault(f"{kind} {name}", []).append(ratio)

    def spent(self, viewers: int, ours: Party) -> None:
        """Where it goes: CPU for a comment, by process."""
        for key, spent_s in ours.spent_s.items():
            name = f"{key.replace(' ', '_')}_us_a_comment_{viewers}"
            self._report.figures[name] = 1e6 * median(spent_s)

    def beside(self, viewers: int, kind: str, samples: dict[str, list[Sample]]) -> None:
        """The others."""
        for name in samples.keys() - {OURS}:
            self._against(viewers, kind, name, samples[name], samples[OURS])

    def _against(self, viewers: int, kind: str, name: str, theirs: list[Sample], ours: list[Sample]) -> float:
        against = self._report.against.setdefault(name, {})
        against[f"{kind}_cpu_us_{viewers}"] = _cost_us(theirs)
        ratio = median_ratio([one.per_cpu_s for one in ours], [one.per_cpu_s for one in theirs])
        word = name.lower().replace(",", "").replace(".", "_").replace(" ", "_")
        self._report.ratios[f"{kind}_{viewers}_to_{word}"] = ratio
        return ratio

    def pace(
        self, viewers: int, name: str, per_s: float, latencies: Latencies, late: Latencies, missing: int
    ) -> None:
        """Latencies at half load of ours."""
        into = self._report.figures if name == OURS else self._report.against[name]
        into |= {f"p50_ms_{viewers}": latencies.ms(50), f"p99_ms_{viewers}": latencies.ms(99)}
        if missing:
            self._report.notes.append(f"{name}: {missing:,} frames for {viewers:,} viewers did not come")
        if name == OURS:
            into |= {f"comments_per_s_{viewers}": per_s, f"driver_late_p99_ms_{viewers}": late.ms(99)}
            # What never came is as slow as anyone would have waited.
            self._worst.setdefault("p99", []).append(30e3 if missing else latencies.ms(99))

    def judge(self) -> None:
        """The bounds, by the worse room."""
        report = self._report
        control = median(self._control)
        report.ratios["control_ours_to_ours"] = control
        report.others(median(self._others))

        def worst(key: str) -> float | None:
            return min(self._worst.get(key, []), default=None)

        report.at_least("fanout.vs_c_floor", worst(f"single {FLOOR}"), 0.8)
        report.at_least("fanout.vs_nchan", worst(f"single {NCHAN}"), 1.0)
        report.at_least("fanout.burst_vs_nchan", worst(f"burst {NCHAN}"), 3.0)
        report.at_most("fanout.p99_ms", max(self._worst["p99"]), 50)
        report.at_most("fanout.control_error", abs(control - 1), CONTROL_ERROR)


def _cost_us(samples: list[Sample]) -> float:
    return median([1e6 / sample.per_cpu_s for sample in samples])
