"""All doors of photos, put together once for each gateway."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from gateway.asking import Asker
from gateway.media.addresses import PhotoAddresses
from gateway.media.receiving import Receiving
from gateway.media.seals import MediaSeals
from gateway.media.showing import Showing
from gateway.media.uploads import Uploads
from gateway.ports import Cells, MediaObjects, ObjectBody
from protocol.errors import Unavailable


class MediaDoors:
    """What comes in, what goes out; `cells` are the guarded ones."""

    def __init__(
        self, cells: Cells, objects: MediaObjects | None, key: bytes, now_s: Callable[[], float] = time.time
    ) -> None:
        seals, objects = MediaSeals(key), objects or NoObjects()
        self.addresses = PhotoAddresses(seals, now_s)
        self.uploads = Uploads(Asker(cells), objects, seals, now_s)
        self._receiving = Receiving(self.uploads)
        self._showing = Showing(cells, objects, self.addresses)

    def routes(self) -> list[web.RouteDef]:
        """What is served beside the REST of posts."""
        return [*self._receiving.routes(), *self._showing.routes()]


class NoObjects:
    """Where an installation has no store."""

    def upload_address(self, name: str, headers: Mapping[str, str], expires_s: int) -> str:
        """Nowhere."""
        raise _none()

    async def put(self, name: str, parts: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        """Stores nothing."""
        raise _none()

    async def size_of(self, name: str) -> int | None:
        """Of nothing."""
        raise _none()

    def opened(self, name: str, range: str = "") -> AbstractAsyncContextManager[ObjectBody]:
        """Opens nothing."""
        raise _none()


def _none() -> Unavailable:
    return Unavailable("this gateway has no store for photos")
