import subprocess
import sys

from cluster.embedded.guard import read
from cluster.embedded.processes import Life, life_of
from tests.cluster.embedded.servers import until
from tests.cluster.embedded.test_processes import family


def test_who_was_taken_off_the_list_is_spared():
    assert read(["+ 1 10\n", "+ 2 20\n", "- 1\n", "- 7\n"]) == [Life(2, "20")]


def test_a_birth_with_spaces_stays_whole():
    assert read(["+ 3 Mon Nov 2 10:00:00 2026\n"]) == [Life(3, "Mon Nov 2 10:00:00 2026")]


def test_when_its_input_ends_the_listed_families_end():
    leader, life, child = family()
    spared, spared_life, _ = family()
    guard = subprocess.Popen(
        [sys.executable, "-m", "cluster.embedded.guard"], stdin=subprocess.PIPE, text=True
    )
    guard.communicate(f"+ {life.pid} {life.born}\n", timeout=20)
    leader.wait(timeout=20)
    until(lambda: life_of(child) is None, "the child is gone")
    assert spared.poll() is None
    subprocess.run(
        [sys.executable, "-m", "cluster.embedded.guard"],
        input=f"+ {spared_life.pid} {spared_life.born}\n",
        text=True,
        check=True,
    )
    spared.wait(timeout=20)
