"""The supervisor: what dies comes back, what hangs is killed, what stops is let go of."""

import os
import signal
from pathlib import Path

import ray

from cluster.process import is_surely_dead
from cluster.ray_host.edge_actor import EdgePlan
from cluster.ray_host.supervisor import Supervisor
from tests.cluster.ray_host.running import Cluster


def greeter(name: str, notes: Path, logs: Path) -> EdgePlan:
    factory = "tests.cluster.ray_host.greeter:opened"
    return EdgePlan(edge=name, factory=factory, config=str(notes).encode(), logs=str(logs))


async def test_an_edge_serves_until_it_is_let_go(cluster: Cluster, tmp_path: Path):
    supervisor = Supervisor()
    supervisor.create(greeter("leaving", tmp_path, tmp_path))
    told: list[str] = []
    assert await supervisor.until_open(["edge:leaving"], told.append) == ["http://greeter"]
    assert told == ["1 of 1"]
    await supervisor.stop(["edge:leaving"], 5.0)
    assert (tmp_path / "closed").read_text() == "bye"
    assert await supervisor.reports() == []


async def test_an_edge_that_cannot_open_is_tried_until_it_can(cluster: Cluster, tmp_path: Path):
    (tmp_path / "refuse").touch()
    supervisor = Supervisor()
    supervisor.create(greeter("stubborn", tmp_path, tmp_path))
    log = tmp_path / "stubborn.log"
    while not log.exists() or "the port is taken" not in log.read_text():
        await supervisor.look()
    (tmp_path / "refuse").unlink()
    assert await supervisor.until_open(["edge:stubborn"], lambda _: None) == ["http://greeter"]
    await supervisor.stop(["edge:stubborn"], 5.0)


async def test_a_process_that_hangs_is_killed_and_restarted(cluster: Cluster, tmp_path: Path):
    told: list[str] = []
    supervisor = Supervisor(told.append, answer_within_s=0.2)
    supervisor.create(greeter("hanging", tmp_path, tmp_path))
    await supervisor.until_open(["edge:hanging"], lambda _: None)
    ward = supervisor._wards["edge:hanging"]
    while ward.pulse is None:
        await supervisor.look()
    first = ward.pulse
    os.kill(first.pid, signal.SIGSTOP)
    while ward.restarts == 0:
        await supervisor.look()
    assert is_surely_dead(first.proof)
    assert [line.rpartition(":")[2] for line in told[:1]] == [" it does not answer"]
    await supervisor.stop(["edge:hanging"], 5.0)


async def test_an_actor_that_ray_gave_up_is_made_anew(cluster: Cluster, tmp_path: Path):
    told: list[str] = []
    supervisor = Supervisor(told.append)
    supervisor.create(greeter("given-up", tmp_path, tmp_path))
    await supervisor.until_open(["edge:given-up"], lambda _: None)
    ray.kill(supervisor._wards["edge:given-up"].actor)
    while not told:
        await supervisor.look()
    assert await supervisor.until_open(["edge:given-up"], lambda _: None) == ["http://greeter"]
    await supervisor.stop(["edge:given-up"], 5.0)
