"""The proof runs its steps, hears their verdicts and passes on every failure."""

import json

from bench.__main__ import BENCHES
from tests.proof.__main__ import main
from tests.proof.steps import STEPS, Step, run, table

HELD = {"bench": "x", "bounds": [{"id": "x.value", "value": 2.0, "bound": 1.0, "holds": True}]}
BROKEN = {"bench": "x", "bounds": [{"id": "x.value", "value": 0.5, "bound": 1.0, "holds": False}]}


def _says(*lines: str, exit: int = 0, within_s: float | None = None) -> Step:
    program = f"import sys; print({chr(10).join(lines)!r}); sys.exit({exit})"
    return Step(name="planted", long=("-c", program), quick=("-c", "print('quick')"), within_s=within_s)


def test_a_step_is_judged_by_the_last_line_of_what_it_prints():
    held, broken = run(_says("noise", json.dumps(HELD)), False), run(_says(json.dumps(BROKEN)), False)
    assert (held.holds, broken.holds) == (True, False)
    assert [row.value for row in held.bounds + broken.bounds] == [2.0, 0.5]
    assert "DOES NOT HOLD" in table([broken])
    assert "DOES NOT HOLD" not in table([held])


def test_a_step_without_bounds_is_judged_by_its_exit_code():
    assert run(_says("all well"), False).holds
    failed = run(_says("seed 17 failed", exit=3), False)
    assert not failed.holds
    assert "seed 17 failed" in table([failed])


def test_a_step_may_be_bound_to_a_time_in_its_long_form():
    ticks = iter([0.0, 30.0, 0.0, 30.0])
    slow = _says("done", within_s=10.0)
    assert not run(slow, False, lambda: next(ticks)).holds
    assert run(slow, True, lambda: next(ticks)).holds


def test_the_proof_fails_when_one_step_fails(monkeypatch, capsys):
    steps = (_says(json.dumps(HELD)), _says(json.dumps(BROKEN), exit=1))
    monkeypatch.setattr("tests.proof.__main__.STEPS", steps)
    assert main([]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["holds"] is False
    assert [step["bounds"][0]["holds"] for step in last["steps"]] == [True, False]


def test_every_step_has_a_name_of_its_own_and_both_forms():
    names = [step.name for step in STEPS]
    assert names[:3] == ["simulation", "requests", "frames"]
    assert names[3:] == [*BENCHES, "chaos"]
    assert all(step.long != step.quick for step in STEPS)
