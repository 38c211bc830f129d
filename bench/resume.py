"""Thousands of connections are cut, gateways killed; what each phone took is checked against the topics."""

import asyncio
from collections import Counter
from contextlib import ExitStack, suppress

import msgspec

from bench.cuts_phone import Absence
from bench.cuts_storm import Storm
from bench.measure import percentile
from bench.progress import Progress
from bench.report import Report
from bench.resume_place import Place
from bench.worker import bench_folder
from cluster.calm import settle_memory
from cluster.process import run as run_on_loop
from protocol.post import PostCard

BACK_WITHIN_S = 10.0
CALM_WITHIN_S = 60.0  # beyond the longest outage
SAME_WITHIN_S = 10.0
LOOK_S = 0.1


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done."""

    phones: int
    topics: int
    cuts: int
    bound: int  # so many must have been cut
    outage_s: float  # the longest
    up_s: float  # from then to the next cut, in the mean
    steady_s: float = 5.0  # from back; who stood for so long comes back as after a first cut
    kill_every_s: float
    writes_per_s: float
    busy_per_s: float  # comments on one topic more: beyond 256 of them, the last 60 s are all that is kept
    most_s: float  # of cuts; on a slow machine there are fewer


LONG = Size(
    phones=1_500, topics=30, cuts=10_200, bound=10_000, outage_s=60.0, up_s=2.0, kill_every_s=20.0,
    writes_per_s=30.0, busy_per_s=6.0, most_s=420.0,
)  # fmt: skip
QUICK = Size(
    phones=400, topics=16, cuts=480, bound=300, outage_s=6.0, up_s=2.0, kill_every_s=9.0,
    writes_per_s=15.0, busy_per_s=6.0, most_s=20.0,
)  # fmt: skip


class Facts(msgspec.Struct):
    """What the actors say in the end."""

    cards: dict[str, PostCard]
    kills: int
    calm: bool  # everyone came back, and everything written was answered


def run(size: Size, report: Report, progress: Progress) -> None:
    """Runs it on a loop like that of a gateway."""
    run_on_loop(_run(size, report, progress))


async def _run(size: Size, report: Report, progress: Progress) -> None:
    with bench_folder() as folder, ExitStack() as stack:
        progress.stage("starting two gateways, a cell and Valkey")
        place = Place(folder, stack)
        await place.open()
        posts = [await place.post(number) for number in range(size.topics + 1)]
        steady_s, up_s = size.steady_s, size.up_s
        storm = Storm(place, posts[1:], posts[0], outage_s=size.outage_s, steady_s=steady_s, up_s=up_s)
        progress.stage(f"{size.phones:,} phones come in")
        await storm.come(size.phones)
        settle_memory()
        progress.stage(
            f"cuts of up to {size.outage_s:g} s, and gateways killed every {size.kill_every_s:g} s"
        )
        kills = await _rage(storm, place, size, progress)
        progress.stage("the last ones come back")
        calm = await storm.calm(size.outage_s + CALM_WITHIN_S)
        facts = Facts({post: await place.card(post) for post in posts}, kills, calm)
        await _same(storm, facts)
        _judge(storm, facts, size, report)
        storm.leave()
        await place.close()


async def _rage(storm: Storm, place: Place, size: Size, progress: Progress) -> int:
    """Cuts and kills until there were enough cuts; how many gateways were killed."""
    loop = asyncio.get_running_loop()
    writing = loop.create_task(storm.write(size.writes_per_s, size.busy_per_s))
    storm.begin()
    kills, began_s = 0, loop.time()
    while (cuts := sum(storm.cuts.values())) < size.cuts and loop.time() - began_s < size.most_s:
        progress.step(cuts, size.cuts)
        if loop.time() - began_s >= (kills + 0.5) * size.kill_every_s:
            await place.strike(kills)
            kills += 1
        await asyncio.sleep(LOOK_S)
    storm.end()
    writing.cancel()
    with suppress(asyncio.CancelledError):
        await writing
    return kills


async def _same(storm: Storm, facts: Facts) -> None:
    """The last pushes are on their way, and counters leave 4 to 5 times a second."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SAME_WITHIN_S
    while loop.time() < until_s:
        if not wrong_counts(storm, facts):
            return
        await asyncio.sleep(LOOK_S)


def wrong_counts(storm: Storm, facts: Facts) -> int:
    """How many phones hold another count of a topic than the actor does."""
    cards = facts.cards
    return sum(
        (course.comments, course.likes) != (cards[course.topic].comment_count, cards[course.topic].like_count)
        for course in storm.record.history.courses
    )


def wrong_writes(storm: Storm, facts: Facts) -> int:
    """What was made twice or not at all, or answered differently when it was said again."""
    wrong = sum(phone.writes.changed + len(phone.writes.errors) for phone in storm.phones)
    for post, card in facts.cards.items():
        comments = sum(phone.writes.comments[post] for phone in storm.phones)
        likes = sum(phone.writes.likes.get(post, False) for phone in storm.phones)
        wrong += abs(card.comment_count - comments) + abs(card.like_count - likes)
    return wrong


def _judge(storm: Storm, facts: Facts, size: Size, report: Report) -> None:
    record, absences = storm.record, storm.record.absences
    history, wrong = record.history, wrong_counts(storm, facts)
    if not facts.calm:
        report.notes.append("not everyone came back, or not everything written was answered")
    ended = Counter(phone.core.error.code for phone in storm.phones if phone.core.error is not None)
    for code, count in ended.items():
        report.notes.append(f"{count:,} sessions were ended by a gateway for good: {code}")
    report.notes.append(
        f"outages are drawn at random between 0 and {size.outage_s:g} s"
        + ("" if size.outage_s >= 60 else ", in the long form 60 s")
        + "; back counts from the network's return until all topics are joined again"
    )
    _figures(storm, facts, report)
    all_of = max(1, len(absences))
    report.at_least("resume.cuts", sum(storm.cuts.values()), size.bound)
    report.at_most("resume.silent_gaps", history.silent_gaps() + history.wrong_snapshots, 0)
    report.at_most("resume.doubled", history.doubled + record.doubled_on_the_wire, 0)
    report.at_least("resume.without_reset", sum(not one.resets for one in absences) / all_of, 0.99)
    report.at_most("resume.unnamed_resets", history.unnamed, 0)
    report.at_least("resume.back_within_10s", back_in_time(absences) / all_of, 0.99)
    report.at_most("resume.wrong_counts", wrong, 0)
    report.at_most("resume.wrong_writes", wrong_writes(storm, facts), 0)


def back_in_time(absences: list[Absence]) -> int:
    """How many were back soon enough; who never came back was not."""
    return sum(one.back_s <= BACK_WITHIN_S for one in absences)


def _figures(storm: Storm, facts: Facts, report: Report) -> None:
    record, absences, phones = storm.record, storm.record.absences, storm.phones
    causes = Counter(one.cause for one in absences)
    back = [one.back_s for one in absences if one.back_s < float("inf")]
    report.figures["gateway_kills"] = facts.kills
    report.figures |= {f"absent_after_{cause.replace(' ', '_')}": causes[cause] for cause in sorted(causes)}
    report.figures["never_back"] = len(absences) - len(back)
    for of_100 in (50, 99, 100) if back else ():
        report.figures[f"back_p{of_100}_s"] = percentile(back, of_100)
    for cause, count in sorted(record.history.resets.items()):
        report.figures[f"resets_{cause}"] = count
    report.figures |= {
        "pushes_taken": record.history.taken(),
        "writes": sum(sum(phone.writes.comments.values()) for phone in phones),
        "writes_said_again_when_answered": sum(phone.writes.said_again for phone in phones),
        "gaps_on_the_wire": record.gaps_on_the_wire,
        "driver_late_p99_ms": storm.late.ms(99),
    }
