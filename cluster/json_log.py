"""The log of a process: one JSON object a line, in a file that stays small, quoting nobody."""

import logging
import os
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import msgspec
import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

from protocol.errors import Malformed

LIMIT_BYTES = 8 << 20  # then it becomes NAME.1, in place of the one before
FRAMES = 8
OURS = (
    "manta",
    "cluster",
    "gateway",
    "media_workers",
    "actors",
    "protocol",
)  # loggers, and modules of errors


class PrivateFile(RotatingFileHandler):
    """Each file is its owner's alone from the start."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding="utf-8")


def write_log(path: Path, level: str) -> None:
    """All that this process logs from now on goes to this file, which is the owner's alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = PrivateFile(path, maxBytes=LIMIT_BYTES, backupCount=1)
    handler.setFormatter(json_lines())
    handler.addFilter(is_discreet)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def is_discreet(record: logging.LogRecord) -> bool:
    """At debug level libraries quote headers, frames and keys, so only ours is heard there."""
    return record.levelno >= logging.INFO or _is_ours(record.name)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def json_lines() -> logging.Formatter:
    """Turns records of anyone into JSON; what is given as `extra` becomes fields."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        ],
        processors=[_without_texts, _without_whispers, _rendered],
    )


def _without_whispers(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Drops structlog's own notes, and what Ray hangs on every record once it is loaded."""
    return {key: value for key, value in event.items() if not key.startswith("_")}


def _without_texts(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Says what kind of error it was and where; its text only if it is one of ours.

    What a library raises may quote a caption, a password or a header; what it logs may quote such an error
    from the second line on.
    """
    record: logging.LogRecord = event["_record"]
    if not _is_ours(record.name):
        event["event"] = str(event["event"]).partition("\n")[0]
    information = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(information, tuple) and information[1] is not None:
        event.update(_fault(information[1]))
    elif isinstance(information, BaseException):
        event.update(_fault(information))
    return event


def _fault(error: BaseException) -> dict[str, Any]:
    kind, frames = type(error), traceback.extract_tb(error.__traceback__)[-FRAMES:]
    steps = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    told: dict[str, Any] = {"error": kind.__name__, "trace": steps}
    ours = _is_ours(kind.__module__) and not isinstance(error, Malformed)
    if ours or isinstance(error, OSError):
        told["text"] = str(error)
    if error.__cause__ is not None:
        told["because"] = type(error.__cause__).__name__
    return told


def _rendered(logger: WrappedLogger, name: str, event: EventDict) -> str:
    first = {key: event.pop(key) for key in ("at", "level", "event")}
    return msgspec.json.encode({**first, **event}, enc_hook=str).decode()
