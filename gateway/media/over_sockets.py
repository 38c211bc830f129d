"""Uploads over the socket: the gateway answers, as only it can seal an address."""

import asyncio

from gateway.media.uploads import Uploads
from gateway.own_words import with_word
from gateway.ports import Begun, ClientCommands
from protocol.media import Declared
from protocol.messages import Command, Reply
from protocol.upload import RequestUpload, UploadGranted


def with_uploads(commands: ClientCommands) -> ClientCommands:
    """What a phone may say, this word included."""
    return with_word(commands, RequestUpload)


class UploadingCells:
    """The `Begun` of the sockets, with this one word answered here."""

    def __init__(self, cells: Begun, uploads: Uploads) -> None:
        self._cells, self._uploads = cells, uploads

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        if type(command) is RequestUpload:
            return asyncio.ensure_future(self._granted(command, caller, call or ""))
        return self._cells.begin(ref, command, caller, call, timeout_s)

    async def _granted(self, asked: RequestUpload, user: str, call: str) -> Reply:
        """The same as over HTTP under the same key."""
        declared = Declared(asked.content_type, asked.size_bytes, asked.sha256)
        grant = await self._uploads.announce(user, f"upload:{call}", declared, "")
        return UploadGranted(grant.media, grant.url, grant.headers, grant.expires_at)
