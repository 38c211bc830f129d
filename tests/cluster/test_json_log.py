"""A log that programs can read, that stays small, and that quotes nobody."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cluster import json_log
from cluster.json_log import write_log
from protocol.errors import Malformed, Unavailable

CANARY = "c4nary"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    write_log(tmp_path / "logs" / "cell-0.log", "info")
    yield tmp_path / "logs" / "cell-0.log"
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def failed(logger: str, error: Exception) -> None:
    """Something breaks, and is logged with all that is known of it."""
    try:
        raise error
    except Exception:
        logging.getLogger(logger).exception("it broke")


def test_a_line_says_when_who_and_what_with_its_extras(path: Path):
    logging.getLogger("manta.gateway").info("answered in %d ms", 3, extra={"status": 200, "call": "like:k1"})
    (line,) = lines(path)
    assert line.pop("at").endswith("Z")
    assert (line.pop("level"), line.pop("event")) == ("info", "answered in 3 ms")
    assert line == {"logger": "manta.gateway", "status": 200, "call": "like:k1"}


def test_what_a_library_hangs_on_every_record_is_no_field(path: Path):
    logging.getLogger("manta").info("hello", extra={"_whispered": 1, "status": 200})
    (line,) = lines(path)
    assert set(line) == {"at", "level", "event", "logger", "status"}


def test_what_is_below_the_level_is_not_written(path: Path):
    logging.getLogger("manta").debug("too much")
    assert lines(path) == []


def test_what_libraries_whisper_is_never_written(path: Path):
    write_log(path, "debug")
    logging.getLogger("websockets.client").debug("> Authorization: %s", CANARY)
    logging.getLogger("websockets.client").info("connected")
    logging.getLogger("manta").debug("more of it")
    assert [line["event"] for line in lines(path)] == ["connected", "more of it"]


def test_an_error_is_told_by_kind_and_place(path: Path):
    failed("manta.gateway", KeyError(CANARY))
    (line,) = lines(path)
    assert (line["error"], line["level"]) == ("KeyError", "error")
    assert line["trace"][-1].startswith("test_json_log.py:")
    assert CANARY not in path.read_text()


def test_errors_of_ours_keep_their_text(path: Path):
    failed("manta.gateway", Unavailable("the journal does not answer"))
    failed("manta.gateway", ConnectionRefusedError(111, "Connection refused"))
    assert [line["text"] for line in lines(path)] == [
        "the journal does not answer", "[Errno 111] Connection refused"
    ]  # fmt: skip


def test_what_could_not_be_read_is_not_quoted(path: Path):
    failed("manta.gateway", Malformed(f"Object contains unknown field `{CANARY}`"))
    assert CANARY not in path.read_text()


def test_of_what_a_library_logs_the_first_line_is_enough(path: Path):
    text = f"Task exception was never retrieved\nfuture: <Task exception=KeyError({CANARY!r})>"
    logging.getLogger("asyncio").error(text, exc_info=KeyError(CANARY))
    (line,) = lines(path)
    assert (line["event"], line["error"]) == ("Task exception was never retrieved", "KeyError")
    assert CANARY not in path.read_text()


def test_the_cause_of_an_error_has_a_name(path: Path):
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            raise Unavailable("not now") from cause
    except Unavailable:
        logging.getLogger("cluster").exception("it broke")
    assert lines(path)[0]["because"] == "KeyError"


def test_a_log_stays_small_and_private(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(json_log, "LIMIT_BYTES", 2_000)
    write_log(path, "info")
    for number in range(200):
        logging.getLogger("manta").info("line %d", number)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["cell-0.log", "cell-0.log.1"]
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert path.stat().st_mode & 0o077 == 0
    assert lines(path)[-1]["event"] == "line 199"
