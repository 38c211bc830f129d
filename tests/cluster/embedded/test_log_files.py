import os
import resource
from pathlib import Path

from cluster.embedded.log_files import bound, last_lines, open_log


def test_a_log_that_grew_too_long_starts_anew_under_its_writer(tmp_path: Path):
    log = tmp_path / "logs" / "engine.log"
    writer = open_log(log)
    os.write(writer, b"old\n" * 100)
    assert bound(log, limit_bytes=100)
    os.write(writer, b"new\n")
    os.close(writer)
    assert log.read_text() == "new\n"
    assert log.with_name("engine.log.1").stat().st_size == 400


def test_a_log_that_cannot_be_copied_stays_whole_and_leaves_no_half_copy(tmp_path: Path):
    log = tmp_path / "engine.log"
    log.write_bytes(b"old\n" * 100)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))  # writes fail, as on a full disk
    try:
        assert not bound(log, limit_bytes=100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert log.stat().st_size == 400
    assert os.listdir(tmp_path) == ["engine.log"]


def test_a_short_log_is_left_alone(tmp_path: Path):
    log = tmp_path / "engine.log"
    assert not bound(log)
    log.write_text("short\n")
    assert not bound(log)


def test_logs_are_for_the_owner_only(tmp_path: Path):
    os.close(open_log(tmp_path / "engine.log"))
    assert (tmp_path / "engine.log").stat().st_mode & 0o077 == 0


def test_last_lines_skip_empty_ones(tmp_path: Path):
    log = tmp_path / "engine.log"
    assert last_lines(log) == []
    log.write_text("one\n\ntwo\n three \n\n")
    assert last_lines(log, 2) == ["two", "three"]
