"""Counts that were read, against what was acknowledged before and asked for until then.

A read takes place at some moment between its question and its answer. So it shows at least what was
acknowledged before it was asked, and at most what anybody had asked for until it was answered.
"""

from collections.abc import Iterable, Sequence

import msgspec

from bench.chaos.members import Members
from bench.chaos.verdict import Verdict


class Reading(msgspec.Struct, gc=False, frozen=True):
    """A count as one answer told it."""

    call: int
    count: int
    invoked_s: float
    answered_s: float
    own: int = 0  # 1 if the call itself made one of those that it counts


def judge(
    entity: str,
    what: str,
    members: Members,
    readings: Sequence[Reading],
    verdict: Verdict,
    by_tell: bool = False,
) -> None:
    """Looks for readings that cannot be; where tells bring the members, none has to be there at once."""
    sound = []
    for reading in readings:
        since_s, until_s = reading.invoked_s, reading.answered_s
        least = 0 if by_tell else members.least(since_s, until_s) + reading.own
        if reading.count < least:
            text = f"{what}: {reading.count} were shown when {least} had been acknowledged"
            verdict.add("stale", entity, text, reading.call)
        # What left by a tell may still be shown for a while.
        elif (not by_tell or members.is_growing) and reading.count > (most := members.most(since_s, until_s)):
            text = f"{what}: {reading.count} were shown when at most {most} had been asked for"
            verdict.add("doubled", entity, text, reading.call, count=reading.count - most)
        else:
            sound.append(reading)
    if members.is_growing:
        _judge_order(entity, what, sound, verdict)


def _judge_order(entity: str, what: str, readings: Iterable[Reading], verdict: Verdict) -> None:
    """What one answer showed, the next question must find: also what nobody had been told is done."""
    by_answer = sorted(readings, key=lambda reading: reading.answered_s)
    highest: Reading | None = None
    place = 0
    for reading in sorted(by_answer, key=lambda reading: reading.invoked_s):
        while place < len(by_answer) and by_answer[place].answered_s < reading.invoked_s:
            if highest is None or by_answer[place].count > highest.count:
                highest = by_answer[place]
            place += 1
        if highest is not None and reading.count < highest.count:
            text = f"{what}: {reading.count} were shown after {highest.count} had been shown"
            verdict.add("stale", entity, text, highest.call, reading.call)
