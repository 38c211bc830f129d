import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from cluster.embedded.nursery import Nursery
from cluster.embedded.processes import Life, life_of
from tests.cluster.embedded.servers import until

PAUSE = "import signal; signal.pause()"
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
)
# leaves a grandchild in a session of its own, as a daemon would
DAEMON = f"""
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "{PAUSE}"], start_new_session=True).pid, flush=True)
"""
SOLE_PARENT = """
import asyncio, sys
from pathlib import Path
from cluster.embedded.nursery import Nursery
from cluster.embedded.processes import life_of, strays

async def main():
    async with Nursery(Path(sys.argv[1]), lambda _: None, sole_parent=True) as nursery:
        child = nursery.spawn("daemon", [sys.executable, "-c", sys.argv[2]])
        await child.ended()
        daemon = int(child.last_words())
        print(daemon, daemon in strays())
        nursery.forget(child)
        print(life_of(daemon) is not None)

asyncio.run(main())
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_a_child_runs_in_its_own_session_and_is_remembered(tmp_path: Path):
    remembered: list[dict[str, Life]] = []
    async with Nursery(tmp_path, remembered.append) as nursery:
        child = nursery.spawn("one", python(PAUSE))
        assert os.getsid(child.life.pid) == child.life.pid
        assert remembered[-1] == {"one": child.life}
    assert life_of(child.life.pid) is None
    assert remembered[-1] == {}


async def test_what_a_child_writes_is_in_its_log(tmp_path: Path):
    async with Nursery(tmp_path, lambda _: None) as nursery:
        child = nursery.spawn("one", python("print('hello')"))
        assert await asyncio.wait_for(child.ended(), 10) == "exit 0"
        assert child.last_words() == "hello"


async def test_a_deaf_child_is_killed_when_its_grace_is_over(tmp_path: Path):
    async with Nursery(tmp_path, lambda _: None) as nursery:
        child = nursery.spawn("deaf", python(DEAF))
        until(lambda: child.last_words() == "deaf", "it is deaf")
        assert not await child.stop(0.2, asyncio.Event())
        assert not child.running


async def test_hurry_cuts_the_grace_short(tmp_path: Path):
    async with Nursery(tmp_path, lambda _: None) as nursery:
        child = nursery.spawn("deaf", python(DEAF))
        until(lambda: child.last_words() == "deaf", "it is deaf")
        hurry = asyncio.Event()
        stopping = asyncio.ensure_future(child.stop(60, hurry))
        await asyncio.sleep(0)
        hurry.set()
        assert not await asyncio.wait_for(stopping, 10)


async def test_a_polite_child_ends_by_itself(tmp_path: Path):
    async with Nursery(tmp_path, lambda _: None) as nursery:
        child = nursery.spawn("polite", python(PAUSE))
        assert await child.stop(10, asyncio.Event())
        assert "SIGTERM" in await child.ended()


@pytest.mark.skipif(sys.platform != "linux", reason="orphans come to us on Linux only")
async def test_daemons_that_left_their_session_end_too(tmp_path: Path):
    run = await asyncio.create_subprocess_exec(*python(SOLE_PARENT), str(tmp_path), DAEMON, stdout=PIPE)
    said, _ = await asyncio.wait_for(run.communicate(), 20)
    daemon, was_ours, lived_on = said.decode().split()
    assert (was_ours, lived_on) == ("True", "False")
    assert life_of(int(daemon)) is None


async def test_a_killed_guard_is_replaced_and_told_of_everybody(tmp_path: Path):
    async with Nursery(tmp_path, lambda _: None) as nursery:
        child = nursery.spawn("one", python(PAUSE))
        first = nursery._guard
        assert first
        os.kill(first.pid, signal.SIGKILL)
        await asyncio.to_thread(until, lambda: nursery._guard not in (first, None), "there is a new guard")
        second = nursery._guard
        assert second
        assert second.stdin
        second.stdin.close()  # as if we had been killed
        assert "SIGKILL" in await asyncio.wait_for(child.ended(), 10)
