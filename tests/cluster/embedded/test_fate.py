import asyncio
import os
import signal
import subprocess
import sys

import pytest

from cluster.embedded import fate
from cluster.embedded.processes import life_of
from tests.cluster.embedded.servers import until

PAUSE = [sys.executable, "-c", "import signal; signal.pause()"]
PARENT = """
import os, subprocess, sys, signal
from cluster.embedded.fate import dies_with
pause = [sys.executable, "-c", "import signal; signal.pause()"]
child = subprocess.Popen(pause, preexec_fn=dies_with(os.getpid()))
print(child.pid, flush=True)
signal.pause()
"""


def pausing() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(PAUSE)


async def test_the_end_of_any_process_is_noticed():
    process = pausing()
    waiting = asyncio.ensure_future(fate.ended(process.pid))
    await asyncio.sleep(0)
    assert not waiting.done()
    process.kill()
    await asyncio.wait_for(waiting, 5)
    process.wait()
    await asyncio.wait_for(fate.ended(process.pid), 5)


async def test_without_help_of_the_kernel_the_end_is_noticed_by_looking(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = pausing()
    waiting = asyncio.ensure_future(fate.ended(process.pid))
    process.kill()
    process.wait()
    await asyncio.wait_for(waiting, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_a_child_dies_with_its_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: life_of(child) is None, "the child died with its parent")
