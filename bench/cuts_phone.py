"""A phone on a bad network: the client's core, a line that is cut, and a checker behind it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random

import msgspec

from bench.cuts_history import Course, History
from bench.cuts_line import BROKEN, Cut, Line
from bench.cuts_writes import Writes
from protocol.post import CommentAdded, LikesChanged, PostCard, ViewPost
from sdk.core import Core
from sdk.effects import Close, Connect, Renew, Send, Standing
from sdk.frames import Heard, PushRaw, WatchedRaw, frames_of, messages_of
from sdk.topic import Item, Snapshot, Topic

KNOCKS_S = (0.0, 1.0, 3.0, 7.0)  # TCP asks for a connection then, while nothing answers
BYTES_HEARD = 400  # within so many the cut comes, a few frames
HEARD_WITHIN_S = 0.5  # or then, where nothing comes
NEVER_S = float("inf")


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
    cuts: Counter[str] = msgspec.field(default_factory=Counter)
    doubled_on_the_wire: int = 0
    gaps_on_the_wire: int = 0


class Phone:
    """One person with a session; `ports` are the gateways that a balancer would lead to."""

    def __init__(
        self, user: str, token: str, topics: list[str], ports: list[int], record: Record, chance: Random
    ) -> None:
        self.user, self.chance = user, chance
        self.port = 0  # of the gateway that it talks to
        self.absence: Absence | None = Absence("first", 0.0, set(topics))
        self.cut_comes = False
        self._token, self._ports, self._record = token, ports, record
        self._loop = asyncio.get_running_loop()
        ids = count(1)
        self.core = Core(chance.random, lambda: f"{user}-{next(ids)}", "bench")
        self.writes = Writes(self.core, user, self._loop.time)
        self._line: Line | None = None
        self._dialling: asyncio.Handle | None = None
        self._network_s = 0.0  # when the network is there
        self._timer: asyncio.TimerHandle | None = None
        self._settling = False
        self._fresh: dict[str, None] = {}  # topics with something to take
        self._courses = {name: record.history.course(name) for name in topics}
        self._topics = {name: self._watched(name) for name in topics}

    def _watched(self, name: str) -> Topic:
        return self.core.watch(name, ViewPost(), lambda: self._fresh.setdefault(name))

    @property
    def courses(self) -> list[Course]:
        """What it took."""
        return list(self._courses.values())

    @property
    def is_there(self) -> bool:
        """Whether it is connected and holds all, and no cut is on its way."""
        return self.absence is None and not self.cut_comes

    def start(self) -> None:
        """Connects, and stays so."""
        self.core.start(self._loop.time())
        self.settle()

    def stop(self) -> None:
        """Leaves for good."""
        self.core.stop()
        self._settled()
        if self._timer is not None:
            self._timer.cancel()

    # cuts

    def cut(self, kind: Cut, outage_s: float) -> None:
        """Breaks the connection; the network stays away for so long."""
        self.cut_comes = True
        if kind is Cut.HEARING and self._line is not None:
            self._line.cut_after(self.chance.randrange(1, BYTES_HEARD))
            self._loop.call_later(HEARD_WITHIN_S, self._broken, kind, outage_s, self._line)
            self._line._lost = lambda code: self._broken(kind, outage_s, None)  # noqa: SLF001
        elif kind is Cut.SPEAKING:
            self.writes.comment(self.chance.choice(list(self._topics)))
            self._settled(cut=True)
            self._broken(kind, outage_s, self._line)
        else:
            self._broken(kind, outage_s, self._line)
