"""A socket as the fan-out sees it, without a socket: it remembers each write, and when it came."""

from collections.abc import Callable
from typing import Any

import msgspec

from gateway.ws.forms import PACKED, Form
from gateway.ws.topic import Veil
from tests.cluster.site import now_s


class Ear:
    """Quick ones take half of what a volley sends, as a kernel that has little room."""

    def __init__(self, form: Form = PACKED, is_quick: bool = True) -> None:
        self.form = form
        self.is_quick = is_quick
        self.saves = False
        self.breaks = False
        self.writes: list[tuple[float, bytes]] = []
        self.taken: list[str] = []
        self.hides: Veil | None = None

    def aim(self) -> Callable[[bytes], int] | None:
        return self._send if self.is_quick and not self.saves and self.form is PACKED else None

    def veil(self) -> Veil | None:
        return self.hides

    def _send(self, data: bytes) -> int:
        if self.breaks:
            raise BrokenPipeError
        half = len(data) // 2
        self.writes.append((now_s(), data[:half]))
        return half

    def send_rest(self, data: bytes) -> None:
        if self.breaks:
            return
        at_s, begun = self.writes.pop()
        self.writes.append((at_s, begun + data))

    def is_reluctant(self) -> bool:
        return self.saves

    def write(self, data: bytes) -> None:
        self.writes.append((now_s(), data))

    def unwatched(self, topic: str) -> None:
        self.taken.append(topic)

    def heard(self) -> list[int | str]:
        """Numbers of pushes, counts of likes as text, and other messages by their type."""
        found: list[int | str] = []
        for _, data in self.writes:
            for message in messages_in(data):
                if message["type"] != "push":
                    found.append(message["type"])
                elif message["number"]:
                    found.append(message["number"])
                else:
                    found.append(str(message["message"]["like_count"]))
        return found


def messages_in(data: bytes) -> list[dict[str, Any]]:
    found = []
    while data:
        size, at = data[1], 2
        if size == 126:
            size, at = int.from_bytes(data[2:4]), 4
        decode = msgspec.json.decode if data[0] == 0x81 else msgspec.msgpack.decode
        found.append(decode(data[at : at + size]))
        data = data[at + size :]
    return found
