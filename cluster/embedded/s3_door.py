"""A few plain, signed S3 requests, so that a start need not load a whole client (0.4 s)."""

import hashlib
import hmac
import http.client
import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple


class Bucket(NamedTuple):
    """Where objects lie, and the keys to it."""

    endpoint: str
    name: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"


class Answer(NamedTuple):
    """What a door said."""

    status: int
    body: bytes


def ask(
    bucket: Bucket,
    method: str,
    key: str = "",
    body: bytes = b"",
    also: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
) -> Answer:
    """Send one request, path-style; OSError and http.client.HTTPException when nobody answers."""
    where = urllib.parse.urlsplit(bucket.endpoint)
    path = urllib.parse.quote(f"/{bucket.name}/{key}" if key else f"/{bucket.name}")
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=timeout_s)
    try:
        connection.request(
            method, path, body, {**_signed(bucket, method, where.netloc, path, body), **(also or {})}
        )
        response = connection.getresponse()
        return Answer(response.status, response.read())
    finally:
        connection.close()


def _signed(bucket: Bucket, method: str, host: str, path: str, body: bytes) -> dict[str, str]:
    """The headers of a request under AWS signature version 4."""
    at = datetime.now(UTC)
    stamp, day = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
    scope = f"{day}/{bucket.region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{bucket.secret_key}".encode()
    for part in (day, bucket.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={bucket.access_key}/{scope}"
    return {**headers, "authorization": f"{credential}, SignedHeaders={names}, Signature={signature}"}
