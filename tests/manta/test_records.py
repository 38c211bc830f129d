import os
from pathlib import Path

from cluster.embedded.processes import life_of
from manta import records
from tests.cluster.embedded.servers import until
from tests.cluster.embedded.test_processes import family


def test_a_record_is_read_as_it_was_written(tmp_path: Path):
    record = records.new_record(tmp_path, "http://127.0.0.1:1")
    records.write(tmp_path / "run.json", record)
    assert records.read(tmp_path / "run.json") == record
    assert records.launcher_lives(record)
    assert record.launcher.pid == os.getpid()


def test_a_record_of_an_earlier_boot_says_nothing(tmp_path: Path):
    record = records.new_record(tmp_path, "")
    record.boot = "another"
    records.write(tmp_path / "run.json", record)
    assert records.read(tmp_path / "run.json") is None


def test_a_missing_or_spoilt_record_says_nothing(tmp_path: Path):
    assert records.read(tmp_path / "run.json") is None
    (tmp_path / "run.json").write_text("{")
    assert records.read(tmp_path / "run.json") is None


def test_leftovers_are_found_and_ended(tmp_path: Path):
    leader, life, child = family()
    record = records.new_record(tmp_path, "")
    record.processes = {"engine": life}
    leader.kill()
    leader.wait()
    assert records.leftovers(record) == [child]
    assert records.end_leftovers(record) == 1
    until(lambda: life_of(child) is None, "the child is gone")
