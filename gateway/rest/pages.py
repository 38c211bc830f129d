"""The web app: files that were built, served from memory, under a policy that lets nothing else in."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
GUARDS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
INDEX, STAMP = "index.html", "made-from"
ASSETS = "assets/"  # their names change with what is in them
FOR_EVER, EACH_TIME = "public, max-age=31536000, immutable", "no-cache"
# What is no file of the app is one of its pages; the two are left to others, with answers of their own.
PATH = "/{path:(?!api/|s3/).*}"
NOT_BUILT = (
    "Manta serves, but its pages were not built here: `make run` builds them and says what is missing.\n"
    "All that they do can be done over HTTP: see /docs.\n"
)


class PageFile(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    body: bytes
    packed: bytes  # as gzip, where there is that
    kind: str
    tag: str
    cache: str


class Pages:
    """The files of one build; a new build takes the place of the old one by itself."""

    def __init__(self, folder: Path, uploads_at: str = "") -> None:
        self._folder = folder
        policy = POLICY.replace("connect-src 'self'", f"connect-src 'self' {uploads_at}".rstrip())
        self._guards = GUARDS | {"Content-Security-Policy": policy}
        self._built = 0
        self._files: dict[str, PageFile] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where they are served: after all else, as it takes what nobody else does."""
        return [web.get(PATH, self.view)]

    async def view(self, request: web.Request) -> web.Response:
        """A file, or the page that finds out by itself what it is to show."""
        self._refresh()
        path = request.match_info["path"]
        file = self._files.get(path)
        if file is None:
            if path and "text/html" not in request.headers.get("Accept", ""):
                raise web.HTTPNotFound
            file = self._files.get(INDEX)
        if file is None:
            return web.Response(text=NOT_BUILT, status=503)
        return _sent(file, request, self._guards)

    def _refresh(self) -> None:
        """Reads the files anew when their stamp is another one: one look at the disk for each request."""
        try:
            built = (self._folder / STAMP).stat().st_mtime_ns
        except FileNotFoundError:
            return
        if built != self._built:
            self._files = {
                file.relative_to(self._folder).as_posix(): _read(file, self._folder)
                for file in self._folder.rglob("*")
                if file.suffix in TYPES
            }
            self._built = built


def _read(file: Path, folder: Path) -> PageFile:
    body, packed = file.read_bytes(), Path(f"{file}.gz")
    is_asset = file.relative_to(folder).as_posix().startswith(ASSETS)
    return PageFile(
        body, packed.read_bytes() if packed.exists() else b"", TYPES[file.suffix],
        f'"{sha256(body).hexdigest()[:24]}"', FOR_EVER if is_asset else EACH_TIME,
    )  # fmt: skip


def _sent(file: PageFile, request: web.Request, guards: Mapping[str, str]) -> web.Response:
    headers = {"Cache-Control": file.cache, "ETag": file.tag, "Vary": "Accept-Encoding", **guards}
    if request.headers.get("If-None-Match") == file.tag:
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = file.kind
    if file.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.packed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=file.body, headers=headers)
