import os
import subprocess
import sys

from cluster.embedded.processes import Life, boot_id, end_kin, kin, life_of, lives
from tests.cluster.embedded.servers import until

FAMILY = """
import subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], process_group=0)
print(child.pid, flush=True)
signal.pause()
"""


def family() -> tuple["subprocess.Popen[str]", Life, int]:
    """A leader of a session, and its child in a process group of its own."""
    leader = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert leader.stdout
    child = int(leader.stdout.readline())
    life = life_of(leader.pid)
    assert life
    return leader, life, child


def test_a_life_is_told_from_another_with_the_same_number():
    mine = life_of(os.getpid())
    assert mine
    assert lives(mine)
    assert not lives(Life(mine.pid, "0"))


def test_kin_are_the_whole_session_in_whatever_group():
    leader, life, child = family()
    assert kin(life) == sorted([leader.pid, child])
    assert end_kin(life) == 2
    leader.wait()
    until(lambda: life_of(child) is None, "the child is gone")


def test_the_session_of_a_dead_leader_is_still_found():
    leader, life, child = family()
    leader.kill()
    leader.wait()
    assert kin(life) == [child]
    assert end_kin(life) == 1


def test_a_reused_number_saves_its_new_owner():
    leader, life, _ = family()
    assert kin(Life(life.pid, "1")) == []
    assert end_kin(Life(life.pid, "1")) == 0
    assert leader.poll() is None
    end_kin(life)
    leader.wait()


def test_we_are_never_among_our_own_victims():
    mine = life_of(os.getpid())
    assert mine
    assert os.getpid() not in kin(mine)


def test_a_boot_has_a_name_on_linux():
    assert boot_id() or not sys.platform.startswith("linux")
