"""Refusals before anyone serves: bytes that are made once, problem+json as everywhere over HTTP."""

import math
from http import HTTPStatus

import msgspec

from gateway.rest.problems import PROBLEM, RETRY_AFTER_S
from gateway.rest.shapes import Problem


def refusal(
    status: int, code: str, text: str, retry: bool = False, after_s: float = 0.0, *more: str
) -> bytes:
    """A whole answer that ends its connection; `more` are header lines of its own."""
    phrase = HTTPStatus(status).phrase
    body = msgspec.json.encode(Problem("about:blank", phrase, status, text, code, retry))
    again = [f"Retry-After: {max(RETRY_AFTER_S, math.ceil(after_s))}"] if retry else []
    lines = [
        f"HTTP/1.1 {status} {phrase}", "Server: Manta", f"Content-Type: {PROBLEM}",
        f"Content-Length: {len(body)}", "Connection: close", *again, *more,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
