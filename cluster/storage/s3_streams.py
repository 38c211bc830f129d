"""Large objects of a bucket of S3 as streams: none of them is ever whole in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from cluster.embedded.s3_door import Bucket
from cluster.ports import StorageDown
from cluster.storage.s3_signing import signed_address

CONNECT_WITHIN_S = 3.0
SILENT_FOR_S = 20.0  # between two parts of a body
CONNECTIONS = 64
PART_BYTES = 64 * 1024
SIGNED_FOR_S = 900
TRIES = 3  # of what can be repeated
PAUSE_S = 0.2
_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)


class Missing(Exception):
    """There is no object of this name."""


class Unsatisfiable(Exception):
    """The object has no such range."""


class Body(msgspec.Struct, frozen=True):
    """An object, or the range of it that was asked for, as it comes."""

    size_bytes: int
    content_range: str  # empty for the whole
    parts: AsyncIterator[bytes]


class S3Streams:
    """One bucket; its connections open with the first call."""

    def __init__(self, bucket: Bucket, public_url: str = "", now_s: Callable[[], float] = time.time) -> None:
        self._bucket, self._public_url, self._now_s = bucket, public_url, now_s
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()

    def upload_address(self, name: str, headers: Mapping[str, str], expires_s: int) -> str:
        """Where a phone puts this object by itself; empty where it cannot reach the bucket."""
        if not self._public_url:
            return ""
        return signed_address(
            self._bucket, "PUT", name, expires_s, self._now_s(), headers, endpoint=self._public_url
        )

    async def put(self, name: str, parts: AsyncIterator[bytes], size_bytes: int, content_type: str) -> None:
        """Stores an object whole, or not at all; what `parts` raises goes on."""
        headers = {"Content-Length": str(size_bytes), "Content-Type": content_type}
        try:
            async with self._opened().put(self._address("PUT", name), data=parts, headers=headers) as answer:
                await _require(answer, "put", name)
        except _ERRORS as error:
            raise StorageDown(f"cannot put {name!r}: {type(error).__name__}: {error}") from error

    async def size_of(self, name: str) -> int | None:
        """How large an object is; None when there is none."""
        try:
            async with self._opened().head(self._address("HEAD", name)) as answer:
                if answer.status == 404:
                    return None
                await _require(answer, "look at", name)
                return int(answer.headers["Content-Length"])
        except _ERRORS as error:
            raise StorageDown(f"cannot look at {name!r}: {type(error).__name__}: {error}") from error

    @asynccontextmanager
    async def opened(self, name: str, range: str = "") -> AsyncIterator[Body]:
        """An object as it comes; raises Missing, Unsatisfiable or StorageDown."""
        headers = {"Range": range} if range else {}
        async with AsyncExitStack() as stack:
            try:
                request = self._opened().get(self._address("GET", name), headers=headers)
                answer = await stack.enter_async_context(request)
                if answer.status == 404:
                    raise Missing(name)
                if answer.status == 416:
                    raise Unsatisfiable(name)
                await _require(answer, "get", name)
            except _ERRORS as error:
                raise StorageDown(f"cannot get {name!r}: {type(error).__name__}: {error}") from error
            content_range = answer.headers.get("Content-Range", "") if answer.status == 206 else ""
            yield Body(int(answer.headers["Content-Length"]), content_range, _read(answer, name))

    async def delete(self, name: str) -> None:
        """Removes an object, if it is there."""
        try:
            async with self._opened().delete(self._address("DELETE", name)) as answer:
                if answer.status != 404:
                    await _require(answer, "delete", name)
        except _ERRORS as error:
            raise StorageDown(f"cannot delete {name!r}: {type(error).__name__}: {error}") from error

    # files

    async def fetch(self, name: str, to: Path, limit_bytes: int) -> int:
        """Writes an object into a file, up to a limit; its size. Raises Missing or StorageDown."""
        size = 0
        with to.open("wb") as file:
            async with self.opened(name) as body:
                async for part in body.parts:
                    await asyncio.to_thread(file.write, part[: limit_bytes - size])
                    size += len(part)
                    if size >= limit_bytes:
                        return limit_bytes
        return size

    async def put_file(self, name: str, file: Path, content_type: str) -> None:
        """Stores a file; asked again when the store stumbles."""
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                await self.put(name, _parts_of(file), file.stat().st_size, content_type)
                return
            except StorageDown:
                if last:
                    raise
                await asyncio.sleep(PAUSE_S)

    def _address(self, method: str, name: str) -> URL:
        address = signed_address(self._bucket, method, name, SIGNED_FOR_S, self._now_s())
        return URL(address, encoded=True)  # quoted anew it would not fit its signature

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN_S, sock_read=SILENT_FOR_S)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS), timeout=timeout, auto_decompress=False
            )
        return self._session


async def _require(answer: aiohttp.ClientResponse, what: str, name: str) -> None:
    if answer.status >= 300:
        said = (await answer.text(errors="replace"))[:200]
        raise StorageDown(f"cannot {what} {name!r}: {answer.status} {said}")


async def _read(answer: aiohttp.ClientResponse, name: str) -> AsyncIterator[bytes]:
    try:
        async for part in answer.content.iter_chunked(PART_BYTES):
            yield part
    except _ERRORS as error:
        raise StorageDown(f"cannot read {name!r}: {type(error).__name__}: {error}") from error


async def _parts_of(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as opened:
        while part := await asyncio.to_thread(opened.read, PART_BYTES):
            yield part
