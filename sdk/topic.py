"""One watched topic: a snapshot, then every push after it, once and in order, over any number of cuts."""

from collections import deque
from collections.abc import Callable

import msgspec

from protocol.errors import MantaError
from protocol.messages import Command, Message, Reply
from protocol.session import Position
from sdk.frames import NIL, PushRaw, WatchedRaw
from sdk.words import message_of, packed, reply_of

BACKLOG = 1_000  # news that wait for a slow reader; then the topic rests until they are taken


class Snapshot(msgspec.Struct, frozen=True):
    """The state as of `number`: all news up to it came before, or are lost for the cause in `reset`."""

    reply: Reply
    epoch: str
    number: int
    reset: str = ""
    asked_s: float = 0.0  # it was read after that moment of the core's clock


class News(msgspec.Struct, frozen=True):
    """What was pushed; number 0 is ephemeral: it replaces the one of its kind before it."""

    message: Message
    number: int = 0


Item = Snapshot | News


class Topic:
    """What a program has of a topic, and what waits to be taken by it."""

    def __init__(self, name: str, command: Command, wake: Callable[[], None] = lambda: None) -> None:
        self.name = name
        self.command = packed(command)
        self.wake = wake  # called when there is something to take
        self.position: Position | None = None  # what a gateway is told when it is watched again
        self.asked = ""  # the id of the watch under way
        self.asked_s = 0.0
        self.joined = False  # on the socket that stands
        self.resting = False  # too much waits to be taken
        self.error: MantaError | None = None  # why it ended
        self._items: deque[Item] = deque()
        self._ahead: Snapshot | None = None  # shown when the pushes before it have come
        self._passing: dict[type[Message], News] = {}  # came while the snapshot waits, and is newer
        self._lost = ""  # why there is a gap before the next snapshot

    def take(self) -> Item | None:
        """What comes next, if it is there."""
        return self._items.popleft() if self._items else None

    def __len__(self) -> int:
        return len(self._items)

    def close(self, error: MantaError) -> None:
        """Nothing more will come."""
        self.joined, self.asked, self.error = False, "", error
        self.wake()

    # what a gateway says

    def watched(self, message: WatchedRaw) -> bool:
        """It is joined; false when it must be watched again: the gateway only says that it lost something."""
        self._ahead = None
        self._passing.clear()
        if message.reset:
            self._lost, self.position = message.reset, None
        self.asked, self.joined = "", bool(message.id)
        if not message.id or self._is_behind(message):
            return False
        if self.position is None or not message.missed:
            self.position = (message.epoch, message.number)
        if bytes(message.snapshot) != NIL:
            reply = reply_of(message.snapshot)
            self._ahead = Snapshot(reply, message.epoch, message.number, self._lost, self.asked_s)
        if not all(self._follows(push) for push in message.missed):
            return False
        self._catch_up()
        return True

    def pushed(self, push: PushRaw) -> bool:
        """A push came; false when one is missing before it."""
        if not self.joined or self.position is None:
            return True  # it is among what the answer to the watch brings
        if push.number == 0:
            self._passes(News(message_of(push.message)))
            return True
        follows = self._follows(push)
        self._catch_up()
        return follows

    # how it keeps order

    def _is_behind(self, message: WatchedRaw) -> bool:
        if self.position is None:
            return False
        epoch, number = self.position
        return message.epoch != epoch or message.number < number

    def _follows(self, push: PushRaw) -> bool:
        if self.resting or self.position is None:
            return True
        epoch, number = self.position
        if push.epoch != epoch or push.previous > number:
            return False
        if push.number > number and not self._is_full():
            self._add(News(message_of(push.message), push.number))
            self.position = (epoch, push.number)
        return True

    def _catch_up(self) -> None:
        ahead, have = self._ahead, self.position
        if ahead is None or have is None or have[1] < ahead.number or self.resting:
            return
        self._ahead, self._lost = None, ""
        if self._items and isinstance(self._items[-1], Snapshot):
            before = self._items.pop()
            assert isinstance(before, Snapshot)
            ahead = msgspec.structs.replace(ahead, reset=ahead.reset or before.reset)
        self._add(ahead)
        passing, self._passing = self._passing, {}
        for news in passing.values():
            self._passes(news)

    def _passes(self, news: News) -> None:
        if self._ahead is not None:
            self._passing[type(news.message)] = news
            return
        last = self._items[-1] if self._items else None
        if isinstance(last, News) and last.number == 0 and type(last.message) is type(news.message):
            self._items[-1] = news
        elif not self._is_full():
            self._add(news)

    def _is_full(self) -> bool:
        self.resting = self.resting or len(self._items) >= BACKLOG
        return self.resting

    def _add(self, item: Item) -> None:
        self._items.append(item)
        self.wake()
