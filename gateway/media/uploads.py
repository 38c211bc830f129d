"""Uploads: announced with an address to which the bytes go, and looked after until a post shows them."""

import asyncio
import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from gateway.asking import Asker
from gateway.media.seals import MediaSeals
from gateway.ports import MediaObjects
from protocol.darkroom import DARKROOM, JobsKept, ReadJobs
from protocol.errors import Overloaded, Rejected
from protocol.ids import derived_id
from protocol.media import (
    FAILED,
    GONE,
    SIZE_LIMIT_BYTES,
    UPLOADING,
    AnnounceMedia,
    Declared,
    MediaRecord,
    ReadMedia,
    ReceiveMedia,
    media_ref,
)

GOOD_FOR_S = 900
JOBS_LIMIT = 10_000  # that wait or died; beyond it no upload is announced
PATH = "/s3/uploads/"


class Grant(msgspec.Struct, frozen=True):
    """An upload that is expected, and the address that takes its bytes."""

    media: str
    url: str
    expires_at: int  # ms
    headers: dict[str, str]  # that the bytes must come with


class Uploads:
    """What a gateway does for uploads before their bytes come and after."""

    def __init__(
        self, asker: Asker, objects: MediaObjects, seals: MediaSeals, now_s: Callable[[], float]
    ) -> None:
        self._asker, self._now_s = asker, now_s
        self.objects, self.seals = objects, seals

    async def announce(self, user: str, call: str, declared: Declared, origin: str) -> Grant:
        """Expects an upload; the same call again gets the same one, and a fresh address."""
        jobs = await self._asker.read(JobsKept, DARKROOM, ReadJobs(), "")
        if jobs.waiting + jobs.leased + jobs.dead_count >= JOBS_LIMIT:
            raise Overloaded("too many photos wait to be processed: try again later")
        media, now_s = derived_id("post", user, call), self._now_s()
        folder = f"{datetime.fromtimestamp(now_s, UTC):%Y/%m/%d}/{secrets.token_urlsafe(16)}"
        command = AnnounceMedia(folder, declared)
        record = await self._asker.write(MediaRecord, media_ref(media), command, user, call)
        headers = _headers(record.declared)
        expires_s = int(now_s) + GOOD_FOR_S
        url = self.objects.upload_address(original_of(record), headers, GOOD_FOR_S)
        if not url:
            headers = {name: value for name, value in headers.items() if name == "Content-Type"}
            url = f"{origin}{PATH}{media}?e={expires_s}&s={self.seals.of('upload', media, str(expires_s))}"
        return Grant(media, url, expires_s * 1_000, headers)

    async def expected(self, media: str, expires: str, seal: str) -> MediaRecord:
        """The upload of an address that was shown to us; raises Rejected."""
        is_ours = self.seals.fits(seal, "upload", media, expires)
        if not is_ours or int(expires) < self._now_s():
            raise Rejected("upload.closed", "this address is not good, or no longer: ask for another one")
        return await self._asker.read(MediaRecord, media_ref(media), ReadMedia(), "")

    async def received(self, media: str, owner: str, size_bytes: int, sha256: str) -> None:
        """All bytes are in the store."""
        command = ReceiveMedia(size_bytes, sha256)
        await self._asker.write(MediaRecord, media_ref(media), command, owner, f"receive:{media}")

    async def require(self, user: str, wanted: Sequence[str]) -> None:
        """Raises Rejected unless the bytes of all these uploads of the user are there."""
        await asyncio.gather(*[self._require(user, media) for media in dict.fromkeys(wanted)])

    async def _require(self, user: str, media: str) -> None:
        record = await self._asker.read(MediaRecord, media_ref(media), ReadMedia(), "")
        if record.owner != user:
            raise Rejected("media.unknown", f"there is no upload {media} of yours")
        if record.status in (FAILED, GONE):
            raise Rejected(
                "media.gone", f"the upload {media} failed, or was not used in time: upload it again"
            )
        if record.status != UPLOADING:
            return
        size = await self.objects.size_of(original_of(record))  # it went by our doors, or its word got lost
        if size is None:
            raise Rejected(
                "media.not_uploaded", f"the bytes of {media} did not come yet: put them to its address"
            )
        check_size(record.declared, size)
        await self.received(media, user, size, "")


def original_of(record: MediaRecord) -> str:
    """Where the bytes lie as they came."""
    return f"photos/{record.folder}/original"


def check_size(declared: Declared, size: int) -> None:
    """Raises Rejected unless so many bytes may come."""
    if not 0 < size <= SIZE_LIMIT_BYTES:
        raise Rejected("upload.size_wrong", f"an upload has 1 to {SIZE_LIMIT_BYTES:,} bytes")
    if declared.size_bytes not in (None, size):
        raise Rejected(
            "upload.size_wrong", f"{declared.size_bytes:,} bytes were announced, and {size:,} came"
        )


def _headers(declared: Declared) -> dict[str, str]:
    """What binds an address to the bytes, as far as they were declared."""
    headers = {}
    if declared.content_type is not None:
        headers["Content-Type"] = declared.content_type
    if declared.size_bytes is not None:
        headers["Content-Length"] = str(declared.size_bytes)
    if declared.sha256 is not None:
        headers["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(declared.sha256)).decode()
    return headers
