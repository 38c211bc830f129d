"""Ray's head: nobody but this machine reaches it, and what it started ends with it."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.embedded import fate
from cluster.embedded.processes import table
from cluster.ray_host.head import Head
from tests.cluster.ray_host.running import Cluster

LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, also as written in IPv6
LISTENS = "0A"


def descendants() -> set[int]:
    """All processes below this one, and this one."""
    parents = {row.pid: row.parent for row in table()}
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sockets_of(pid: int) -> Iterator[str]:
    """The inodes of the sockets of a process."""
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def open_doors(inodes: set[str]) -> list[str]:
    """The addresses on which these sockets listen, as the kernel prints them."""
    found = []
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and fields[9] in inodes:
                found.append(fields[1])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="the list of sockets is Linux's")
def test_every_socket_of_ray_is_on_loopback(cluster: Cluster):
    doors = open_doors({inode for pid in descendants() for inode in sockets_of(pid)})
    assert len(doors) > 5
    assert {door.partition(":")[0] for door in doors} <= LOOPBACK


def test_the_head_tells_which_processes_it_cannot_do_without(head: Head):
    assert set(head.pids) == {"gcs_server", "raylet"}
    assert set(head.pids.values()) <= descendants()


async def test_a_process_that_dies_while_ray_starts_is_known_before_ray_gives_up(folder: Path):
    program = f"""
import asyncio, os
from pathlib import Path
from cluster.ray_host.head import Head

def begun(name, pid):
    print(name, flush=True)
    if name == "raylet":
        os._exit(0)

asyncio.run(Head(Path({str(folder)!r}) / "b", begun).__aenter__())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=-1, stderr=-3)
    async with asyncio.timeout(20):
        told, _ = await process.communicate()
    assert told.split() == [b"gcs_server", b"raylet"]


async def test_an_actor_goes_with_its_node(folder: Path):
    program = f"""
import asyncio, os, signal
from pathlib import Path
folder = Path({str(folder)!r})

async def main():
    from cluster.ray_host.edge_actor import EdgePlan
    from cluster.ray_host.head import Head
    from cluster.ray_host.supervisor import Supervisor
    async with Head(folder / "g") as head:
        supervisor = Supervisor()
        supervisor.create(EdgePlan(edge="e", factory="tests.cluster.ray_host.greeter:opened",
                                   config=bytes(folder), logs=str(folder)))
        await supervisor.until_open(["edge:e"], lambda _: None)
        while (ward := supervisor._wards["edge:e"]).pulse is None:
            await supervisor.look()
        print(ward.pulse.pid, flush=True)
        os.kill(head.pids["raylet"], signal.SIGKILL)
        await asyncio.Event().wait()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=-1, stderr=-3, start_new_session=True
    )
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    async with asyncio.timeout(2):
        await fate.ended(pid)
    process.kill()
    await process.wait()
