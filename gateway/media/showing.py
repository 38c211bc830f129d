"""The door of photos: who may see one is asked anew each time, then it streams from the store."""

import re
from hmac import compare_digest

from aiohttp import web

from gateway.media.addresses import ORIGINAL, ROOT, PhotoAddresses, key_of, path_of
from gateway.media.receiving import CORS
from gateway.ports import Cells, MediaObjects, ObjectMissing, RangeBeyond
from gateway.privacy.view import Surface, Thing, Viewer, can_view
from protocol.errors import Rejected
from protocol.ids import post_ref, user_ref
from protocol.photo import Photo
from protocol.post import PostCard, ViewPost
from protocol.user_relations import ReadStanding, Standing

WITHIN_S = 120.0
FRESH_S = 60  # what a cache may still show after a photo was withdrawn
SUFFIXES = {"jpeg": "jpg", "webp": "webp", "avif": "avif"}
FORMATS = {suffix: format for format, suffix in SUFFIXES.items()}
BEST = ("avif", "webp")  # where the viewer says that it takes them
ONE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
FILE = re.compile(r"(?P<what>150|320|640|1080|original)(?:\.(?P<suffix>jpg|webp|avif))?")


class Showing:
    """Hands photos out."""

    def __init__(self, cells: Cells, objects: MediaObjects, addresses: PhotoAddresses) -> None:
        self._cells, self._objects, self._addresses = cells, objects, addresses

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        path = ROOT + "/{post:[0-9a-f]{16}}/{number:[0-9]}/{key:[A-Za-z0-9_-]{22}}/{file}"
        return [web.get(path, self.show)]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One size of a photo, in the best format that the viewer takes."""
        given = request.match_info
        file = FILE.fullmatch(given["file"])
        if file is None:
            raise _unknown()
        number = int(given["number"])
        path = path_of(given["post"], number, given["key"], file["what"])
        card, is_open = await self._admitted(request, given["post"], path)
        held = card.photos[number] if number < len(card.photos) else None
        if held is None or held.photo is None or not compare_digest(key_of(held), given["key"]):
            raise _unknown()
        if file["what"] == ORIGINAL:
            if is_open or request.query["v"] != card.author_id or file["suffix"]:
                raise _unknown()
            return await self._sent(request, held.photo, ORIGINAL, "", is_open)
        format = _format_of(held.photo, file["suffix"], request.headers.get("Accept", ""))
        if int(file["what"]) not in {size.rung for size in held.photo.sizes}:
            raise _unknown()
        return await self._sent(request, held.photo, file["what"], format, is_open)

    async def _admitted(self, request: web.Request, post: str, path: str) -> tuple[PostCard, bool]:
        """The post, if whoever shows this address may see it now; and whether everybody may."""
        query = request.query
        if "s" in query:
            viewer, until = query.get("v", ""), query.get("e", "")
            if not until.isdigit() or not self._addresses.viewer_of(path, viewer, until, query["s"]):
                raise Rejected("media.closed", "this address is not good, or no longer: read the post anew")
            return await self._card(post, viewer), False
        card = await self._card(post, "")
        standing = await self._cells.ask(user_ref(card.author_id), ReadStanding(), "", None)
        assert isinstance(standing, Standing)
        anyone = Viewer(user="", blocked=standing.away)
        thing = Thing(card.author_id, card.audience, standing.private)
        if not can_view(anyone, thing, Surface.POST):
            raise _unknown()
        return card, True

    async def _card(self, post: str, viewer: str) -> PostCard:
        card = await self._cells.ask(post_ref(post), ViewPost(), viewer, None)
        assert isinstance(card, PostCard)
        return card

    async def _sent(
        self, request: web.Request, photo: Photo, what: str, format: str, is_open: bool
    ) -> web.StreamResponse:
        headers = _headers(photo, what, format, is_open)
        tag = headers["ETag"]
        if tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        wanted = request.headers.get("Range", "")
        if not ONE_RANGE.fullmatch(wanted) or request.headers.get("If-Range", tag) != tag:
            wanted = ""  # several ranges, or another version: the whole is a good answer too
        name = f"photos/{photo.folder}/{what}" + (f".{SUFFIXES[format]}" if format else "")
        try:
            async with self._objects.opened(name, wanted) as body:
                headers["Content-Length"] = str(body.size_bytes)
                if body.content_range:
                    headers["Content-Range"] = body.content_range
                response = web.StreamResponse(status=206 if body.content_range else 200, headers=headers)
                await response.prepare(request)
                if request.method != "HEAD":
                    async for part in body.parts:
                        await response.write(part)
                await response.write_eof()
                return response
        except ObjectMissing:
            raise _unknown() from None
        except RangeBeyond:
            raise web.HTTPRequestRangeNotSatisfiable(headers={"Cache-Control": "no-store"}) from None


vars(Showing.show)["within_s"] = WITHIN_S


def _format_of(photo: Photo, suffix: str | None, accept: str) -> str:
    if suffix is not None:
        if FORMATS[suffix] not in photo.formats:
            raise _unknown()
        return FORMATS[suffix]
    taken = (one for one in BEST if one in photo.formats and f"image/{one}" in accept)
    return next(taken, "jpeg")


def _headers(photo: Photo, what: str, format: str, is_open: bool) -> dict[str, str]:
    key = photo.folder.rpartition("/")[2]
    headers = {
        **CORS,
        "ETag": f'"{key}-{what}-{format}"',
        "Cache-Control": f"{'public' if is_open else 'private'}, max-age={FRESH_S}",
        "Vary": "Accept",
        "Accept-Ranges": "bytes",
        "Content-Type": f"image/{format}" if format else "application/octet-stream",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if not format:
        headers["Content-Disposition"] = "attachment"  # as it came: nothing of it is shown by a browser
    return headers


def _unknown() -> Rejected:
    return Rejected("media.unknown", "there is no such photo")
