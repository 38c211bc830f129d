"""The checker: a history goes in, a verdict comes out; it knows nothing of how the history came about.

lost      an acknowledged write is not there at the end, or its other end was never told
doubled   one call has two effects: more than was asked for, something twice, another answer to the same call
stale     an answer shows less than was acknowledged, or shown, before it was asked for
odd       an answer that nobody should get, or an entity that cannot be read
"""

from collections import defaultdict
from math import inf

from bench.chaos.counts import Reading, judge
from bench.chaos.ending import GONE, judge_ending
from bench.chaos.history import Call, History, Seen
from bench.chaos.members import Members, Step
from bench.chaos.verdict import Verdict

# What an answer tells of the entity that was asked, and which sets are brought there by tells.
COUNTS = ("likes", "comments", "following", "followers", "posts", "bio")
BY_TELL = ("followers", "posts")
OWN = {"like": "likes", "comment": "comments", "follow": "following", "edit": "bio"}


class Books:
    """The sets of all entities, and what was read of them."""

    def __init__(self, calls: list[Call]) -> None:
        self.members: dict[tuple[str, str], Members] = defaultdict(Members)
        self.readings: dict[tuple[str, str], list[Reading]] = defaultdict(list)
        for call in calls:
            if call.is_write:
                self._enter(call)
            if call.seen is not None and call.echo_of < 0:
                self._read(call, call.seen)

    def _enter(self, call: Call) -> None:
        if call.refused and not call.unknown:
            return
        answered_s = call.answered_s if call.answered_s is not None and not call.refused else inf
        step = Step(call.what not in ("unlike", "unfollow"), call.invoked_s, answered_s)
        match call.what:
            case "like" | "unlike":
                self.members[call.on, "likes"].add(call.by, step)
            case "comment":
                self.members[call.on, "comments"].add(str(call.number), step)
            case "edit":
                self.members[call.on, "bio"].add(call.about, step)
            case "follow" | "unfollow":
                self.members[call.on, "following"].add(call.about, step)
                self.members[f"user:{call.about}", "followers"].add(call.by, step)
            case "create":
                self.members[f"user:{call.by}", "posts"].add(call.on, step)

    def _read(self, call: Call, seen: Seen) -> None:
        for what in COUNTS:
            count = getattr(seen, what)
            if count >= 0 and call.what != "create":
                own = int(OWN.get(call.what) == what)
                reading = Reading(call.number, count, call.invoked_s, call.answered_s or inf, own)
                self.readings[call.on, what].append(reading)


def check(history: History) -> Verdict:
    """The verdict on a whole run."""
    verdict = Verdict()
    books = Books(history.calls)
    for (entity, what), readings in books.readings.items():
        judge(entity, what, books.members[entity, what], readings, verdict, by_tell=what in BY_TELL)
    _judge_answers(history.calls, verdict)
    judge_ending(history, books.members, verdict)
    return verdict


def check_ending(history: History) -> Verdict:
    """The verdict on what was read back only."""
    verdict = Verdict()
    judge_ending(history, Books(history.calls).members, verdict)
    return verdict


def _judge_answers(calls: list[Call], verdict: Verdict) -> None:
    created = {call.on for call in calls if call.what == "create" and call.is_acknowledged}
    by_number = {call.number: call for call in calls}
    for call in calls:
        if call.refused:
            is_lost = call.refused in GONE and (call.on in created or call.on.startswith("user:"))
            text = f"{call.what} by {call.by} was answered by {call.refused}"
            verdict.add("lost" if is_lost else "odd", call.on, text, call.number)
        elif call.echo_of >= 0 and call.seen is not None:
            first = by_number[call.echo_of]
            if first.seen is not None and (differs := _difference(first.seen, call.seen)):
                text = f"the same {call.what} was answered twice, and differently: {differs}"
                verdict.add("doubled", call.on, text, first.number, call.number)


def _difference(first: Seen, again: Seen) -> str:
    """What both answers tell, and tell differently; the two doors do not tell the same things."""
    for field in Seen.__struct_fields__:
        one, other = getattr(first, field), getattr(again, field)
        if one != other and one not in (-1, "") and other not in (-1, ""):
            return f"{field} {one} and {other}"
    return ""
