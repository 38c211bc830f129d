"""The command line of the benches."""

import json
from types import SimpleNamespace

import pytest

from bench import __main__ as benches
from bench.progress import Progress
from bench.report import Report
from cluster.embedded.trouble import Trouble


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A bench that finds what it is told to find."""
    finds = {"value": 2.0, "size": 0.0}

    def run(size: float, report: Report, progress: Progress) -> None:
        finds["size"] = size
        report.at_least("planted.value", finds["value"], 1.0)

    planted = SimpleNamespace(LONG=1.0, QUICK=0.5, run=run)
    monkeypatch.setitem(benches.BENCHES, "planted", "for this test")
    monkeypatch.setattr("importlib.import_module", lambda name: planted)
    return finds


def test_without_a_name_the_benches_are_listed(capsys):
    assert benches.main([]) == 0
    assert {"engine", "durable", "memory", "recovery"} <= {
        line.split()[0] for line in capsys.readouterr().out.splitlines()
    }


def test_an_unknown_name_gets_one_line_that_lists_the_others():
    with pytest.raises(Trouble, match="engine"):
        benches.main(["engin"])


def test_a_bound_that_holds_ends_well(bench, capsys):
    assert benches.main(["planted", "--quick"]) == 0
    assert bench["size"] == 0.5
    assert "planted.value" in capsys.readouterr().out


def test_a_bound_that_does_not_hold_is_the_exit_code(bench, capsys):
    bench["value"] = 0.5
    assert benches.main(["planted", "--json"]) == benches.NOT_HELD
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["bounds"] == [{"id": "planted.value", "value": 0.5, "bound": 1.0, "holds": False}]
    assert bench["size"] == 1.0
