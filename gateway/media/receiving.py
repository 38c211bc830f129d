"""The upload door: bytes that come to a sealed address go on to the store, a part at a time."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256

from aiohttp import web

from gateway.media.uploads import PATH, Uploads, check_size, original_of
from protocol.errors import Malformed, Overloaded, Rejected
from protocol.media import PROCESSING, READY, UPLOADING, Declared

WITHIN_S = 600.0  # 50 MB at 700 kbit/s
SILENT_FOR_S = 20.0  # between two parts
AT_ONCE = 64  # a part and two sockets each
PART_BYTES = 64 * 1024
CORS = {"Access-Control-Allow-Origin": "*"}  # an address is all that one needs; no cookie is looked at
PREFLIGHT = {
    **CORS, "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}  # fmt: skip


class Receiving:
    """Takes uploads in."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads, self._under_way = uploads, 0

    def routes(self) -> list[web.RouteDef]:
        """Where they come to."""
        path = PATH + "{media:[0-9a-f]{16}}"
        return [web.put(path, self.receive), web.options(path, self.allow)]

    async def allow(self, request: web.Request) -> web.Response:
        """Pages of any origin may upload."""
        return web.Response(status=204, headers=PREFLIGHT)

    async def receive(self, request: web.Request) -> web.Response:
        """One upload, whole; what was received already is not taken twice."""
        media, query = request.match_info["media"], request.query
        expires = query.get("e", "")
        if not expires.isdigit():
            raise Rejected("upload.closed", "this address is not good: ask for one")
        record = await self._uploads.expected(media, expires, query.get("s", ""))
        if record.status in (PROCESSING, READY):
            return web.Response(headers={**CORS, "Connection": "close"})
        if record.status != UPLOADING:
            raise Rejected("media.gone", "this upload failed, or was not used in time: ask for another one")
        size = request.content_length
        if size is None:
            raise web.HTTPLengthRequired
        check_size(record.declared, size)
        kind = record.declared.content_type
        if kind not in (None, request.content_type):
            raise Rejected("upload.type_wrong", f"{kind} was announced, and {request.content_type} came")
        if self._under_way >= AT_ONCE:
            raise Overloaded("too many uploads are under way: try again in a moment")
        self._under_way += 1
        source = Source(request, size, record.declared)
        try:
            await self._uploads.objects.put(
                original_of(record), source.parts(), size, "application/octet-stream"
            )
        except Exception:
            if source.error is not None:
                raise source.error from None  # not the store's fault
            raise
        finally:
            self._under_way -= 1
        digest = source.digest.hexdigest()
        await self._uploads.received(media, record.owner, size, digest)
        return web.Response(headers={**CORS, "ETag": f'"{digest}"'})


# Longer than any other request may take.
vars(Receiving.receive)["within_s"] = WITHIN_S


class Source:
    """The bytes of one upload: the last part is handed on only when all of them are what was declared."""

    def __init__(self, request: web.Request, size: int, declared: Declared) -> None:
        self._request, self._size, self._declared = request, size, declared
        self.digest = sha256()
        self.error: Exception | None = None

    async def parts(self) -> AsyncIterator[bytes]:
        """As they come."""
        try:
            held = b""
            while part := await self._next():
                if held:
                    yield held
                held = part
            self._check()
            yield held
        except Exception as error:
            self.error = error
            raise

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(SILENT_FOR_S):
                part = await self._request.content.read(PART_BYTES)
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="the bytes did not come in time") from None
        except (OSError, web.RequestPayloadError) as error:
            raise Malformed("the upload was cut on its way: send it again") from error
        self.digest.update(part)
        self._size -= len(part)
        return part

    def _check(self) -> None:
        if self._size:
            raise Malformed("the upload was cut on its way: send it again")
        if self._declared.sha256 not in (None, self.digest.hexdigest()):
            raise Rejected(
                "upload.checksum_wrong", "these are not the bytes that were announced: send them again"
            )
