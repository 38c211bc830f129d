"""What leaves at the end of this turn of the loop: one write for each socket, whatever it consists of."""

import asyncio
from typing import Protocol


class Writer(Protocol):
    """A socket."""

    def write(self, data: bytes) -> None:
        """Sends it, if there is room."""


class Outbox:
    """Replies and other frames for single sockets; nothing is held for one that has nothing to hear."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._held: dict[Writer, bytes] = {}

    def add(self, writer: Writer, frame: bytes) -> None:
        """Sends it with all else that this socket gets in this turn."""
        held = self._held
        if not held:
            self._loop.call_soon(self.flush)
        before = held.get(writer)
        held[writer] = frame if before is None else before + frame

    def flush(self) -> None:
        """Sends now what is there."""
        held, self._held = self._held, {}
        for writer, data in held.items():
            writer.write(data)

    def taken(self, writer: Writer) -> bytes:
        """What is held for one, which is sent no more."""
        return self._held.pop(writer, b"")
