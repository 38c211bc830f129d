"""aiohttp's side of one connection, where even what is no HTTP gets a coded answer, and no log quotes it."""

import asyncio
import logging
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.web_request import BaseRequest

from gateway.rest.problems import CODES, place_of, problem

log = logging.getLogger("manta.gateway.rest")

TEXTS = {
    400: "cannot be read: send a request of HTTP/1.1, a header in each line, and a body as long as it says",
    417: "nothing but 100-continue can be expected here: leave Expect out",
    500: "a fault of ours",
}


class Connection(web.RequestHandler):
    """Answers what cannot be read as a request."""

    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A problem without details: aiohttp's own text quotes the header that it could not read."""
        level = logging.DEBUG if status < 500 else logging.ERROR
        log.log(level, "no request", extra={"status": status, **(place_of(exc) if exc else {})})
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        if status < 500:
            request._version = HttpVersion11  # aiohttp's stand-in for what it could not read says 1.0
        return _coded(status)

    async def finish_response(
        self, request: BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Sends the answer; what aiohttp refused before any handler saw it is no problem+json yet."""
        if isinstance(resp, web.HTTPException) and resp.status >= 400:
            resp = _coded(resp.status)
        return await super().finish_response(request, resp, start_time)


def _coded(status: int) -> web.Response:
    code = CODES.get(status, f"http.{status}" if status < 500 else "internal")
    answer = problem(status, code, TEXTS.get(status, HTTPStatus(status).phrase))
    answer.headers["Server"] = "Manta"
    answer.force_close()
    return answer


def connection(server: web.Server) -> Connection:
    """One more connection of a server, as the server itself would make it."""
    return Connection(server, loop=asyncio.get_running_loop(), **server._kwargs)
