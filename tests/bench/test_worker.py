"""Processes beside a bench: orders and answers, and an end that leaves nothing."""

from pathlib import Path

import pytest

from bench.worker import Worker
from cluster.embedded.processes import life_of
from cluster.embedded.trouble import Trouble


def test_a_worker_answers_orders_and_ends_with_its_input(tmp_path: Path):
    with Worker("tests.bench.echo", tmp_path) as worker:
        assert worker.tell({"say": "one"}) == {"heard": "one"}
        assert worker.tell({"say": "two"}) == {"heard": "two"}
    assert life_of(worker.pid) is None


def test_what_a_library_prints_is_no_answer(tmp_path: Path):
    with Worker("tests.bench.echo", tmp_path) as worker:
        assert worker.tell({"say": "one", "print": "noise"}) == {"heard": "one"}
    assert "noise" in (tmp_path / "echo.log").read_text()


def test_a_worker_that_dies_is_named_with_its_last_words(tmp_path: Path):
    with (
        Worker("tests.bench.echo", tmp_path) as worker,
        pytest.raises(Trouble, match=r"echo ended.*KeyError"),
    ):
        worker.tell({"nothing": 1})


def test_a_killed_worker_takes_its_children_with_it(tmp_path: Path):
    with Worker("tests.bench.echo", tmp_path) as worker:
        child = worker.tell({"say": "x", "spawn": True})["child"]
        assert life_of(child) is not None
    assert life_of(child) is None
