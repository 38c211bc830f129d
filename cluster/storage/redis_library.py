"""The functions of `journal.lua` and `tables.lua` as they are called on a server."""

import hashlib
from pathlib import Path

import hiredis

from cluster.ports import StorageDown
from cluster.storage.redis_line import RedisLine
from cluster.storage.wire import pack

_FOLDER = Path(__file__).parent
_TEXT = "\n".join((_FOLDER / name).read_text("utf-8") for name in ("journal.lua", "tables.lua"))
# Each text has names of its own: releases with different texts run side by side, and none finds a stale one.
LIBRARY = "manta_" + hashlib.sha256(_TEXT.encode()).hexdigest()[:8]
CODE = _TEXT.replace("#!lua name=manta\n", f"#!lua name={LIBRARY}\n", 1).replace("'manta'", f"'{LIBRARY}'", 1)
_MISSING = "ERR Function not found"


def function(name: str) -> bytes:
    """What a function is called on the server."""
    return f"{LIBRARY}_{name}".encode()


def is_missing(reply: object) -> bool:
    """Whether the server has not got the library: it is new, or was flushed."""
    return type(reply) is hiredis.ReplyError and str(reply).startswith(_MISSING)


async def load_library(line: RedisLine) -> None:
    """Loads the library; another process that was quicker is no error."""
    (reply,) = await line.call(pack(("FUNCTION", "LOAD", CODE)))
    if isinstance(reply, hiredis.ReplyError) and "already exists" not in str(reply):
        raise StorageDown(f"Redis does not take the functions of the journal: {reply}")
