"""Names of objects as names of files, safe on every file system, and back."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

LONGEST = 200  # of 255; a suffix comes behind
_RISKY = re.compile(rb"[^a-z0-9_:@,=-]")  # capitals too: some file systems do not tell them apart
_EMPTY = "%"
_GOES_ON = "+"


def encoded(name: str) -> list[str]:
    """Folders and the file of a name: `/` parts folders; what is too long goes on a level below."""
    parts: list[str] = []
    for part in name.encode("utf-8", "surrogatepass").split(b"/"):
        escaped = _RISKY.sub(lambda found: b"%%%02x" % found.group()[0], part).decode("ascii") or _EMPTY
        while len(escaped) > LONGEST:
            parts.append(escaped[:LONGEST] + _GOES_ON)
            escaped = escaped[LONGEST:]
        parts.append(escaped)
    return parts


def decoded(parts: Sequence[str]) -> str:
    """The name that was encoded so."""
    joined = "/".join(parts).replace(f"{_GOES_ON}/", "")
    words = [b"" if part == _EMPTY else unquote_to_bytes(part) for part in joined.split("/")]
    return b"/".join(words).decode("utf-8", "surrogatepass")
