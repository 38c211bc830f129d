"""What this program wants of gateways: asks until they are answered, topics until they are left."""

from collections.abc import Callable, Iterator

import msgspec

from protocol.errors import MantaError, Overloaded, Unavailable, Unknown
from protocol.messages import Command, Reply
from protocol.session import TOPICS_LIMIT, Ask, Failed, PhoneMessage, Unwatch, Watch
from sdk.endings import error_from
from sdk.pace import Pace
from sdk.topic import Topic
from sdk.words import packed, reply_of

WINDOW = 48  # asks and watches under way at once; a gateway takes 64 of a session
WAITING = 1_000  # asks that are held until they are answered
ANSWER_WITHIN_S = 10.0  # after which the same is said again
WITHIN_S = 20.0  # an ask is repeated for so long
PAUSE_S = 0.2  # before the same is said again, at least


class Asked:
    """One ask, until it is answered or its time is over."""

    def __init__(
        self, id: str, to: str, command: Command, until_s: float,
        answered: Callable[[Reply], None], failed: Callable[[MantaError], None],
    ) -> None:  # fmt: skip
        self.id, self.to, self.command, self.until_s = id, to, packed(command), until_s
        self.answered, self.failed = answered, failed
        self.said = False
        self.trouble: MantaError | None = None  # why it has to be said again


class Calls:
    """Which of them are to be said, and which are under way."""

    def __init__(self, chance: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._chance, self._new_id = chance, new_id
        self._asks: dict[str, Asked] = {}
        self._topics: dict[str, Topic] = {}
        self._due: dict[Asked | Topic, float] = {}  # to be said, and not before when
        self._flying: dict[str, tuple[Asked | Topic, float]] = {}  # by id, and when it is said again
        self._left: dict[str, None] = {}
        self._pace = Pace()

    # what the program wants

    def ask(self, asked: Asked) -> None:
        """Asks once, however often it has to be said."""
        if len(self._asks) >= WAITING:
            raise Overloaded(f"{WAITING:,} asks wait for their answers already")
        if asked.id in self._asks:
            raise ValueError(f"the id {asked.id} is under way already")
        self._asks[asked.id] = asked
        self._due[asked] = 0.0

    def give_up(self, id: str) -> None:
        """Nobody waits for the answer any more."""
        asked = self._asks.pop(id, None)
        if asked is not None:
            self._due.pop(asked, None)
            self._flying.pop(id, None)

    def watch(self, topic: Topic) -> None:
        """Watches it until it is left."""
        if topic.name in self._topics:
            raise ValueError(f"{topic.name} is watched already")
        self._topics[topic.name] = topic
        self._due[topic] = 0.0

    def leave(self, topic: Topic) -> None:
        """Watches it no more."""
        if self._topics.get(topic.name) is topic:
            del self._topics[topic.name]
            self._drop(topic)

    def topic(self, name: str) -> Topic | None:
        """The topic, while it is watched."""
        return self._topics.get(name)

    def again(self, topic: Topic, at_s: float) -> None:
        """Watches it anew, not before that moment."""
        self._flying.pop(topic.asked, None)
        topic.asked = ""
        self._due[topic] = at_s

    def rest(self, topic: Topic) -> None:
        """It has more to say than is taken: leaves it until then."""
        self._drop(topic)

    def shut(self, topic: Topic, error: MantaError) -> None:
        """It may not be watched any more."""
        self._topics.pop(topic.name, None)
        self._due.pop(topic, None)
        topic.close(error)

    # what came

    def answered(self, id: str, raw: msgspec.Raw) -> None:
        """An ask has its reply."""
        if (asked := self._asks.get(id)) is not None:
            self.give_up(id)
            asked.answered(reply_of(raw))

    def watched(self, topic: Topic) -> None:
        """Its watch was answered."""
        self._flying.pop(topic.asked, None)

    def failed(self, now_s: float, failed: Failed) -> None:
        """An ask or a watch failed: it is said again, or that was it."""
        call, _ = self._flying.pop(failed.id, (self._asks.get(failed.id), 0.0))
        error = error_from(failed)
        at_s = now_s + max(failed.after_s, PAUSE_S) * (1.0 + self._chance())
        if isinstance(call, Topic):
            if failed.retry:
                self.again(call, at_s)
            else:
                self.shut(call, error)
        elif call is not None and failed.retry and at_s < call.until_s:
            call.trouble = error
            self._due.setdefault(call, at_s)  # unless it is on its way to the next gateway
        elif call is not None:
            self._fail(call, error)

    # what becomes of them

    def ground(self) -> None:
        """The socket takes no more: all that was under way is said again on the next one."""
        for call, _ in self._flying.values():
            if isinstance(call, Topic):
                call.asked = ""
            self._due[call] = 0.0
        self._flying.clear()
        self._left.clear()
        self._due.update((topic, 0.0) for topic in self._topics.values() if not topic.resting)
        self._pace.reset()

    def part(self) -> None:
        """Nothing more comes from the socket."""
        for topic in self._topics.values():
            topic.joined = False

    def end(self, error: MantaError) -> None:
        """Nothing will ever be answered any more."""
        for asked in list(self._asks.values()):
            self._fail(asked, error)
        for topic in list(self._topics.values()):
            self.shut(topic, error)
        self._due.clear()
        self._flying.clear()
        self._left.clear()

    def expire(self, now_s: float) -> None:
        """Ends asks whose time is over."""
        for asked in [one for one in self._asks.values() if now_s >= one.until_s]:
            never = Unavailable("no gateway could be reached in time; it was not sent")
            self._fail(asked, asked.trouble or (Unknown() if asked.said else never))

    def repeat(self, now_s: float) -> None:
        """Says again what was not answered for long."""
        for id, (call, at_s) in list(self._flying.items()):
            if now_s >= at_s:
                del self._flying[id]
                self._due[call] = 0.0

    # what goes

    def due_s(self, standing: bool) -> float:
        """When there is something to do."""
        due_s = min((asked.until_s for asked in self._asks.values()), default=float("inf"))
        if standing:
            again_s = min((at_s for _, at_s in self._flying.values()), default=float("inf"))
            due_s = min(due_s, again_s)
            if self._due and len(self._flying) < WINDOW:
                due_s = min(due_s, max(min(self._due.values()), self._pace.room_s(0.0)))
        return due_s

    def outgoing(self, now_s: float) -> Iterator[PhoneMessage]:
        """What is to be said now."""
        if self._left:
            left, self._left = list(self._left), {}
            for at in range(0, len(left), TOPICS_LIMIT):
                yield Unwatch(left[at : at + TOPICS_LIMIT])
        for call in [call for call, at_s in self._due.items() if at_s <= now_s]:
            if len(self._flying) >= WINDOW or self._pace.room_s(now_s) > now_s:
                return
            del self._due[call]
            self._pace.spend(now_s)
            yield self._message(now_s, call)

    def _message(self, now_s: float, call: Asked | Topic) -> PhoneMessage:
        again_s = now_s + ANSWER_WITHIN_S
        if isinstance(call, Topic):
            call.asked, call.asked_s = self._new_id(), now_s
            self._left.pop(call.name, None)
            self._flying[call.asked] = (call, again_s)
            return Watch(call.asked, call.name, call.command, call.position)
        call.said = True
        self._flying[call.id] = (call, again_s)
        return Ask(call.id, call.to, call.command)

    def _fail(self, asked: Asked, error: MantaError) -> None:
        self.give_up(asked.id)
        asked.failed(error)

    def _drop(self, topic: Topic) -> None:
        self._due.pop(topic, None)
        self._flying.pop(topic.asked, None)
        if topic.joined or topic.asked:
            self._left[topic.name] = None
        topic.joined, topic.asked = False, ""
