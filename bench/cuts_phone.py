"""A phone on a bad network: the client's core, a line that is cut, and a checker behind it."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import count
from random import Random

import msgspec

from bench.cuts_history import Course, History
from bench.cuts_line import BROKEN, Cut, Line
from bench.cuts_writes import Writes
from protocol.post import CommentAdded, LikesChanged, PostCard, ViewPost
from protocol.session import PhoneMessage
from sdk.core import Core
from sdk.effects import Close, Connect, Renew, Send, Standing
from sdk.frames import Heard, PushRaw, WatchedRaw, frames_of, messages_of
from sdk.topic import Item, Snapshot, Topic

KNOCKS_S = (0.0, 1.0, 3.0, 7.0)  # TCP asks for a connection then, while nothing answers
BYTES_HEARD = 400  # within so many the cut comes: a few frames
HEARD_WITHIN_S = 0.5  # or then, where nothing comes
NEVER_S = float("inf")


class Doors(msgspec.Struct):
    """What a balancer leads to; it may not know yet that one is dead."""

    ports: list[int]
    dead: set[int] = set()


class Absence(msgspec.Struct):
    """From a cut until all topics are joined again."""

    cause: str
    network_s: float  # when the network is there again
    waits: set[str]  # topics that are not joined yet
    back_s: float = NEVER_S  # after the network
    resets: int = 0


class Record(msgspec.Struct):
    """What happened to all phones."""

    history: History
    absences: list[Absence] = []
    doubled_on_the_wire: int = 0
    gaps_on_the_wire: int = 0


class Phone:
    """One person with a session; `dialled` is called on a new line, `back` when it holds everything again."""

    def __init__(
        self, user: str, token: str, topics: list[str], doors: Doors, record: Record, chance: Random,
        dialled: Callable[["Phone"], None], back: Callable[["Phone"], None],
    ) -> None:  # fmt: skip
        self.user, self.chance, self._dialled, self._back = user, chance, dialled, back
        self._token, self._doors, self._record = token, doors, record
        self._loop = asyncio.get_running_loop()
        ids = count(1)
        self.core = Core(chance.random, lambda: f"w{next(ids)}", "bench")
        self.writes = Writes(self.core, user, self._loop.time, chance)
        self.absence: Absence | None = Absence("first", 0.0, set(topics))
        self._line: Line | None = None
        self._port = 0  # of the gateway that it talks to
        self._cut: tuple[Cut, float] | None = None  # that comes, and for how long
        self._network_s = 0.0  # when the network is there
        self._dialling: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._settling = False
        self._fresh: dict[str, None] = {}  # topics with something to take
        self._courses = {name: record.history.course(name) for name in topics}
        self._topics = {name: self._watched(name) for name in topics}

    def _watched(self, name: str) -> Topic:
        return self.core.watch(name, ViewPost(), lambda: self._fresh.update({name: None}))

    @property
    def courses(self) -> list[Course]:
        """What it took."""
        return list(self._courses.values())

    @property
    def is_there(self) -> bool:
        """Whether it is connected and holds all, and no cut is on its way."""
        return self.absence is None and self._cut is None

    @property
    def may_be_cut(self) -> bool:
        """Whether it has a line, and no cut is on its way."""
        return self._line is not None and self._cut is None

    def start(self) -> None:
        """Connects, and stays so."""
        self.core.start(self._loop.time())
        self._settle()

    def stop(self) -> None:
        """Leaves for good."""
        self.core.stop()
        self._settled()
        if self._timer is not None:
            self._timer.cancel()

    def comment(self, topic: str = "") -> None:
        """Writes a comment on that topic, or on one of its own."""
        self.writes.comment(topic or self.chance.choice(list(self._topics)))
        self._settle()

    def toggle(self) -> None:
        """Likes one of its topics, or likes it no more."""
        self.writes.toggle(self.chance.choice(list(self._topics)))
        self._settle()

    # cuts

    def cut(self, kind: Cut, outage_s: float) -> None:
        """Breaks the connection; the network stays away for so long."""
        line = self._line
        assert line is not None
        self._cut = (kind, outage_s)
        if kind is Cut.HEARING:
            line.cut_after(self.chance.randrange(1, BYTES_HEARD))
            self._loop.call_later(HEARD_WITHIN_S, line.end)
        elif kind is Cut.SPEAKING:
            self.writes.comment(self.chance.choice(list(self._topics)))
            self._settled()  # which says a part of it
            line.end(gently=True)
        elif kind is Cut.SILENT:
            line.abandon()
            self._loop.call_later(outage_s, line.reset)
            self._ended(line, BROKEN)
        else:
            line.end()

    def _ended(self, line: Line, code: int) -> None:
        if line is not self._line:
            return
        self._line, now_s = None, self._loop.time()
        cause, outage_s = "kill" if self._port in self._doors.dead else f"closed {code}", 0.0
        if self._cut is not None:
            cause, outage_s = self._cut[0].value, self._cut[1]
        self._cut, self._network_s = None, now_s + outage_s
        if self.absence is None:
            self.absence = Absence(cause, self._network_s, set(self._topics))
            self._record.absences.append(self.absence)
        self.absence.network_s = max(self.absence.network_s, now_s + outage_s if outage_s else 0.0)
        self.absence.waits = set(self._topics)
        self.core.lost(now_s, code)
        self._settle()

    # the core's wishes, as the client's own shell fulfils them

    def _settle(self) -> None:
        if not self._settling:
            self._settling = True
            self._loop.call_soon(self._settled)

    def _settled(self) -> None:
        self._settling = False
        self.core.tick(self._loop.time())
        for effect in self.core.take():
            match effect:
                case Send(messages):
                    self._say(messages)
                case Connect():
                    self._hang_up()
                    self._knock(self._loop.time(), 0)
                case Close():
                    self._hang_up()
                case Renew():
                    pass  # a token outlives every run
        if self._timer is not None:
            self._timer.cancel()
        due_s = self.core.due_s()
        self._timer = self._loop.call_at(due_s, self._settle) if due_s < NEVER_S else None

    def _say(self, messages: list[PhoneMessage]) -> None:
        for frame in frames_of(messages) if self._line is not None else ():
            assert self._line is not None
            if self._cut is not None and self._cut[0] is Cut.SPEAKING:
                self._line.say_a_part(frame, self.chance.random())
            else:
                self._line.say(frame)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.reset()
        if self._dialling is not None:
            self._dialling.cancel()
            self._dialling = None

    def _knock(self, began_s: float, number: int) -> None:
        """A connection comes about at the first knock that the network carries."""
        if self._loop.time() >= self._network_s:
            self._dialling = self._loop.create_task(self._dial())
        elif number + 1 < len(KNOCKS_S):
            at_s = began_s + KNOCKS_S[number + 1]
            self._dialling = self._loop.call_at(at_s, self._knock, began_s, number + 1)

    async def _dial(self) -> None:
        port = self.chance.choice(self._doors.ports)
        line = Line(self._opened, self._heard, lambda code: self._ended(line, code))
        try:
            await self._loop.create_connection(lambda: line, "127.0.0.1", port)
        except OSError:  # refused: nobody is there
            self.core.lost(self._loop.time())
            self._settle()
            return
        self._line, self._port = line, port
        line.begin()
        self._dialled(self)

    def _opened(self) -> None:
        self.core.opened(self._loop.time(), self._token)
        self._settle()

    # what comes

    def _heard(self, frame: bytes) -> None:
        now_s = self._loop.time()
        for message in messages_of(frame):
            self._look_at(message)
            self.core.heard(now_s, [message])
        while self._fresh:
            name, _ = self._fresh.popitem()
            self._take(self._topics[name], self._courses[name])
        absence = self.absence
        if absence is not None and not absence.waits and self.core.standing is Standing.STANDING:
            self.absence, absence.back_s = None, now_s - absence.network_s
            self._back(self)
        self._settle()

    def _look_at(self, message: Heard) -> None:
        """A gateway sends nothing twice and leaves nothing out, though a client would get over it."""
        match message:
            case PushRaw(topic=name) if message.number and self._topics[name].joined:
                look_at(self._record, self._topics[name], [message])
            case WatchedRaw(topic=name, reset="") if message.id == self._topics[name].asked:
                look_at(self._record, self._topics[name], message.missed)

    def _take(self, topic: Topic, course: Course) -> None:
        while (item := self.core.taken(topic)) is not None:
            note(course, item)
            if isinstance(item, Snapshot) and self.absence is not None:
                self.absence.waits.discard(topic.name)
                self.absence.resets += bool(item.reset)


def look_at(record: Record, topic: Topic, pushes: Iterable[PushRaw]) -> None:
    """Counts what a gateway sent twice or left out, before the client sees it."""
    if topic.position is None:
        return
    _, at = topic.position
    for push in pushes:
        record.doubled_on_the_wire += push.number <= at
        record.gaps_on_the_wire += push.previous > at
        at = max(at, push.number)


def note(course: Course, item: Item) -> None:
    """Writes down what a client was given."""
    if isinstance(item, Snapshot):
        assert isinstance(item.reply, PostCard)
        course.snapshot(item.number, item.reply.comment_count, item.reply.like_count, item.reset)
    elif isinstance(item.message, CommentAdded):
        course.push(item.number, item.message.comment.id, item.message.comment_count)
    elif isinstance(item.message, LikesChanged):
        course.likes = item.message.like_count
