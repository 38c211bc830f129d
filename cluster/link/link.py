"""A link: frames both ways between two named parties, whatever carries the bytes.

Here is all that does not depend on the carrier: the greeting, how frames become bytes and back, what waits
and how much of it may. A transport adds how bytes get across: it calls `begin`, `feed`, `pause`, `resume` and
`lost`, and is told `_write` and `_shut`. Bytes are frames one after the other, each behind its length.
"""

import asyncio
import hmac
import logging
import struct
from collections.abc import Callable

import msgspec

from cluster.link.frames import (
    Answers,
    Closed,
    Frame,
    Heard,
    Hello,
    Ops,
    Pushes,
    Spray,
    Tells,
    Unwatch,
    decode,
)  # fmt: skip

VERSION = 1
FRAME_LIMIT_BYTES = 8 << 20  # a frame above it leaves as its halves
WAITING_LIMIT_BYTES = 64 << 20  # what may wait for a party that does not read
TURN_LIMIT_BYTES = 1 << 20  # more than this is handed over before the turn of the loop ends
GREETING_WITHIN_S = 5.0
SILENT_CHECKS = 3  # without a word; a paused process keeps its sockets open

Welcome = Callable[["Link"], None]
"""Is given every new link before its first frame, to set `on_frame` and `on_closed`."""

_log = logging.getLogger(__name__)
_length = struct.Struct("!I")
_encode_into = msgspec.msgpack.Encoder().encode_into
_HEAD = bytes(_length.size)
_ITEMS = {
    Ops: "ops", Answers: "answers", Tells: "tells", Heard: "marks", Pushes: "pushes", Spray: "refs",
    Unwatch: "topics", Closed: "topics",
}  # fmt: skip


class LinkDown(Exception):
    """No link could be had: nobody is there, or not the one who should be."""


class Link:
    """One end of a link; what is sent after it closed is dropped: `on_closed` told the sender to repeat."""

    def __init__(self, mine: Hello, welcome: Welcome, calls: bool, expect: str = "") -> None:
        self.peer = Hello("", "")
        self.cause = ""  # why it closed; empty while it is open
        self.closed = asyncio.Event()
        self.greeted = asyncio.Event()  # also set when it closed before
        self.on_frame: Callable[[Frame], None] = _unheard
        self.on_closed: Callable[[str], None] = _unheard
        self.on_too_large: Callable[[Frame], None] = _too_large  # one item that no frame can carry
        self._mine, self._welcome, self._calls, self._expect = mine, welcome, calls, expect
        self._loop = asyncio.get_running_loop()
        self._out = bytearray()
        self._scheduled = False
        self._paused = False
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._missing = 0
        self._silent_checks = 0
        self._deadline: asyncio.TimerHandle | None = None

    # what a transport does

    def _write(self, data: bytearray) -> None:
        """Takes these bytes across; they are the transport's own from now on."""
        raise NotImplementedError

    def _shut(self, at_once: bool) -> None:
        """Ends the connection, after what was written or without it."""
        raise NotImplementedError

    # what its owner does

    def send(self, frame: Frame) -> None:
        """Puts a frame on its way; the frames of one turn of the loop leave together."""
        if self.cause:
            return
        out = self._out
        start = len(out)
        out += _HEAD
        try:
            _encode_into(frame, out, start + _length.size)
        except BaseException:
            del out[start:]
            raise
        size = len(out) - start - _length.size
        if size > FRAME_LIMIT_BYTES:
            del out[start:]
            self._send_halves(frame)
            return
        _length.pack_into(out, start, size)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)
        elif len(out) > TURN_LIMIT_BYTES:
            self._hand_over()

    def flush(self) -> None:
        """Ends the turn: hands over what was sent in it."""
        self._scheduled = False
        self._hand_over()

    def close(self, cause: str = "bye") -> None:
        """Closes it after what was sent has left."""
        if not self.cause:
            if self._out:
                out, self._out = self._out, bytearray()
                self._write(out)
            self._end(cause, at_once=False)

    def abort(self, cause: str) -> None:
        """Closes it at once, as a crash of this side would."""
        self._end(cause, at_once=True)

    def stay_in_touch(self) -> None:
        """Asks a quiet party whether it is there, closes on a silent one; to be called every second or so.

        It counts checks and not seconds, so that nobody is blamed for a pause of this process.
        """
        if self._silent_checks >= SILENT_CHECKS:
            self._refuse("silent")
        elif self._silent_checks:
            self.send(Hello(self._mine.name, self._mine.incarnation))
        self._silent_checks += 1

    # what its transport tells

    def begin(self) -> None:
        """The connection is there."""
        self._deadline = self._loop.call_later(GREETING_WITHIN_S, self._refuse, "no greeting in time")
        if self._calls:
            self.send(self._mine)

    def feed(self, data: bytes) -> None:
        """These bytes came."""
        self._silent_checks = 0
        if self._parts:
            self._parts.append(data)
            self._parts_bytes += len(data)
            if self._parts_bytes < self._missing:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        end, total, view = 0, len(data), memoryview(data)
        while total - end >= _length.size and not self.cause:
            start = end + _length.size
            (size,) = _length.unpack_from(data, end)
            if size > FRAME_LIMIT_BYTES:
                self._refuse(f"a frame of {size} bytes")
                return
            if start + size > total:
                self._missing = _length.size + size
                break
            end = start + size
            self._take(view[start:end])
        else:
            self._missing = _length.size
        if end < total and not self.cause:
            self._parts.append(data[end:] if end else data)
            self._parts_bytes = total - end

    def pause(self) -> None:
        """The carrier has enough for now."""
        self._paused = True

    def resume(self) -> None:
        """The carrier takes more."""
        self._paused = False
        self._hand_over()

    def lost(self, cause: str) -> None:
        """The connection is gone."""
        if not self.cause:
            self._end(cause, at_once=True)

    def _take(self, body: memoryview) -> None:
        try:
            frame = decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(f"a malformed frame: {error}")
            return
        try:
            if type(frame) is not Hello and self.peer.name:
                self.on_frame(frame)
            elif not self.peer.name:
                self._greet(frame)
            elif not self._calls:
                self.send(Hello(self._mine.name, self._mine.incarnation))
        except Exception:
            _log.exception("link with %s: a %s broke its receiver", self.peer.name, type(frame).__name__)
            self._end("broken", at_once=True)

    def _greet(self, frame: Frame) -> None:
        if not isinstance(frame, Hello) or not frame.name:
            self._refuse("no greeting first")
        elif not hmac.compare_digest(frame.secret.encode(), self._mine.secret.encode()):
            self._refuse(f"a wrong secret from {frame.name!r}")
        elif frame.version != VERSION:
            self._refuse(f"version {frame.version} of {frame.name!r}, here is {VERSION}")
        elif self._expect and frame.name != self._expect:
            self._refuse(f"{frame.name!r} answered instead of {self._expect!r}")
        else:
            self.peer = frame
            if self._deadline is not None:
                self._deadline.cancel()
            if not self._calls:
                self.send(self._mine)
            self._welcome(self)
            self.greeted.set()

    def _hand_over(self) -> None:
        out = self._out
        if self._paused:
            if len(out) > WAITING_LIMIT_BYTES:
                self._refuse(f"slow: {len(out)} bytes wait for it")
        elif out:
            self._out = bytearray()
            self._write(out)

    def _send_halves(self, frame: Frame) -> None:
        name = _ITEMS.get(type(frame), "")
        items = getattr(frame, name, ())
        if len(items) < 2:
            self.on_too_large(frame)
            return
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            self.send(msgspec.structs.replace(frame, **{name: half}))

    def _refuse(self, cause: str) -> None:
        _log.warning("link of %s with %s closed: %s", self._mine.name, self.peer.name or "a stranger", cause)
        self._end(cause, at_once=True)

    def _end(self, cause: str, at_once: bool) -> None:
        if self.cause:
            return
        self.cause = cause
        if self._deadline is not None:
            self._deadline.cancel()
        self._out = bytearray()
        self._parts.clear()
        self._shut(at_once)
        self._loop.call_soon(self._tell_closed)

    def _tell_closed(self) -> None:
        self.closed.set()
        self.greeted.set()
        if self.peer.name:
            self.on_closed(self.cause)


def _unheard(_: object) -> None:
    """Nobody listens yet."""


def _too_large(frame: Frame) -> None:
    _log.error("dropped: a %s of one item that is over %d bytes", type(frame).__name__, FRAME_LIMIT_BYTES)
