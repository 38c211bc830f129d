"""Errors as problem+json (RFC 9457), each with its stable code."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

from protocol.errors import Malformed, MantaError, Quarantined, Rejected, TooLarge, Unknown

log = logging.getLogger("manta.gateway")

RETRY_AFTER_S = 1
REQUEST_S = 15.0  # the longest that one request may take, its body included
# What actors reject, by the end of its code; all else is 422.
REJECTIONS = {"unknown": 404, "gone": 410, "taken": 409, "not_yours": 403, "missing": 401, "closed": 403}
REFUSALS: dict[type[MantaError], int] = {Malformed: 400, TooLarge: 413, Quarantined: 500}
CODES = {400: Malformed.code, 413: TooLarge.code}  # what the server itself finds

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def status_of(error: MantaError) -> int:
    """The HTTP status of an error."""
    if error.retry:
        return 503
    if isinstance(error, Rejected):
        return REJECTIONS.get(error.code.rpartition(".")[2], 422)
    return REFUSALS.get(type(error), 500)


def problem(status: int, code: str, text: str, retry: bool = False) -> web.Response:
    """The answer that says what went wrong and whether to try again."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": text,
        "code": code,
        "retry": retry,
    }
    headers = {"Retry-After": str(RETRY_AFTER_S)} if retry else None
    raw = msgspec.json.encode(body)
    return web.Response(body=raw, status=status, headers=headers, content_type="application/problem+json")


@web.middleware
async def as_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns whatever is raised into a problem, and ends what takes too long."""
    try:
        async with asyncio.timeout(REQUEST_S):
            return await handler(request)
    except MantaError as error:
        return problem(status_of(error), error.code, error.text, error.retry)
    except TimeoutError:
        return problem(
            503, Unknown.code, "no answer in time: send the same again, with the same key", retry=True
        )
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = problem(error.status, CODES.get(error.status, f"http.{error.status}"), error.reason)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        log.exception("a fault in %s %s", request.method, request.path)
        return problem(500, MantaError.code, "a fault of ours")
