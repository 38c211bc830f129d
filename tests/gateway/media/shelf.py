"""A store for tests: objects in memory, handed on in parts; it can be made to be away."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from gateway.ports import ObjectMissing, RangeBeyond
from protocol.errors import Unavailable


class Body(msgspec.Struct, frozen=True):
    """An object as it comes."""

    size_bytes: int
    content_range: str
    parts: AsyncIterator[bytes]


class ObjectShelf:
    """A `MediaObjects`."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.public = ""
        self.away = False

    def upload_address(self, name: str, headers: Mapping[str, str], expires_s: int) -> str:
        return f"{self.public}/{name}?headers={','.join(headers)}" if self.public else ""

    async def put(self, name: str, parts: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        body = b"".join([part async for part in parts])
        if self.away or len(body) != size_bytes:
            raise Unavailable("planted")
        self.objects[name] = body

    async def size_of(self, name: str) -> int | None:
        return len(self.objects[name]) if name in self.objects else None

    @asynccontextmanager
    async def opened(self, name: str, range: str = "") -> AsyncIterator[Body]:
        if name not in self.objects:
            raise ObjectMissing(name)
        body, content_range = self.objects[name], ""
        if range:
            first, last = (int(end) for end in range.removeprefix("bytes=").split("-"))
            if first >= len(body):
                raise RangeBeyond(name)
            content_range = f"bytes {first}-{last}/{len(body)}"
            body = body[first : last + 1]

        async def parts() -> AsyncIterator[bytes]:
            yield body

        yield Body(len(body), content_range, parts())
