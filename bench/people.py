"""A million followers: follows, pages, memory; profiles beside redis-py; revoked sessions."""

import math
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

import msgspec

from bench import people_fixture as fixture
from bench.measure import Latencies, Sample, Work, median_ratio, percentile, rotate
from bench.people_place import Place
from bench.people_visits import Visitor, all_of, at_a_pace, thrown_out_s
from bench.progress import Progress
from bench.report import Report
from bench.valkey import Valkey, sync_ms
from bench.worker import Worker, bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop
from protocol.followers import WhichFollow, WhoFollows
from protocol.ids import user_ref
from protocol.user_followers import FindFollowers, FoundFollowers

FOLLOWS_PER_S = 100.0  # of both sides together: some third of what the doors take
PAGE = 100
PAGES_IN_A_TURN = 12
AT_ONCE = 32
AGREED = 40
AGREED_WITHIN_S = 5.0


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    followers: int  # of the star; page 1 is compared with the last full one but one
    follows: int  # of each side
    rounds: int
    opens: int  # of profiles, of each side in a round
    revocations: int


LONG = Size(followers=1_000_100, follows=6_000, rounds=11, opens=4_000, revocations=20)
QUICK = Size(followers=1_000_100, follows=400, rounds=5, opens=600, revocations=4)


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))
    report.notes.append(
        "over HTTP through one of two gateways, one cell, every write on disk before its answer; follows come"
        f" at {FOLLOWS_PER_S:g} a second, in turn of the large account and of small ones, from the intended"
        " moment. Profiles: CPU of gateways, cell and Valkey, against that of aiohttp with redis-py and its"
        " Valkey, where the three commands travel together. What others kept busy is told of profiles"
    )


class Bench:
    """One run."""

    def __init__(self, size: Size, place: Place, visitor: Visitor, report: Report) -> None:
        self.size, self.place, self.visitor, self.report = size, place, visitor, report
        self._chance = Random(5)
        self._fans = self._opens = 0

    async def follows(self, many: int) -> tuple[Latencies, Latencies]:
        """New people follow the star and small accounts, in turn."""
        of_star, of_small = Latencies(), Latencies()
        works = []
        for number in range(many):
            small = fixture.SMALL[number % len(fixture.SMALL)]
            for latencies, user in ((of_star, fixture.STAR), (of_small, small)):
                fan, self._fans = f"fan{self._fans:06d}", self._fans + 1
                works.append((latencies, _Follow(self, fan, user)))
        await at_a_pace([(latencies, work.send) for latencies, work in works], FOLLOWS_PER_S)
        return of_star, of_small

    @property
    def last_page(self) -> int:
        """The page that is compared with the first one."""
        return self.size.followers // PAGE - 1

    async def agreed_ms(self, user: str) -> float:
        """From the intention to follow until the other end says so too."""
        fan, self._fans = f"fan{self._fans:06d}", self._fans + 1
        began_s = time.perf_counter()
        await _Follow(self, fan, user).send()
        while time.perf_counter() - began_s < AGREED_WITHIN_S:
            if await self._holds(user, fan):
                break
        return (time.perf_counter() - began_s) * 1e3

    async def _holds(self, user: str, fan: str) -> bool:
        client = self.place.client
        found = await client.ask(user_ref(user), FindFollowers([fan]), "", None)
        assert isinstance(found, FoundFollowers)
        for place, users in found.asked_of:
            who = await client.ask(place.segment, WhichFollow(place.words, users), "", None)
            assert isinstance(who, WhoFollows)
            return bool(who.users)
        return bool(found.users)

    async def page_ms(self, number: int) -> float:
        """One page of the star's followers."""
        after = f"&cursor={fixture.follower((number - 1) * PAGE - 1)}" if number > 1 else ""
        path = f"/api/users/{fixture.STAR}/followers?limit={PAGE}{after}"
        began_s = time.perf_counter()
        _, page = await self.visitor.send("GET", self.place.ports[0], path, self.place.bearer("reader"))
        took_ms = (time.perf_counter() - began_s) * 1e3
        if len(page["users"]) != PAGE:
            raise RuntimeError(f"page {number} has {len(page['users'])} users")
        return took_ms

    async def pages(self) -> tuple[list[float], list[float]]:
        """The medians of each round: of the first page, and of the last."""
        first, last = list[float](), list[float]()
        for _ in range(self.size.rounds):
            took: dict[int, list[float]] = {1: [], self.last_page: []}
            for _ in range(PAGES_IN_A_TURN):
                for number, times in took.items():
                    times.append(await self.page_ms(number))
            first.append(median(took[1]))
            last.append(median(took[self.last_page]))
        return first, last

    async def profiles(self, peer: Worker, port: int, valkey: Valkey, progress: Progress) -> None:
        """Opens of profiles, of either side in turn."""
        place, beside = self.place, list[int | str](["self"])

        async def ours() -> Sample:
            return await self._opened(place.pids, beside, place.ports[0], lambda user: place.bearer(user))

        async def theirs() -> Sample:
            return await self._opened([peer.pid, valkey.pid], beside, port, lambda user: {"Manta-User": user})

        for side in (ours, theirs):  # everyone is in memory then
            for _ in range(math.ceil(len(fixture.SEEN) / self.size.opens)):
                await side()
        found = await rotate({"ours": ours, "redis-py": theirs}, self.size.rounds, progress.step)
        report = self.report
        per_cpu_s = {name: [one.per_cpu_s for one in some] for name, some in found.items()}
        report.others(median(sample.others_cores for sample in found["ours"]))
        report.figures["profiles_per_cpu_s"] = median(per_cpu_s["ours"])
        report.against["redis-py behind aiohttp"] = {"profiles_per_cpu_s": median(per_cpu_s["redis-py"])}
        ratio = median_ratio(per_cpu_s["ours"], per_cpu_s["redis-py"])
        report.at_least("people.profile_vs_redis", ratio, 1.0)

    async def _opened(
        self, pids: list[int | str], beside: list[int | str], port: int, headers: object
    ) -> Sample:
        assert callable(headers)
        known = {viewer: headers(viewer) for viewer in fixture.VIEWERS}

        async def open_one(number: int) -> None:
            self._opens += 1
            viewer, seen = self._chance.choice(fixture.VIEWERS), fixture.SEEN[self._opens % len(fixture.SEEN)]
            await self.visitor.send("GET", port, f"/api/users/{seen}", known[viewer])

        work = Work(pids, beside)
        await all_of(open_one, self.size.opens, AT_ONCE)
        return work.done(self.size.opens)


class _Follow:
    """Someone follows someone."""

    def __init__(self, bench: Bench, fan: str, user: str) -> None:
        self._bench, self._fan, self._user = bench, fan, user
        self._headers = bench.place.bearer(fan)

    async def send(self) -> None:
        """Over HTTP, as an app would."""
        path = f"/api/users/{self._user}/follow"
        await self._bench.visitor.send("POST", self._bench.place.ports[0], path, self._headers)


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        await _weighed(size, folder, stack, report, progress)
        report.figures["fdatasync_ms"] = sync_ms(folder)
        progress.stage(f"{size.followers:,} followers, two gateways, a cell, Valkey, and the peer")
        place = Place(folder, stack, size.followers)
        await place.open()
        valkey = stack.enter_context(Valkey(folder, "peer"))
        peer = stack.enter_context(
            Worker("bench.peers.redis_profile", folder, "peer-app", None, str(valkey.socket))
        )
        port = int((await peer.ask())["port"])
        visitor = Visitor(2 * AT_ONCE)
        bench = Bench(size, place, visitor, report)
        await bench.follows(40)
        await place.settle()
        settle_memory()
        await _judged(bench, report, progress)
        progress.stage(f"{size.rounds} rounds of {size.opens:,} profiles on either side")
        await bench.profiles(peer, port, valkey, progress)
        progress.stage("sessions are revoked")
        took_s = [
            await thrown_out_s(visitor, place.ports, f"revoked{number}") for number in range(size.revocations)
        ]
        report.figures["revoke_p50_s"] = median(took_s)
        report.at_most("people.revoke_s", max(took_s), 1)
        report.figures["failed_requests"] = visitor.failed
        await visitor.close()
        await place.close()


async def _weighed(size: Size, folder: Path, stack: ExitStack, report: Report, progress: Progress) -> None:
    progress.stage(f"{size.followers:,} followers in the memory of a cell")
    told = await stack.enter_context(
        Worker("bench.people_weighed", folder, "", None, str(size.followers))
    ).ask({})
    report.figures |= {
        "followers": told["followers"],
        "segments": told["segments"],
        "cold_bytes_per_follower": told["cold_bytes"] / told["followers"],
    }
    report.at_most("people.bytes_per_follower", told["resident_bytes"] / told["followers"], 24)
    report.at_most("people.cold_segments", told["cold_entities"], 0)


async def _judged(bench: Bench, report: Report, progress: Progress) -> None:
    progress.stage(f"{2 * bench.size.follows:,} follows at {FOLLOWS_PER_S:g} a second")
    of_star, of_small = await bench.follows(bench.size.follows)
    report.figures |= {
        "follow_p50_ms_1m": of_star.ms(50), "follow_p50_ms_10": of_small.ms(50),
        "follow_p99_ms_1m": of_star.ms(99), "follow_p99_ms_10": of_small.ms(99),
    }  # fmt: skip
    report.at_most("people.follow_p99_ratio_1m", of_star.ms(99) / of_small.ms(99), 2)
    agreed = {
        user: [await bench.agreed_ms(user) for _ in range(AGREED)]
        for user in (fixture.STAR, fixture.SMALL[0])
    }
    report.figures |= {
        "both_ends_agree_p99_ms_1m": percentile(agreed[fixture.STAR], 99),
        "both_ends_agree_p99_ms_10": percentile(agreed[fixture.SMALL[0]], 99),
    }
    progress.stage(f"pages 1 and {bench.last_page:,} of {PAGE}")
    first, last = await bench.pages()
    report.figures |= {"page_1_p50_ms": median(first), "page_last_p50_ms": median(last)}
    report.at_most("people.page_ratio", median_ratio(last, first), 1.5)
