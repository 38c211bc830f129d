"""What must hold when a schedule is over, whatever happened in it: DESIGN.md, promises 1 to 5, 7 and 10."""

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING
from zlib import crc32

from actors.catalogue import encode
from cluster.core.answers import call_key
from cluster.core.entity import HOT, PACKED
from cluster.link.frames import Op
from tests.sim.host import WALL_MS
from tests.sim.mischief import FAULTS_UNTIL_S
from tests.sim.nouns import BellState, PersonState, PurseState
from tests.sim.revival import Revival
from tests.sim.truth import Truth
from tests.sim.watchers import Beginning, Watcher
from tests.sim.words import Done, Mint, Pay, Publish, SetBell, View

if TYPE_CHECKING:
    from tests.sim.world import World


def judge_midway(world: "World") -> None:
    """Whoever takes over now finds what was acknowledged, whatever is on its way."""
    truth = Truth(world.catalogue, world.store.truth)
    Revival(world).compare(truth)


def judge(world: "World") -> None:
    """Everything, at rest."""
    truth = Truth(world.catalogue, world.store.truth)
    for text in truth.wrong:
        world.wrong("journal", text)
    _acknowledged(world, truth)
    _ends_agree(world, truth)
    _told_in_order(world, truth)
    _fans(world, truth)
    _bells(world, truth)
    _watched(world, truth)
    _live(world, truth)
    _tables(world, truth)
    revival = Revival(world)
    revival.compare(truth)
    _asked_again(world, truth, revival)


def _chains(log: list[str]) -> list[int]:
    return list(accumulate(log, lambda chain, mark: crc32(mark.encode(), chain), initial=0))


def _log(truth: Truth, ref: str) -> list[str]:
    told = truth.entities.get(ref)
    return told.log if told is not None else []


def _acknowledged(world: "World", truth: Truth) -> None:
    """What was answered is there, once, where the answer said; what was read was never taken back."""
    chains = {ref: _chains(told.log) for ref, told in truth.entities.items()}
    for ref, told in truth.entities.items():
        if twice := [mark for mark, count in Counter(told.log).items() if count > 1 and mark[-1] not in "+-"]:
            world.wrong("doubled", f"{ref} has {twice} more than once")
    for ask in world.asks():
        reply = ask.reply
        if reply is None:
            continue
        chain = chains.get(ask.ref, [0])
        if reply.count >= len(chain) or chain[reply.count] != reply.chain:
            what = "read" if isinstance(reply, View) else "done"
            world.wrong(
                "lost", f"{ask.name()} was {what} at {reply.count} of {ask.ref}: {_log(truth, ask.ref)}"
            )
        if isinstance(reply, Done) and _log(truth, ask.ref)[reply.count - 1].rstrip("!") != ask.name():
            world.wrong("lost", f"{ask.name()} is not at {reply.count} of {_log(truth, ask.ref)}")


def _ends_agree(world: "World", truth: Truth) -> None:
    """No money came or went on the way; who follows is followed."""
    minted = sum(ask.command.amount for ask in world.asks() if isinstance(ask.command, Mint))
    states = {ref: told.actor.state for ref, told in truth.entities.items()}
    found = sum(state.balance for state in states.values() if isinstance(state, PurseState))
    if minted != found:
        world.wrong("sums", f"{minted} was minted, {found} is there")
    people = {ref.partition(":")[2]: state for ref, state in states.items() if isinstance(state, PersonState)}
    ends = {(one, other) for one, state in people.items() for other in state.following}
    others = {(one, other) for other, state in people.items() for one in state.followers}
    if ends != others:
        world.wrong("ends", f"following and followers differ by {sorted(ends ^ others)}")


def _told_in_order(world: "World", truth: Truth) -> None:
    """Every tell of one actor to another took effect once and in order; and they were all taken."""
    for (sender, receiver), number in truth.tells.items():
        if truth.heard.get((sender, receiver), 0) != number:
            world.wrong(
                "tells", f"{receiver} took {truth.heard.get((sender, receiver))} of {number} of {sender}"
            )
    pays = {ask.name(): ask.command for ask in world.asks() if isinstance(ask.command, Pay)}
    for ref in world.places.by_kind["purse"]:
        key = ref.partition(":")[2]
        paid = [mark for mark in _log(truth, ref) if mark in pays and pays[mark].amount]
        for other in world.places.by_kind["purse"]:
            sent = [mark for mark in paid for to in pays[mark].to if to == other]
            came = [m.partition(">")[2] for m in _log(truth, other) if m.startswith(f"{key}>")]
            back = [m.partition("<")[2] for m in _log(truth, ref) if m.startswith(f"{other[6:]}<")]
            if not sent == came == back:
                world.wrong("tells", f"{ref} sent {sent} to {other}; {came} came, {back} was confirmed")


def _fans(world: "World", truth: Truth) -> None:
    """Who followed all the while was told once; others at most once."""
    durable = {a.name(): a.command.durable for a in world.asks() if isinstance(a.command, Publish)}
    for ref in world.places.by_kind["person"]:
        followers: set[str] = set()
        expected: dict[str, set[str]] = {}
        for mark in _log(truth, ref):
            if mark in durable:
                expected[mark] = set(followers) if durable[mark] else set()
            elif mark.endswith("+"):
                followers.add(mark[:-1])
            elif mark.endswith("-"):
                followers.discard(mark[:-1])
                for audience in expected.values():
                    audience.discard(mark[:-1])
        for mark, audience in expected.items():
            fed = f"{ref[7:]}>{mark}"
            missing = [one for one in audience if fed not in _log(truth, f"person:{one}")]
            if missing:
                world.wrong("fans", f"{fed} did not reach {sorted(missing)}")


def _bells(world: "World", truth: Truth) -> None:
    """Every bell rang as often as it was set to, never too soon."""
    times = {ask.name(): ask.command.times for ask in world.asks() if isinstance(ask.command, SetBell)}
    for ref in world.places.by_kind["bell"]:
        log = _log(truth, ref)
        due = [f"{mark}#{n}" for mark in log if mark in times for n in range(times[mark])]
        rang = [mark for mark in log if "#" in mark]
        if sorted(due) != sorted(rang):
            world.wrong("bells", f"{ref} should ring {due}, and rang {rang}")
        told = truth.entities.get(ref)
        if told is not None and isinstance(told.actor.state, BellState) and told.actor.state.early:
            world.wrong("bells", f"{ref} rang {told.actor.state.early} times too soon")


def _watched(world: "World", truth: Truth) -> None:
    """A watcher saw all of its topic from where it began, or was told that it did not."""
    for watcher in world.watchers:
        log = _log(truth, watcher.ref)
        loud = watcher.topic != watcher.ref
        numbers = [n for n, mark in enumerate(log, 1) if mark.endswith("!") or not loud]
        if watcher.have != (numbers[-1] if numbers else 0):
            world.wrong("watchers", f"{watcher.name} has {watcher.have} of {numbers}")
        ends = [*(later.had for later in watcher.begun[1:]), watcher.have]
        stretches = [(start.number, end) for start, end in zip(watcher.begun, ends, strict=True)]
        due = [(n, log[n - 1]) for start, end in stretches for n in numbers if start < n <= end]
        if watcher.seen != due:
            world.wrong("watchers", f"{watcher.name} saw {watcher.seen} of {due}, in {stretches}")
        for beginning in watcher.begun:
            if beginning.cause == "history":
                _had_to_begin_afresh(world, truth, watcher, beginning, numbers)


def _had_to_begin_afresh(
    world: "World", truth: Truth, watcher: Watcher, beginning: Beginning, numbers: list[int]
) -> None:
    """What is kept of a topic is so many pushes, and all of so many seconds."""
    missed = [n for n in numbers if beginning.had < n <= beginning.number]
    if len(missed) <= world.limits.push_history:
        world.wrong("reset", f"{watcher.name} had {beginning.had}, missed only {missed}, and began afresh")
    decided_s = (truth.entities[watcher.ref].pushed_at[missed[0]] - WALL_MS) / 1000
    still = beginning.at_s < FAULTS_UNTIL_S and not world.clocks_jumped  # all clocks jump in the end
    if still and decided_s > beginning.at_s - world.limits.push_history_s:
        world.wrong("reset", f"{watcher.name} missed only what came after {decided_s}, and began afresh")


def _live(world: "World", truth: Truth) -> None:
    """What the cells hold in memory is what the journals say."""
    for host in world.hosts.values():
        desk = host.core.desk
        for partition in desk.partitions.values():
            for ref, entity in partition.entities.items():
                told = truth.entities.get(ref)
                if told is None or entity.status not in (HOT, PACKED):
                    continue
                state = entity.packed or told.kind.encode_state(entity.state)
                said = told.kind.encode_state(told.actor.state)
                if (entity.version, state) != (told.version, said):
                    world.wrong(
                        "live", f"{ref} is {state!r} in {host.incarnation}, the journal says {said!r}"
                    )
        packed = sum(len(e.packed or b"") for p in desk.partitions.values() for e in p.entities.values())
        if desk.packed_bytes != packed or desk.measure_journals():
            world.wrong(
                "counts",
                f"{host.incarnation}: {desk.packed_bytes} packed, {packed} found, {desk.journal_bytes}",
            )


def _tables(world: "World", truth: Truth) -> None:
    """The store's tables say what the journals said, now that these are trimmed."""
    for number in world.partitions:
        taken = world.store.journal.tables_now(number)
        if taken is None:
            continue
        marks = {sender: mark for (sender, receiver), mark in truth.heard.items() if receiver == number}
        sent = {receiver: last for (sender, receiver), last in truth.tells.items() if sender == number}
        if taken.marks != marks or taken.sent != sent or taken.reminders:
            world.wrong("tables", f"{number}: {taken} instead of marks {marks}, sent {sent}")
        parked = {name for name in truth.parked if name.startswith(f"{number}<")}
        if {f"{number}<{name}" for name in world.store.journal.parked_now(number)} != parked:
            world.wrong("tables", f"{number} parked {parked}")


def _asked_again(world: "World", truth: Truth, revival: Revival) -> None:
    """The same call again hears the same, from whoever took over."""
    for place, ask in enumerate(world.asks(), 1_000_000):
        first = truth.calls.get(call_key(ask.ref, ask.caller.name, ask.call))
        if first is None:
            if isinstance(ask.reply, Done):
                world.wrong("forgotten", f"no journal knows of {ask.name()}")
            continue
        again = revival.ask(Op(place, ask.ref, ask.caller.name, ask.call, world.raw(encode(ask.command))))
        if again != first or (ask.raw and ask.raw != first):
            world.wrong(
                "forgotten", f"{ask.name()} heard {ask.raw!r}, then {again!r}; the journal has {first!r}"
            )
