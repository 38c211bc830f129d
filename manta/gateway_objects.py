"""The gateway's `MediaObjects`: streams of the bucket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from cluster.ports import StorageDown
from cluster.storage.s3_streams import Body, Missing, S3Streams, Unsatisfiable
from gateway.ports import ObjectMissing, RangeBeyond
from protocol.errors import Unavailable

AWAY = "the store of photos does not answer just now: try again"


class GatewayObjects:
    """Says in the gateway's words what the bucket says."""

    def __init__(self, streams: S3Streams) -> None:
        self._streams = streams

    def upload_address(self, name: str, headers: Mapping[str, str], expires_s: int) -> str:
        """Where a phone puts an object by itself."""
        return self._streams.upload_address(name, headers, expires_s)

    async def put(self, name: str, parts: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        """Stores an object whole, or not at all."""
        try:
            await self._streams.put(name, parts, size_bytes, content_type)
        except StorageDown as error:
            raise Unavailable(AWAY) from error

    async def size_of(self, name: str) -> int | None:
        """How large it is."""
        try:
            return await self._streams.size_of(name)
        except StorageDown as error:
            raise Unavailable(AWAY) from error

    @asynccontextmanager
    async def opened(self, name: str, range: str = "") -> AsyncIterator[Body]:
        """An object as it comes."""
        try:
            async with self._streams.opened(name, range) as body:
                yield body
        except Missing:
            raise ObjectMissing(name) from None
        except Unsatisfiable:
            raise RangeBeyond(name) from None
        except StorageDown as error:
            raise Unavailable(AWAY) from error
