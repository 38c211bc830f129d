"""The topics `user:ann/presence`: this gateway's own, told of by what it learns every other second."""

import secrets
import time
from collections.abc import Callable, Iterable

import msgspec

from actors.reach import SEEN_EVERY_MS
from gateway.ports import Cells, Joined, Listener, News, Topics
from gateway.presence.attendance import Attendance
from protocol.errors import Broken, Malformed
from protocol.messages import Command, Reply
from protocol.user_reach import PresenceCard, PresenceChanged, ViewPresence

PART = "presence"

_encode = msgspec.msgpack.Encoder().encode


def is_presence(topic: str) -> bool:
    """Whether such a topic tells when somebody is here."""
    ref, _, part = topic.partition("/")
    return part == PART and ref.startswith("user:")


class PresenceTopics:
    """The topics of the cells, and these: who does not look costs nothing."""

    def __init__(self, topics: Topics, cells: Cells, attendance: Attendance) -> None:
        self._topics, self._cells, self._attendance = topics, cells, attendance
        self._epoch = secrets.token_hex(4)
        self._listener: Listener
        self._last_seen: dict[str, int | None] = {}  # by those who are watched
        attendance.moved = self._moved

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self._listener = listener
        self._topics.listen(listener)

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment."""
        if not is_presence(topic):
            await self._topics.watch(topic, ref, command, since, caller, on_joined, timeout_s)
            return
        if not isinstance(command, ViewPresence):
            raise Malformed("the topic of someone's presence is watched with user.view_presence")
        reply = await self._cells.ask(ref, command, caller, None, timeout_s)
        if not isinstance(reply, PresenceCard):
            raise Broken(f"a {type(reply).__name__} came where presence was expected")
        card = await self._attendance.completed(reply)
        on_joined(card, Joined(self._epoch, 0))
        self._last_seen[card.user_id] = card.last_seen
        self._attendance.look_at(card.user_id, card.online)

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more."""
        names = list(topics)
        for name in filter(is_presence, names):
            user = name.partition("/")[0].partition(":")[2]
            self._last_seen.pop(user, None)
            self._attendance.look_away(user)
        self._topics.unwatch([name for name in names if not is_presence(name)])

    def _moved(self, user: str, online: bool) -> None:
        if not online:
            at = int(time.time() * 1_000)
            self._last_seen[user] = at - at % SEEN_EVERY_MS
        raw = msgspec.Raw(_encode(PresenceChanged(online, self._last_seen.get(user))))
        self._listener.pushed(News(f"user:{user}/{PART}", self._epoch, 0, 0, raw))
