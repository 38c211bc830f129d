"""A bucket of the operator's own: where it is, whether the keys fit, and whether it is ours."""

import http.client
import re
import urllib.parse

from cluster.embedded.s3_door import Answer, Bucket, ask
from cluster.embedded.trouble import Trouble

OWNER_OBJECT = "manta-instance"
FORM = "s3+https://KEY:SECRET@HOST:PORT/BUCKET?region=REGION"


def parse(url: str) -> Bucket:
    """The bucket that a URL names; keys are percent-encoded in it."""
    parts = urllib.parse.urlsplit(url)
    name = parts.path.strip("/")
    options = dict(urllib.parse.parse_qsl(parts.query))
    if parts.scheme not in ("s3+http", "s3+https") or not parts.hostname or not name or "/" in name:
        raise Trouble("setting_invalid", f"--s3 names no bucket: write {FORM} (or s3+http://...)")
    if not parts.username or not parts.password:
        raise Trouble("setting_invalid", f"--s3 has no keys: write {FORM}, each key percent-encoded")
    if strange := set(options) - {"region"}:
        raise Trouble("setting_invalid", f"--s3 has an unknown option {strange.pop()}: write {FORM}")
    host = parts.netloc.rpartition("@")[2]
    return Bucket(
        endpoint=f"{parts.scheme.removeprefix('s3+')}://{host}",
        name=name,
        access_key=urllib.parse.unquote(parts.username),
        secret_key=urllib.parse.unquote(parts.password),
        region=options.get("region", "us-east-1"),
    )


def require(bucket: Bucket, instance_id: str) -> None:
    """Look at the bucket, and mark it as ours; Trouble when it will not do."""
    where = f"bucket {bucket.name} at {bucket.endpoint}"
    answer = _asked(bucket, where, "GET")
    if answer.status == 404 and _code(answer) != "NoSuchBucket":
        answer = _asked(bucket, where, "PUT", instance_id.encode())
        if answer.status in (200, 412):  # 412: somebody was faster
            answer = _asked(bucket, where, "GET")
    if answer.status == 404:
        raise Trouble("s3_no_bucket", f"there is no {where}: make it, or correct --s3 URL")
    if answer.status != 200:
        raise Trouble(
            "s3_denied",
            f"the {where} refuses us ({answer.status} {_code(answer)}): check keys, region and"
            f" the machine's clock; --s3 is {FORM}",
        )
    owner = answer.body.decode(errors="replace").strip()
    if owner != instance_id:
        raise Trouble(
            "s3_foreign",
            f"the {where} belongs to another instance ({owner[:40]}), this one is {instance_id}:"
            " name another bucket with --s3 URL, or use the data folder that it belongs to",
        )


def _asked(bucket: Bucket, where: str, method: str, body: bytes = b"") -> Answer:
    only_new = {"if-none-match": "*"} if method == "PUT" else {}
    try:
        return ask(bucket, method, OWNER_OBJECT, body, also=only_new)
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(
            "s3_unreachable",
            f"no S3 answers for {where} ({error}): start it, correct --s3 URL, or leave that out"
            " to use the embedded one",
        ) from error


def _code(answer: Answer) -> str:
    found = re.search(rb"<Code>(\w+)</Code>", answer.body)
    return found.group(1).decode() if found else ""
