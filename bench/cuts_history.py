"""What each phone took of each topic, against what the topic had: gaps, doubles, resets, wrong counts."""

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict

import msgspec

NAMED = frozenset({"history", "epoch", "future"})  # the causes of a reset that docs/protocol.md knows


class Stretch(msgspec.Struct):
    """What was taken from one fresh start on, until a reset breaks it off."""

    since: int  # the number that its snapshot stood at
    taken: "array[int]"


class History:
    """All that is known of all topics, and what was found so far."""

    def __init__(self) -> None:
        self.doubled = 0
        self.wrong_snapshots = 0  # that did not join what came before them
        self.resets: Counter[str] = Counter()
        self.courses: list[Course] = []
        self._comments: defaultdict[str, dict[int, str]] = defaultdict(dict)  # of a topic, by number
        self._numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)  # of a topic, by comment

    def course(self, topic: str) -> "Course":
        """What one more phone will take of a topic."""
        course = Course(self, topic)
        self.courses.append(course)
        return course

    def had(self, topic: str, number: int, comment: str) -> None:
        """The topic had this; one comment has one number, and the other way round."""
        known = self._comments[topic].setdefault(number, comment)
        if known != comment or self._numbers[topic].setdefault(comment, number) != number:
            self.doubled += 1

    def numbers(self, topic: str) -> list[int]:
        """All numbers that anybody took of it, in order."""
        return sorted(self._comments[topic])

    @property
    def unnamed(self) -> int:
        """Resets whose cause is not one of those that are known."""
        return sum(count for cause, count in self.resets.items() if cause not in NAMED)

    def silent_gaps(self) -> int:
        """Numbers that a topic had and a phone never took, though nothing told it so."""
        numbers = {course.topic: self.numbers(course.topic) for course in self.courses}
        return sum(course.gaps(numbers[course.topic]) for course in self.courses)

    def taken(self) -> int:
        """How many pushes all phones took."""
        return sum(len(stretch.taken) for course in self.courses for stretch in course.stretches)


class Course:
    """One phone and one topic, from the first snapshot to the end."""

    def __init__(self, history: History, topic: str) -> None:
        self.topic = topic
        self.stretches: list[Stretch] = []
        self.comments = self.likes = -1
        self._history = history

    def snapshot(self, number: int, comments: int, likes: int, reset: str) -> None:
        """A snapshot was taken: after a reset all begins anew, else it has to join."""
        if reset:
            self._history.resets[reset] += 1
        if reset or not self.stretches:
            self.stretches.append(Stretch(number, array("q")))
        elif comments != self.comments:
            self._history.wrong_snapshots += 1
        self.comments, self.likes = comments, likes

    def push(self, number: int, comment: str, comments: int) -> None:
        """A comment was taken."""
        self._history.had(self.topic, number, comment)
        stretch = self.stretches[-1]
        if number <= (stretch.taken[-1] if stretch.taken else stretch.since):
            self._history.doubled += 1
        else:
            stretch.taken.append(number)
        self.comments = comments

    def gaps(self, numbers: list[int]) -> int:
        """How many of these are missing; what follows a stretch is excused by the reset that ended it."""
        missing = 0
        for stretch in self.stretches:
            is_last = stretch is self.stretches[-1]
            end = numbers[-1] if is_last and numbers else stretch.taken[-1] if stretch.taken else 0
            first, last = bisect_right(numbers, stretch.since), bisect_left(numbers, end + 1)
            missing += len(set(numbers[first:last]) - set(stretch.taken))
        return missing
