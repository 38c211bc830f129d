"""What gateways of a simulated network stand on: one post's comments in one order, each written once."""

from random import Random
from typing import Any

from protocol.ids import derived_id
from protocol.post import Comment, CommentAdded, CommentAnswer, LikesChanged, PostCard

TOPIC = "post:0011223344556677"
HISTORY = 40  # pushes that are kept


class LittleCluster:
    """A post: its pushes with their numbers, its first answers; all that a checker must know."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.epoch = "0"
        self.number = 0
        self.log: list[tuple[int, int, CommentAdded]] = []  # number, previous, what was pushed
        self.answers: dict[str, CommentAnswer] = {}
        self.likes = 0
        self.watchers: list[Any] = []  # gateways' sockets

    def card(self) -> PostCard:
        """The post as it is."""
        return PostCard("0011223344556677", "ann", "The sea", None, self.likes, len(self.log), False, 1)

    def comment(self, caller: str, call: str, text: str) -> CommentAnswer:
        """Writes it once, and tells all who watch."""
        first = self.answers.get(call)
        if first is not None:
            return first
        comment = Comment(derived_id("comment", caller, call), caller, text, len(self.log))
        pushed = CommentAdded(comment, len(self.log) + 1)
        previous, self.number = self.number, self.number + self.chance.choice((1, 1, 2))
        self.log.append((self.number, previous, pushed))
        answer = self.answers[call] = CommentAnswer(comment, len(self.log))
        for watcher in list(self.watchers):
            watcher.pushed(self.number, previous, pushed)
        return answer

    def like(self) -> None:
        """An ephemeral push."""
        self.likes += 1
        for watcher in list(self.watchers):
            watcher.pushed(0, 0, LikesChanged(self.likes))

    def missed(self, since: tuple[str, int] | None) -> tuple[list[tuple[int, int, CommentAdded]], str]:
        """What was missed since, or why that cannot be told."""
        if since is None:
            return [], ""
        if since[0] != self.epoch:
            return [], "epoch"
        if since[1] > self.number:
            return [], "future"
        floor = self.log[-HISTORY - 1][0] if len(self.log) > HISTORY else 0
        if since[1] < floor:
            return [], "history"
        return [one for one in self.log if one[0] > since[1]], ""
