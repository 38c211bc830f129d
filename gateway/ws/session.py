"""A session: one user on one socket, after the hello. Each message is authorised as that user's."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from gateway.ports import Joined
from gateway.ports import Session as Stood
from gateway.ws.floor import Floor
from gateway.ws.forms import Form
from gateway.ws.topic import Topic, Watcher
from protocol.errors import Broken, MantaError, Overloaded, Rejected, TooFast, Unavailable, Unknown
from protocol.messages import ClientRead, Command, Reply, tag_of
from protocol.session import (
    Ask,
    Failed,
    GatewayMessage,
    Observe,
    PhoneMessage,
    Ping,
    Pong,
    Replied,
    Saver,
    Unwatch,
    Watch,
    Watched,
)

log = logging.getLogger("manta.gateway")

AGAIN_AFTER_S = 1.0  # what is refused for want of room
TOGETHER_BYTES = 32 * 1024  # of missed pushes that travel in one frame with their snapshot


class Line(Watcher, Protocol):
    """The socket of a session."""

    def is_open(self) -> bool:
        """Whether it is still spoken on."""

    def send(self, message: GatewayMessage) -> None:
        """Sends one message."""

    def send_all(self, frames: bytes) -> None:
        """Sends frames that may be many more than the outbox takes otherwise."""

    def end(self) -> None:
        """Nothing more is to come: closes it."""


class Session:
    """What a user said and is owed on one socket."""

    __slots__ = (
        "_floor",
        "_line",
        "expires_s",
        "flying",
        "id",
        "joining",
        "leaving",
        "saver",
        "topics",
        "user",
    )

    def __init__(self, floor: Floor, line: Line, stood: Stood, saver: bool) -> None:
        self._floor, self._line = floor, line
        self.user, self.id, self.saver = stood.user, stood.session, saver
        self.expires_s = 0.0
        self.flying = 0  # asks and watches under way
        self.leaving = False
        self.topics: set[str] | None = None  # made when the first is watched: most sockets idle
        self.joining: dict[str, Watch] | None = None
        self.renew(stood)

    def renew(self, stood: Stood) -> None:
        """It stands until that time."""
        self.expires_s = self._floor.loop.time() + stood.expires_at - self._floor.wall_s()

    def heard(self, message: PhoneMessage, form: Form) -> None:
        """One message, in the form in which it came."""
        _DO[type(message)](self, message, form)

    def refuse(self, message: PhoneMessage, after_s: float) -> None:
        """The socket talks too fast; what costs little is done all the same."""
        if isinstance(message, Ask | Watch):
            self._floor.counts["too_fast"] += 1
            self._fail(message.id, TooFast("too many messages on this socket: wait a little", after_s))
        elif not isinstance(message, Observe):
            _DO[type(message)](self, message, self._line.form)

    def leave(self) -> None:
        """Takes no more asks, and ends when the last of those under way is answered."""
        self.leaving = True
        if not self.flying:
            self._line.end()

    # asks

    def _ask(self, ask: Ask, form: Form) -> None:
        floor = self._floor
        try:
            self._admit()
            command = floor.ports.commands(form.packed(ask.command))
            timeout_s = floor.limits.ask_timeout_s
            future = floor.ports.cells.begin(ask.to, command, self.user, ask.id, timeout_s)
        except MantaError as error:
            self._fail(ask.id, error)
            return
        self.flying += 1
        future.add_done_callback(partial(self._answered, ask.id))

    def _answered(self, call: str, future: "asyncio.Future[Reply]") -> None:
        error = Unknown() if future.cancelled() else future.exception()
        if error is None:
            self._line.send(Replied(call, future.result()))
        else:
            self._fail(call, error)
        self._landed()

    def _admit(self) -> None:
        if self.leaving:
            raise Unavailable("this gateway takes its leave; ask the next one")
        if self.flying >= self._floor.limits.asks_in_flight:
            raise Overloaded("too many asks of this session are under way")

    def _landed(self) -> None:
        self.flying -= 1
        if self.leaving and not self.flying:
            self._line.end()

    def _fail(self, call: str, error: BaseException) -> None:
        if not isinstance(error, MantaError):
            log.error("a fault in an ask", exc_info=error)
            error = Broken()
        self._floor.counts["failed_" + error.code] += 1
        after_s = getattr(error, "after_s", AGAIN_AFTER_S) if error.retry else 0.0
        self._line.send(Failed(call, error.code, error.text, error.retry, after_s))

    # topics

    def _watch(self, watch: Watch, form: Form) -> None:
        floor = self._floor
        joining = self.joining = self.joining or {}
        try:
            self._admit()
            if len(self.topics or ()) + len(joining) >= floor.limits.topics:
                raise Rejected("watch.too_many", f"a session watches at most {floor.limits.topics} topics")
            command = floor.ports.commands(form.packed(watch.command))
            if not isinstance(command, ClientRead):  # what changes something needs an id, and its limits
                raise Rejected("watch.not_a_read", f"{tag_of(type(command))} is asked; a watch only reads")
        except MantaError as error:
            self._fail(watch.id, error)
            return
        self.flying += 1
        joining[watch.topic] = watch
        floor.start(self._join(watch, command, floor.hub.joining(watch.topic)))

    async def _join(self, watch: Watch, command: Command, topic: Topic) -> None:
        floor, joined = self._floor, partial(self._joined, watch, topic)
        ref, timeout_s = topic.name.partition("/")[0], floor.limits.ask_timeout_s
        try:
            await floor.ports.topics.watch(
                topic.name, ref, command, watch.since, self.user, joined, timeout_s
            )
        except Exception as error:
            self._fail(watch.id, error)
        finally:
            if self.joining and self.joining.get(topic.name) is watch:
                del self.joining[topic.name]
            floor.hub.settled(topic)
            self._landed()

    def _joined(self, watch: Watch, topic: Topic, reply: Reply, joined: Joined) -> None:
        """Called at the one moment between the pushes that the snapshot knows and those that follow."""
        line = self._line
        if not line.is_open() or not self.joining or self.joining.get(watch.topic) is not watch:
            raise Rejected("watch.left", "the topic was left, or watched once more, before this was answered")
        if sum(len(bytes(news.message)) for news in joined.missed) > self._floor.limits.missed_bytes:
            joined = Joined(joined.epoch, joined.number, reset="history")
        self._floor.hub.joined(topic, line, joined)
        self.topics = self.topics or set()
        self.topics.add(watch.topic)
        line.send_all(self._snapshot(watch, reply, joined))

    def _snapshot(self, watch: Watch, reply: Reply, joined: Joined) -> bytes:
        form = self._line.form
        together, size = 0, 0
        while together < len(joined.missed) and size < TOGETHER_BYTES:
            size += len(bytes(joined.missed[together].message))
            together += 1
        pushes = [form.push(news) for news in joined.missed]
        is_known = self.saver and watch.since is not None and not joined.reset
        watched = Watched(
            watch.id, watch.topic, joined.epoch, joined.number, None if is_known else reply,
            pushes[:together], joined.reset,
        )  # fmt: skip
        return form.frame(watched) + b"".join([form.frame(push) for push in pushes[together:]])

    def _unwatch(self, unwatch: Unwatch, form: Form) -> None:
        for name in unwatch.topics:
            if self.joining:
                self.joining.pop(name, None)
            self.unwatched(name)
        self._floor.hub.leave(self._line, unwatch.topics)

    def unwatched(self, name: str) -> None:
        """The topic is watched no more."""
        if self.topics:
            self.topics.discard(name)

    # the rest

    def _observe(self, observe: Observe, form: Form) -> None:
        self._floor.sightings.add(self.user, observe.seen)

    def _ping(self, ping: Ping, form: Form) -> None:
        self._line.send(Pong(ping.at, int(self._floor.wall_s() * 1000)))

    def _save(self, saver: Saver, form: Form) -> None:
        self.saver = saver.on
        self._floor.hub.resort(self._line, self.topics or ())


_DO: dict[type[Any], Callable[[Session, Any, Form], None]] = {
    Ask: Session._ask, Watch: Session._watch, Unwatch: Session._unwatch, Observe: Session._observe,
    Ping: Session._ping, Saver: Session._save,
}  # fmt: skip
