"""aiohttp's side of one connection, where even what is no HTTP gets a coded answer, and no log quotes it."""

import asyncio
import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.web_request import BaseRequest

from gateway.rest.problems import CODES, place_of, problem

log = logging.getLogger("manta.gateway.rest")


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
        code = CODES.get(status, f"http.{status}" if status < 500 else "internal")
        answer = problem(status, code, HTTPStatus(status).phrase)
        answer.force_close()
        return answer


def connection(server: web.Server) -> Connection:
    """One more connection of a server, as the server itself would make it."""
    return Connection(server, loop=asyncio.get_running_loop(), **server._kwargs)
