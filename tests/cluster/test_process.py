"""What proves a process dead."""

import asyncio
import os
import subprocess
import sys

from cluster.process import is_surely_dead, proof_of_life, run


def test_a_living_process_is_not_dead():
    assert is_surely_dead(proof_of_life()) is False


def test_a_process_that_ended_is_dead_even_as_a_zombie():
    source = "from cluster.process import proof_of_life; print(proof_of_life(), flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    proof = child.stdout.readline().strip()
    assert is_surely_dead(proof) is False
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_surely_dead(proof) is True
    child.communicate()
    assert is_surely_dead(proof) is True


def test_a_number_that_was_given_to_another_process_proves_the_first_dead():
    where, number, start = proof_of_life().rsplit(" ", 2)
    assert is_surely_dead(f"{where} {number} {int(start) - 1}") is True


def test_nothing_is_proved_about_other_machines_and_boots():
    _, number, start = proof_of_life().rsplit(" ", 2)
    assert is_surely_dead(f"elsewhere {number} {start}") is None
    assert is_surely_dead("") is None
    assert is_surely_dead("nonsense") is None


def test_a_program_runs_to_its_result():
    async def main() -> str:
        await asyncio.sleep(0)
        return type(asyncio.get_running_loop()).__module__

    assert run(main()) == "uvloop"
