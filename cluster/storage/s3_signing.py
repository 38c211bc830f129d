"""Addresses of S3 that are signed beforehand: whoever has one may do this one thing, until it expires."""

import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime

from cluster.embedded.s3_door import Bucket

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_S = 7 * 86_400


def signed_address(
    bucket: Bucket, method: str, key: str, expires_s: int, now_s: float,
    headers: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None, endpoint: str = "",
) -> str:  # fmt: skip
    """An address under AWS signature version 4; `headers` must be sent as they were signed."""
    where = urllib.parse.urlsplit(endpoint or bucket.endpoint)
    at = datetime.fromtimestamp(now_s, UTC)
    stamp, scope = at.strftime("%Y%m%dT%H%M%SZ"), f"{at:%Y%m%d}/{bucket.region}/s3/aws4_request"
    signed = {name.lower(): value.strip() for name, value in (headers or {}).items()} | {"host": where.netloc}
    names = ";".join(sorted(signed))
    asked = {
        **(query or {}),
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{bucket.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(min(expires_s, LONGEST_S)),
        "X-Amz-SignedHeaders": names,
    }
    path = where.path.rstrip("/") + urllib.parse.quote(f"/{bucket.name}/{key}")
    line = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sorted(asked.items()))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{path}\n{line}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    text = f"{ALGORITHM}\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(_key(bucket, at), text.encode(), hashlib.sha256).hexdigest()
    return f"{where.scheme}://{where.netloc}{path}?{line}&X-Amz-Signature={signature}"


def _key(bucket: Bucket, at: datetime) -> bytes:
    key = f"AWS4{bucket.secret_key}".encode()
    for part in (f"{at:%Y%m%d}", bucket.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")
