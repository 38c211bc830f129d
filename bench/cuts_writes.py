"""What a phone writes through any number of cuts: each thing under one id, some said again when answered."""

from collections import Counter
from collections.abc import Callable
from random import Random

from protocol.errors import MantaError
from protocol.messages import ClientCommand, Reply
from protocol.post import CommentOnPost, LikePost, UnlikePost
from sdk.calls import Asked
from sdk.core import Core

WITHIN_S = 600.0  # an answer is waited for until the end of the run
SAID_AGAIN = 0.1  # of the comments, though they were answered: the first answer must come again


class Writes:
    """Comments, and one like for each topic, which is taken back and given again."""

    def __init__(self, core: Core, user: str, now_s: Callable[[], float], chance: Random) -> None:
        self._core, self._user, self._now_s, self._chance = core, user, now_s, chance
        self._count = 0
        self._toggling: set[str] = set()
        self.comments: Counter[str] = Counter()  # asked for, by topic
        self.likes: dict[str, bool] = {}  # asked for, by topic
        self.waiting = 0
        self.said_again = 0
        self.changed = 0  # answers that were not the first one
        self.errors: list[str] = []

    def comment(self, topic: str) -> None:
        """Writes a comment."""
        self.comments[topic] += 1
        command = CommentOnPost(f"The sea, said for the {self._count + 1}. time")
        again = self._chance.random() < SAID_AGAIN
        self._ask(topic, command, lambda id, reply: self._say_again(id, topic, command, reply, again))

    def toggle(self, topic: str) -> None:
        """Likes it, or likes it no more; what has no answer yet is not taken back."""
        if topic in self._toggling:
            return
        self._toggling.add(topic)
        liked = self.likes[topic] = not self.likes.get(topic, False)
        self._ask(
            topic, LikePost() if liked else UnlikePost(), lambda id, reply: self._toggling.discard(topic)
        )

    def _ask(
        self, to: str, command: ClientCommand, answered: Callable[[str, Reply], None], id: str = ""
    ) -> None:
        if not id:
            self._count += 1
            id = f"{self._user}.{self._count}"
        self.waiting += 1

        def done(reply: Reply) -> None:
            self.waiting -= 1
            answered(id, reply)

        self._core.ask(Asked(id, to, command, self._now_s() + WITHIN_S, done, self._failed))

    def _failed(self, error: MantaError) -> None:
        self.waiting -= 1
        self.errors.append(error.code)

    def _say_again(self, id: str, topic: str, command: ClientCommand, first: Reply, again: bool) -> None:
        def same(_: str, reply: Reply) -> None:
            self.changed += reply != first

        if again:
            self.said_again += 1
            self._ask(topic, command, same, id)
