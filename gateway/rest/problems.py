"""Errors as problem+json (RFC 9457), each with its stable code."""

import asyncio
import logging
import math
import traceback
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from time import monotonic

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from gateway.meter import Meter
from gateway.rest.caller import KEY_OF, USER_OF
from gateway.rest.shapes import Problem
from protocol.errors import Malformed, MantaError, Quarantined, Rejected, TooFast, TooLarge, Unknown

log = logging.getLogger("manta.gateway.rest")

REQUEST_ID = "Request-Id"
PROBLEM = "application/problem+json"
RETRY_AFTER_S = 1
REQUEST_S = 15.0  # the longest that one request may take, its body included
SLOW_S = 1.0  # what takes longer is logged
# What actors and doors reject, by the last word of its code; all else is 422.
REJECTIONS = {
    "unknown": 404, "gone": 410, "taken": 409, "late": 409, "not_yours": 403, "closed": 403,
    "limited": 403, "suspended": 403, "private": 403, "blocked": 403, "needed": 403, "refused": 403,
    "missing": 401, "wrong": 401, "expired": 401, "revoked": 401, "ended": 401,
}  # fmt: skip
REFUSALS: dict[type[MantaError], int] = {Malformed: 400, TooLarge: 413, Quarantined: 500, TooFast: 429}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
CODES = {400: Malformed.code, 413: TooLarge.code}  # what the server itself finds

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def status_of(error: MantaError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, Rejected):
        return REJECTIONS.get(error.code.rpartition(".")[2], 422)
    return REFUSALS.get(type(error), 503 if error.retry else 500)


def problem(status: int, code: str, text: str, retry: bool = False, after_s: float = 0.0) -> web.Response:
    """The answer that says what went wrong and whether to try again."""
    body = Problem("about:blank", HTTPStatus(status).phrase, status, text, code, retry)
    headers = {"Retry-After": str(max(RETRY_AFTER_S, math.ceil(after_s)))} if retry else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    raw = msgspec.json.encode(body)
    return web.Response(body=raw, status=status, headers=headers, content_type=PROBLEM)


def answering(meter: Meter) -> Middleware:
    """Turns whatever is raised into a problem, ends what takes too long, counts, and logs what matters."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        begun_s = monotonic()
        response, code = await _answer(request, handler)
        took_s, operation = monotonic() - begun_s, name_of(request)
        meter.request(operation, response.status, took_s)
        bad = bool(code) and response.status >= 500
        level = logging.WARNING if bad else logging.INFO if took_s > SLOW_S else logging.DEBUG
        if log.isEnabledFor(level):
            what = {"operation": operation, "status": response.status, "code": code}
            log.log(level, "answered", extra=what | {"ms": round(took_s * 1_000, 1)} | _known(request))
        if (key := request.get(KEY_OF)) is not None:
            response.headers[REQUEST_ID] = key  # what a person may quote to an operator
        return response

    return answered


def _known(request: web.Request) -> dict[str, str]:
    """Who called, and under which key: the journal and the alarms of cells have the same two."""
    known = {"user": request.get(USER_OF), "call": request.get(KEY_OF)}
    return {name: value for name, value in known.items() if value is not None}


async def _answer(request: web.Request, handler: Handler) -> tuple[web.StreamResponse, str]:
    try:
        async with asyncio.timeout(getattr(request.match_info.handler, "within_s", REQUEST_S)):
            return await handler(request), ""
    except MantaError as error:
        after_s = error.after_s if isinstance(error, TooFast) else 0.0
        answer = problem(status_of(error), error.code, error.text, error.retry, after_s)
        return answer, error.code
    except TimeoutError:
        text = "no answer in time: send the same again, with the same key"
        return problem(503, Unknown.code, text, retry=True), Unknown.code
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _by_the_server(error), f"http.{error.status}"
    except Exception as error:
        log.error("a fault", extra={"operation": name_of(request), **_known(request), **place_of(error)})
        return problem(500, MantaError.code, "a fault of ours"), MantaError.code


def place_of(error: BaseException) -> dict[str, str]:
    """Where an error arose, and its kind; not its text, which may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    steps = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "at": " > ".join(steps)}


def _by_the_server(error: web.HTTPException) -> web.Response:
    retry = error.status in (408, 429)
    answer = problem(error.status, CODES.get(error.status, f"http.{error.status}"), error.reason, retry)
    if "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    if error.status == 408:
        answer.force_close()  # the rest of the body may still come
    return answer


def name_of(request: web.Request) -> str:
    """The operation, without anything that a person wrote: of names that strangers choose there is no end."""
    resource = request.match_info.route.resource
    method = request.method if request.method in METHODS else "OTHER"
    return f"{method} {resource.canonical if resource is not None else 'nowhere'}"
