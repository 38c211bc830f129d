"""The sending half of a WebSocket: what it may still be told, and how it ends."""

import asyncio
import socket

from gateway.ws.floor import Floor
from gateway.ws.forms import PACKED, Form
from gateway.ws.frames import close_frame
from gateway.ws.session import Session
from gateway.ws.topic import Veil
from gateway.ws.volley import Aim
from protocol.session import CAUSES, DRAINING, RATE, SLOW, GatewayMessage, Goodbye, comes_back

KERNEL_BYTES = 128 * 1024  # for each socket; by itself Linux takes up to 4 MB for one that does not read
AGAIN_AFTER_S = 1.0  # before a client comes back that was sent away for want of room
NEW, GREETING, VERIFYING, STANDING, CLOSING, CLOSED = range(6)
PROMPT = frozenset((SLOW, RATE))  # goodbyes to those who would not hear them in time


class Outlet(asyncio.Protocol):
    """What leaves on one socket, in bounds."""

    __slots__ = (
        "_aim",
        "_floor",
        "_plain",
        "_state",
        "_transport",
        "_waiting",
        "form",
        "paused_s",
        "place",
        "room",
        "session",
    )

    def __init__(self, floor: Floor, transport: asyncio.Transport, plain: socket.socket | None) -> None:
        self._floor, self._transport, self._plain = floor, transport, plain
        self._state = NEW
        self._aim: Aim | None = None  # from the first topic on
        self.form: Form = PACKED  # until the first frame says otherwise
        self.session: Session | None = None
        self.paused_s = 0.0  # since when it does not take what is sent
        self.place = 0
        self.room = floor.limits.outbox_bytes  # that is left
        self._waiting: list[bytes] | None = None  # while it is paused; the same bytes wait for others too
        transport.set_write_buffer_limits(high=0)  # what is not paused has nothing in its buffer
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        floor.came()

    def aim(self) -> Aim | None:
        """What a volley knows it by, while pushes may go past the loop: nothing waits in its buffer."""
        if self._plain is None or self.form is not PACKED or self.is_reluctant():
            return None
        if self._aim is None:
            self._aim = self._floor.volley.aim(self._plain)
        return self._aim

    def veil(self) -> Veil | None:
        """From whom nothing may reach its user."""
        return self._floor.veil_of(self.session.user) if self.session is not None else None

    def send_rest(self, data: bytes) -> None:
        """What a volley did not send."""
        if self._state < CLOSING and not self._transport.is_closing():
            self._transport.write(data)

    def write(self, data: bytes) -> None:
        """Sends it; a socket for which too much waits already is ended instead."""
        if self._state >= CLOSING or self._transport.is_closing():
            return
        if not self.paused_s:
            self._transport.write(data)
            return
        # The loop would take 640 bytes to hold each write, however small; here it is a reference.
        self._waiting = self._waiting or []
        self._waiting.append(data)
        self.room -= len(data)
        if self.room < 0:
            self.bye(SLOW, AGAIN_AFTER_S)

    def send(self, message: GatewayMessage) -> None:
        """Sends one message at the end of this turn."""
        if self._state < CLOSING:
            self._floor.outbox.add(self, self.form.frame(message))

    def send_all(self, frames: bytes) -> None:
        """Sends what was missed: it may be more than the outbox takes of news."""
        if self._state < CLOSING:
            self.room += len(frames)
            self._floor.outbox.add(self, frames)

    def is_open(self) -> bool:
        """Whether it is still spoken on."""
        return self._state < CLOSING

    def is_reluctant(self) -> bool:
        """Whether ephemeral pushes stay away: by choice, or because it reads slowly."""
        return bool(self.paused_s) or (self.session is not None and self.session.saver)

    def unwatched(self, topic: str) -> None:
        """A topic was taken from it."""
        if self.session is not None:
            self.session.unwatched(topic)

    def pause_writing(self) -> None:
        """It does not take what is sent."""
        self.paused_s = self._floor.loop.time()
        if self._state == STANDING:
            self._floor.deadlines.put(self, self.due_s())
            self.resort()

    def resume_writing(self) -> None:
        """It took all of it."""
        self.paused_s = 0.0
        self.room = self._floor.limits.outbox_bytes
        if waiting := self._waited():
            self._transport.write(waiting)  # it may be paused again by this
        self.resort()

    def _waited(self) -> bytes:
        waiting, self._waiting = self._waiting, None
        return b"".join(waiting) if waiting else b""

    def resort(self) -> None:
        """What it takes of topics, and how, may be something else from now on."""
        if self.session is not None and self.session.topics:
            self._floor.hub.resort(self, self.session.topics)

    # its end

    def bye(self, code: int, after_s: float = 0.0) -> None:
        """Says goodbye and closes."""
        if self._state >= CLOSING:
            return
        self._floor.counts["goodbye_" + CAUSES[code]] += 1
        spoken = b"" if self._state == NEW else self._goodbye(code, after_s)
        if code in PROMPT:
            self._waiting = None
        self._close(spoken + close_frame(code, CAUSES[code]))
        if code in PROMPT:
            self._transport.close()

    def drain(self, after_s: float) -> None:
        """Says goodbye now, and closes when all that is under way has been answered."""
        if self.session is None:
            self.bye(DRAINING, after_s)
        elif self._state < CLOSING and not self.session.leaving:
            self._floor.counts["goodbye_" + CAUSES[DRAINING]] += 1
            self._floor.outbox.add(self, self._goodbye(DRAINING, after_s))
            self.session.leave()

    def end(self) -> None:
        """All that was under way has been answered."""
        self._close(close_frame(DRAINING, CAUSES[DRAINING]))

    def abort(self) -> None:
        """Ends it without a word."""
        self._transport.abort()

    def _goodbye(self, code: int, after_s: float) -> bytes:
        return self.form.frame(Goodbye(code, CAUSES[code], comes_back(code), round(after_s, 3)))

    def _close(self, frames: bytes) -> None:
        if self._state >= CLOSING:
            return
        self._state = CLOSING
        held = self._waited() + self._floor.outbox.taken(self)
        if not self._transport.is_closing():
            self._transport.write(held + frames)
            self._transport.resume_reading()  # for the other side's close frame
        self._leave()
        self._floor.deadlines.put(self, self._floor.loop.time() + self._floor.limits.close_s)

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._floor.went()
        self._leave()
        self._state = CLOSED
        self._floor.deadlines.drop(self)
        self.session = None  # they know each other: a ring of objects, for the collector to walk over

    def _leave(self) -> None:
        session = self.session
        if session is not None:
            self._floor.unseat(session.id, session.user, self)
            if session.topics:
                topics, session.topics = session.topics, None
                self._floor.hub.leave(self, topics)
        if self._aim is not None:
            aim, self._aim = self._aim, None
            self._floor.volley.forget(aim)  # before the socket is closed

    # when to look at it again

    def due_s(self) -> float:
        """When something of it is overdue."""
        raise NotImplementedError

    def look(self, now_s: float) -> float:
        """Does what is overdue."""
        raise NotImplementedError
