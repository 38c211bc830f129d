"""Topics: numbered pushes of one entity, their recent past, and who watches."""

from collections import deque

from cluster.core.records import TopicPast
from cluster.link.frames import Joined, Pushed, Since

HARD_LIMIT = 16_384  # pushes held for one topic, whatever its age: about 4 MB of comments


class Topic:
    """A topic's numbers belong to its entity's journal, so every gateway and every copy counts alike."""

    __slots__ = ("floor", "number", "past", "watchers")

    def __init__(self) -> None:
        self.number = 0
        self.floor = 0  # pushes up to this number can no longer be had here
        self.past: deque[tuple[int, Pushed]] = deque()  # (at ms, push)
        self.watchers: set[str] = set()

    def add(self, at: int, push: Pushed, keep: int, keep_ms: int) -> None:
        """Remembers a push, and forgets what is both old and beyond the number to keep."""
        self.number = push.number
        past = self.past
        past.append((at, push))
        while len(past) > keep and (past[0][0] < at - keep_ms or len(past) > HARD_LIMIT):
            self.floor = past.popleft()[1].number

    def join(self, epoch: str, since: Since | None) -> Joined:
        """What a watcher that has `since` misses, or why it must start afresh."""
        if since is None or since == (epoch, self.number):
            return Joined(epoch, self.number)
        their_epoch, have = since
        if their_epoch != epoch:
            return Joined(epoch, self.number, reset="epoch")
        if have > self.number:
            return Joined(epoch, self.number, reset="future")
        if have < self.floor:
            return Joined(epoch, self.number, reset="history")
        return Joined(epoch, self.number, [push for _, push in self.past if push.number > have])

    def at_rest(self, name: str, keep: int) -> TopicPast:
        """The topic for a snapshot: only the newest pushes; older ones come back from the journal."""
        newest = list(self.past)[-keep:]
        floor = self.floor if len(newest) == len(self.past) else newest[0][1].previous
        return TopicPast(name, self.number, floor, newest)

    @classmethod
    def woken(cls, rest: TopicPast) -> "Topic":
        """The topic of a snapshot."""
        topic = cls()
        topic.number, topic.floor = rest.number, rest.floor
        topic.past.extend(rest.pushes)
        return topic
