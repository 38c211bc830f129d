"""One WebSocket: what comes in, its hello and its deadlines. An idle one is this object and a session."""

import asyncio
import socket

from gateway.ports import Session as Stood
from gateway.ws.floor import Floor
from gateway.ws.forms import Form, form_of
from gateway.ws.frames import CLOSE, PING, PONG, FrameReader, Violation, close_code, close_frame, framed
from gateway.ws.outlet import AGAIN_AFTER_S, CLOSING, GREETING, NEW, STANDING, VERIFYING, Outlet
from gateway.ws.session import Session
from protocol.errors import Malformed, MantaError, TooLarge, Unavailable
from protocol.session import (
    DRAINING,
    HELLO_LATE,
    IDLE,
    MALFORMED,
    OVERLOADED,
    RATE,
    REVOKED,
    SLOW,
    TOKEN_EXPIRED,
    TOO_COMPLEX,
    UNAUTHORISED,
    UNSUPPORTED,
    VERSION,
    Hello,
    PhoneMessage,
    Welcome,
)

CAPABILITIES = ["batch", "renew", "saver"]
TOKEN_TROUBLES = {"expired": TOKEN_EXPIRED, "revoked": REVOKED}  # by the end of an error's code


class Connection(Outlet):
    """A socket from its handshake to its end."""

    __slots__ = ("_early", "_reader", "heard_s", "spent_s")

    def __init__(
        self, floor: Floor, transport: asyncio.Transport, plain: socket.socket | None = None
    ) -> None:
        super().__init__(floor, transport, plain)
        self._reader = FrameReader(floor.limits.frame_bytes)
        self._early: list[PhoneMessage] | None = None  # what came in one frame with the hello, after it
        self.spent_s = 0.0
        floor.deadlines.put(self, floor.loop.time() + floor.limits.hello_s)
        self.heard_s = floor.deadlines.now_s

    # what comes

    def data_received(self, data: bytes) -> None:
        """Bytes of some frames."""
        if self._state >= CLOSING:
            self._last_words(data)
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self.heard_s = self._floor.deadlines.now_s
                self._received(opcode, payload)
                if self._state in (VERIFYING, CLOSING):
                    return  # the reader holds the rest
        except Violation as violation:
            self._floor.counts["violations"] += 1
            self._close(close_frame(violation.code, violation.text))

    def _received(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self._close(close_frame(close_code(payload)))
            self._transport.close()
        elif opcode == PING:
            if self._spend(1) is not None:
                self.write(framed(PONG, payload))
        elif opcode != PONG:
            form = form_of(opcode)
            if self._state == NEW:
                self._state, self.form = GREETING, form
            try:
                messages = form.read(payload)
            except Malformed:
                self.bye(MALFORMED)
                return
            except TooLarge:
                self.bye(TOO_COMPLEX)
                return
            if (too_fast_s := self._spend(len(messages))) is not None:
                self._heard(messages, form, too_fast_s)

    def _spend(self, count: int) -> float | None:
        """By how much it talks too fast, 0 or less when it does not; None when it is sent away for it."""
        pace, now_s = self._floor.pace, self._floor.loop.time()
        self.spent_s = spent_s = pace.spend(self.spent_s, now_s, count)
        if pace.is_flood(spent_s, now_s):
            self.bye(RATE, AGAIN_AFTER_S)
            return None
        return pace.too_fast_s(spent_s, now_s)

    def _heard(self, messages: list[PhoneMessage], form: Form, too_fast_s: float = 0.0) -> None:
        for at, message in enumerate(messages):
            session = self.session
            if isinstance(message, Hello):
                self._early = messages[at + 1 :] or None
                self._greeted(message)
            elif session is None:
                self.bye(MALFORMED)
            elif too_fast_s > 0:
                session.refuse(message, too_fast_s)
            else:
                session.heard(message, form)
            if self._state != STANDING:
                return

    def _last_words(self, data: bytes) -> None:
        try:
            if any(opcode == CLOSE for opcode, _ in self._reader.feed(data)):
                self._transport.close()
        except Violation:
            self._transport.close()

    # the hello

    def _greeted(self, hello: Hello) -> None:
        if self._floor.draining:
            self.bye(DRAINING, AGAIN_AFTER_S)
        elif hello.version != VERSION:
            self.bye(UNSUPPORTED)
        else:
            self._state = VERIFYING
            self._transport.pause_reading()
            self._floor.start(self._verify(hello))

    async def _verify(self, hello: Hello) -> None:
        try:
            async with asyncio.timeout(self._floor.limits.hello_s):
                stood = await self._floor.ports.tokens.session_of(hello.token)
        except TimeoutError:
            self._turned_away(Unavailable())
        except MantaError as error:
            self._turned_away(error)
        else:
            if self._state == VERIFYING:
                self._stand(stood, hello.data_saver)

    def _turned_away(self, error: MantaError) -> None:
        self._floor.counts["turned_away"] += 1
        if error.retry:
            self.bye(OVERLOADED, AGAIN_AFTER_S)
        else:
            self.bye(TOKEN_TROUBLES.get(error.code.rpartition(".")[2], UNAUTHORISED))

    def _stand(self, stood: Stood, saver: bool) -> None:
        floor, limits = self._floor, self._floor.limits
        if self.session is None:
            self.session = Session(floor, self, stood, saver)
            floor.seat(stood.session, stood.user, self)
        elif (stood.user, stood.session) == (self.session.user, self.session.id):
            self.session.renew(stood)
        else:
            self.bye(UNAUTHORISED)
            return
        self._state = STANDING
        floor.deadlines.put(self, self.due_s())
        self.send(
            Welcome(
                stood.user, stood.session, VERSION, limits.heartbeat_s, limits.frame_bytes, limits.topics,
                CAPABILITIES,
            )
        )  # fmt: skip
        self._go_on()

    def _go_on(self) -> None:
        early, self._early = self._early, None
        if early:
            self._heard(early, self.form)
        if self._state == STANDING:
            self.data_received(b"")
        if self._state == STANDING:
            self._transport.resume_reading()

    # when to look at it again

    def look(self, now_s: float) -> float:
        """Does what is overdue."""
        limits, session = self._floor.limits, self.session
        silent_s = now_s - self.heard_s
        if self._state >= CLOSING:
            self._transport.abort()
        elif session is None:
            if self._state == VERIFYING:
                return now_s + limits.hello_s
            self.bye(HELLO_LATE)
        elif now_s >= session.expires_s:
            self.bye(TOKEN_EXPIRED)
        elif self.paused_s and now_s - self.paused_s >= limits.slow_s:
            self.bye(SLOW, AGAIN_AFTER_S)
        elif silent_s >= 2 * limits.heartbeat_s:
            self.bye(IDLE)
        else:
            if silent_s >= limits.heartbeat_s:
                self.write(framed(PING, b""))
            return self.due_s()
        return 0.0

    def due_s(self) -> float:
        """When something of it is overdue."""
        limits, session = self._floor.limits, self.session
        due_s = self.heard_s + limits.heartbeat_s
        if due_s <= self._floor.deadlines.now_s:
            due_s += limits.heartbeat_s  # it was asked whether it is there
        if session is not None:
            due_s = min(due_s, session.expires_s)
        return min(due_s, self.paused_s + limits.slow_s) if self.paused_s else due_s
