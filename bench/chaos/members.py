"""Who surely is, and who may be, a member of a set at a moment, as far as its joins and leaves were answered.

Likers of a post, its comments, follows of a user: each is a set. So is a bio that is written as 1, 2, 3, … by
one hand: its number says how many of these writes there were.
"""

from bisect import bisect_left, bisect_right
from math import inf

import msgspec


class Step(msgspec.Struct, gc=False):
    """A join or leave: it took effect between these moments, if it was answered; later or never, if not."""

    joins: bool
    invoked_s: float
    answered_s: float = inf


class Members:
    """One set. The steps of one member follow one another; those of several may overlap."""

    def __init__(self) -> None:
        self._steps: dict[str, list[Step]] = {}
        self._invoked: list[float] = []
        self._answered: list[float] = []
        self._movers: list[list[Step]] | None = None

    def add(self, member: str, step: Step) -> None:
        """A member joins or leaves."""
        self._steps.setdefault(member, []).append(step)
        self._movers = None

    @property
    def is_growing(self) -> bool:
        """Whether nobody ever leaves."""
        return all(step.joins for steps in self._steps.values() for step in steps)

    def least(self, since_s: float, until_s: float) -> int:
        """How many there were at least, at every moment between these two."""
        return bisect_left(self._settled()[1], since_s) + sum(
            all(step.joins for step in _current(steps, since_s, until_s)) for steps in self._movers or ()
        )

    def most(self, since_s: float, until_s: float) -> int:
        """How many there were at most, at any moment between these two."""
        return bisect_right(self._settled()[0], until_s) + sum(
            any(step.joins for step in _current(steps, since_s, until_s)) for steps in self._movers or ()
        )

    def everybody(self) -> set[str]:
        """Whoever joined or left."""
        return set(self._steps)

    def surely(self) -> set[str]:
        """Who is a member when all is over."""
        return {
            member
            for member, steps in self._steps.items()
            if all(step.joins for step in _current(steps, inf, inf))
        }

    def possibly(self) -> set[str]:
        """Who may be one."""
        return {
            member
            for member, steps in self._steps.items()
            if any(step.joins for step in _current(steps, inf, inf))
        }

    def _settled(self) -> tuple[list[float], list[float]]:
        """Members that joined once are counted by halving; the others are looked at one by one."""
        if self._movers is None:
            once = [steps[0] for steps in self._steps.values() if len(steps) == 1 and steps[0].joins]
            self._invoked = sorted(step.invoked_s for step in once)
            self._answered = sorted(step.answered_s for step in once if step.answered_s < inf)
            self._movers = [
                sorted(steps, key=lambda step: step.invoked_s)
                for steps in self._steps.values()
                if len(steps) > 1 or not steps[0].joins
            ]
        return self._invoked, self._answered


_OUT = Step(joins=False, invoked_s=-inf, answered_s=-inf)


def _current(steps: list[Step], since_s: float, until_s: float) -> list[Step]:
    """The steps whose outcome may have been the member's state at some moment between these two."""
    current = [_OUT]
    for step in steps:
        if step.invoked_s > until_s:
            break
        if step.answered_s < since_s:
            current = [step]
        else:
            current.append(step)
    return current
