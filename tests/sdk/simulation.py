"""A client's core in a simulated network: virtual time, late frames, sockets that are cut."""

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

import msgspec

from protocol.errors import MantaError
from protocol.messages import Reply
from protocol.post import CommentAdded, CommentAnswer, CommentOnPost, LikesChanged, PostCard, ViewPost
from protocol.session import PhoneMessage
from sdk.calls import Asked
from sdk.core import Core
from sdk.effects import Close, Connect, Renew, Send
from sdk.frames import Heard, frames_of
from sdk.topic import Snapshot
from tests.sdk.little_cluster import TOPIC, LittleCluster
from tests.sdk.little_gateway import LittleGateway

_said = msgspec.msgpack.Decoder(PhoneMessage | list[PhoneMessage]).decode


class Socket:
    """One connection of the client; frames keep their order, and none arrives after the cut."""

    def __init__(self, world: "World", number: int) -> None:
        self.world, self.number = world, number
        self.is_open = True
        self.gateway = LittleGateway(world.cluster, self.to_client, world.trouble)
        self._there_s = self._here_s = world.now_s

    def to_gateway(self, frame: bytes) -> None:
        found = _said(frame)
        messages = found if isinstance(found, list) else [found]
        self._there_s = self.world.later_s(self._there_s)
        self.world.at(self._there_s, lambda: self._reach(messages))

    def _reach(self, messages: list[PhoneMessage]) -> None:
        if self.is_open:
            self.gateway.heard(messages)

    def to_client(self, messages: list[Heard]) -> None:
        self._here_s = self.world.later_s(self._here_s)
        self.world.at(self._here_s, lambda: self._arrive(messages))

    def _arrive(self, messages: list[Heard]) -> None:
        if self.is_open and self.world.socket is self:
            self.world.core.heard(self.world.now_s, messages)

    def cut(self) -> None:
        """Nothing in either direction any more; the client learns of it, or finds out by silence."""
        self.is_open = False
        self.gateway.gone()
        if self.world.socket is self and self.world.chance.random() < 0.8:
            self.world.socket = None
            self.world.core.lost(self.world.now_s)


class World:
    """The client, its network, and what it must hold in the end."""

    def __init__(self, seed: int, trouble: float = 0.05, saver: bool = False) -> None:
        self.chance = Random(seed)
        self.trouble = trouble
        self.now_s = 100.0
        self.cluster = LittleCluster(self.chance)
        ids = count(1)
        self.core = Core(self.chance.random, lambda: f"i{next(ids)}", "simulated", saver)
        self.socket: Socket | None = None
        self.sockets = 0
        self.replies: dict[str, Reply] = {}
        self.errors: dict[str, MantaError] = {}
        self._next = 0  # in the cluster's log: what the client has to hear next
        self.resets: list[str] = []
        self.likes = -1
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._order = count()
        self.core.start(self.now_s)
        self.topic = self.core.watch(TOPIC, ViewPost())

    def later_s(self, after_s: float) -> float:
        """A moment on the way: links keep order."""
        return max(after_s, self.now_s + self.chance.expovariate(20.0))

    def at(self, when_s: float, what: Callable[[], object]) -> None:
        """Something will happen then."""
        heapq.heappush(self._events, (when_s, next(self._order), what))

    def write(self, text: str, within_s: float = 1_000.0) -> str:
        """The client writes a comment."""
        call = f"w-{text}"
        replied, failed = self.replies, self.errors
        answered = lambda reply: replied.__setitem__(call, reply)  # noqa: E731
        refused = lambda error: failed.__setitem__(call, error)  # noqa: E731
        self.core.ask(Asked(call, TOPIC, CommentOnPost(text), self.now_s + within_s, answered, refused))
        return call

    def run(self, until_s: float, done: Callable[[], bool] = lambda: False) -> None:
        """Lets time go by."""
        while not done():
            self.core.tick(self.now_s)
            self._carry_out()
            self._read()
            next_s = min(self._events[0][0] if self._events else until_s, self.core.due_s())
            if next_s >= until_s:
                self.now_s = until_s
                return
            self.now_s = max(self.now_s, next_s)
            while self._events and self._events[0][0] <= self.now_s:
                heapq.heappop(self._events)[2]()

    def _carry_out(self) -> None:
        for effect in self.core.take():
            match effect:
                case Connect():
                    self._connect()
                case Send(messages):
                    for frame in frames_of(messages) if self.socket else []:
                        assert self.socket is not None
                        self.socket.to_gateway(frame)
                case Close():
                    if self.socket is not None:
                        self.socket.is_open = False
                        self.socket.gateway.gone()
                    self.socket = None
                case Renew():
                    self.core.renewed("ann")

    def _connect(self) -> None:
        if self.socket is not None:
            self.socket.gateway.gone()
        self.sockets += 1
        self.socket = socket = Socket(self, self.sockets)
        opens = self.chance.random() > self.trouble
        self.at(self.later_s(self.now_s), lambda: self._opened(socket, opens))

    def _opened(self, socket: Socket, opens: bool) -> None:
        if self.socket is not socket:
            return
        if opens:
            self.core.opened(self.now_s, "ann")
        else:
            self.socket = None
            self.core.lost(self.now_s)

    # what the client holds, and the checker

    def _read(self) -> None:
        while (item := self.core.taken(self.topic)) is not None:
            if isinstance(item, Snapshot):
                self._snapshot(item)
            elif isinstance(item.message, CommentAdded):
                assert item.number == self.cluster.log[self._next][0], "a gap, or a doubled push"
                self._next += 1
            elif isinstance(item.message, LikesChanged):
                self.likes = item.message.like_count

    def _snapshot(self, snapshot: Snapshot) -> None:
        assert isinstance(snapshot.reply, PostCard)
        self.likes = snapshot.reply.like_count
        if snapshot.reset or not self.resets:
            self.resets.append(snapshot.reset or "first")
            self._next = sum(number <= snapshot.number for number, _, _ in self.cluster.log)
        else:
            held = self.cluster.log[self._next - 1][0] if self._next else 0
            assert held == snapshot.number, "a snapshot that does not join what came before it"

    def holds_all(self) -> bool:
        """Whether the client has every push since its last fresh start."""
        return bool(self.resets) and self._next == len(self.cluster.log)

    def check(self, calls: list[str]) -> None:
        """Every write is there once, and was answered with the first answer."""
        assert not self.errors
        texts = [pushed.comment.text for _, _, pushed in self.cluster.log]
        assert len(texts) == len(set(texts))
        for call in calls:
            reply = self.replies[call]
            assert isinstance(reply, CommentAnswer)
            assert reply == self.cluster.answers[call]
        assert self.holds_all()
