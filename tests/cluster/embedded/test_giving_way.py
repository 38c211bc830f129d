"""Children of a server give way."""

import os
import subprocess
import sys

from cluster.embedded.giving_way import LOWEST, give_way


def test_a_child_runs_at_the_lowest_priority():
    known = set[int]()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        give_way(os.getpid(), known)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == LOWEST
        assert child.pid in known
        child.kill()
    give_way(os.getpid(), known)
    assert child.pid not in known


def test_a_server_that_is_gone_has_no_children():
    known = {1}
    give_way(2**22 + 1, known)
    assert known == {1}
