"""The supervisor: what dies comes back, what hangs is killed, what stops is let go of."""

import os
import signal
from pathlib import Path

import pytest
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


async def test_a_fresh_edge_takes_the_place_of_one_that_ends_and_no_crash_is_counted(
    cluster: Cluster, tmp_path: Path
):
    told: list[str] = []
    steps: list[str] = []
    supervisor = Supervisor(told.append)
    supervisor.create(greeter("followed", tmp_path, tmp_path))
    await supervisor.until_open(["edge:followed"], lambda _: None)
    ward = supervisor._wards["edge:followed"]
    while ward.pulse is None:
        await supervisor.look()
    first = ward.pulse
    fresh, before = await supervisor.replace("edge:followed", 60.0, 5.0, steps.append)
    assert before == first.pid != fresh
    assert (tmp_path / "closed").read_text() == "bye"
    assert is_surely_dead(first.proof)
    assert [step.partition(" ")[0] for step in steps] == ["a", "it"]
    await supervisor.look()
    reports = [report for report in await supervisor.reports() if report.name == "edge:followed"]
    assert [(report.state, report.pid, report.restarts) for report in reports] == [("up", fresh, 0)]
    assert told == [f"edge:followed has a fresh process: {fresh} after {first.pid}"]
    await supervisor.stop(["edge:followed"], 5.0)


async def test_an_edge_whose_successor_cannot_open_goes_on(cluster: Cluster, tmp_path: Path):
    supervisor = Supervisor()
    supervisor.create(greeter("staying", tmp_path, tmp_path))
    await supervisor.until_open(["edge:staying"], lambda _: None)
    (tmp_path / "refuse").touch()
    with pytest.raises(TimeoutError):
        await supervisor.replace("edge:staying", 0.1, 5.0, lambda _: None)
    assert not (tmp_path / "closed").exists()
    assert await supervisor.until_open(["edge:staying"], lambda _: None) == ["http://greeter"]
    await supervisor.stop(["edge:staying"], 5.0)
