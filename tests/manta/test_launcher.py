import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import redis

from cluster.embedded.processes import life_of, table
from cluster.embedded.s3_door import ask
from manta import plan, records
from tests.cluster.embedded import servers
from tests.cluster.embedded.servers import until
from tests.manta.conftest import Launch
from tests.manta.launched import Launched, all_gone


def plan_of(launched: Launched) -> plan.Plan:
    record = records.read(launched.data / "run.json")
    assert record
    return plan.read(Path(record.runtime) / "plan.json")


def pid_of(launched: Launched, name: str) -> int:
    record = records.read(launched.data / "run.json")
    assert record
    return record.processes[name].pid


def guard_of(launched: Launched) -> int:
    """The launcher's child that is in no record."""
    record = records.read(launched.data / "run.json")
    assert record
    known = {life.pid for life in record.processes.values()}
    return next(row.pid for row in table() if row.parent == launched.process.pid and row.pid not in known)


def test_it_starts_answers_and_leaves_nothing_after_ctrl_c(launch: Launch, folder: Path):
    manta = launch().ready()
    assert manta.asks()
    family = manta.family()
    assert len(family) == 4
    manta.signal(signal.SIGINT)
    assert manta.ends() == 0
    all_gone(family, within_s=0.5)
    assert list((folder / "tmp").iterdir()) == []
    assert not (manta.data / "run.json").exists()


def test_the_second_start_has_all_data(launch: Launch):
    manta = launch().ready()
    first = plan_of(manta)
    with redis.Redis.from_url(first.redis_url) as valkey:
        valkey.set("key", "value")
    assert ask(first.bucket, "PUT", "photo.jpg", b"bytes").status == 200
    manta.signal(signal.SIGTERM)
    assert manta.ends() == 0
    second = plan_of(launch().ready())
    assert second.instance_id == first.instance_id
    with redis.Redis.from_url(second.redis_url) as valkey:
        assert valkey.get("key") == b"value"
    assert ask(second.bucket, "GET", "photo.jpg").body == b"bytes"


def test_a_killed_launcher_takes_everything_with_it_and_the_next_one_starts(launch: Launch):
    manta = launch().ready()
    family = manta.family()
    manta.signal(signal.SIGKILL)
    all_gone(family, within_s=5)
    assert launch().ready().asks()


def test_what_outlived_launcher_and_guard_is_ended_by_the_next_start(launch: Launch):
    manta = launch().ready()
    family = manta.family()
    guard = guard_of(manta)
    os.kill(guard, signal.SIGSTOP)  # it would do its work otherwise
    manta.signal(signal.SIGKILL)
    manta.process.wait()
    deaf = family[-1]
    assert life_of(deaf.pid) == deaf
    again = launch()
    again.hears(lambda line: "had left" in line.get("note", ""))
    assert again.ready().asks()
    assert life_of(deaf.pid) is None
    os.kill(guard, signal.SIGKILL)


def test_when_a_vital_process_of_the_engine_dies_it_is_started_anew(launch: Launch):
    manta = launch().ready()
    before = manta.family()
    os.kill(before[-1].pid, signal.SIGKILL)
    assert "gcs_server ended" in manta.hears(lambda line: "warning" in line)["warning"]
    manta.hears(lambda line: "serves again" in line.get("warning", ""))
    assert manta.asks() != str(before[2].pid)
    all_gone(before[2:])


def test_when_the_engine_is_killed_its_kin_end_before_it_is_started_anew(launch: Launch):
    manta = launch().ready()
    before = manta.family()
    os.kill(pid_of(manta, "engine"), signal.SIGKILL)
    manta.hears(lambda line: "engine serves again" in line.get("warning", ""))
    all_gone(before[2:])
    assert manta.asks()


def test_a_killed_valkey_is_back_at_once_with_its_data(launch: Launch):
    manta = launch().ready()
    url = plan_of(manta).redis_url
    with redis.Redis.from_url(url) as valkey:
        valkey.set("key", "value")
    os.kill(pid_of(manta, "valkey"), signal.SIGKILL)
    manta.hears(lambda line: "valkey serves again" in line.get("warning", ""))
    with redis.Redis.from_url(url) as valkey:
        assert valkey.get("key") == b"value"


def test_a_launcher_that_cannot_write_who_runs_goes_on_and_says_so(launch: Launch):
    manta = launch().ready()
    (manta.data / "run.json.new").mkdir()  # as on a full disk, writing fails
    os.kill(pid_of(manta, "valkey"), signal.SIGKILL)
    assert "run.json" in manta.hears(lambda line: "cannot write" in line.get("warning", ""))["warning"]
    manta.hears(lambda line: "valkey serves again" in line.get("warning", ""))
    (manta.data / "run.json.new").rmdir()
    os.kill(pid_of(manta, "seaweedfs"), signal.SIGKILL)
    manta.hears(lambda line: "seaweedfs serves again" in line.get("warning", ""))
    with redis.Redis.from_url(plan_of(manta).redis_url) as valkey:
        assert valkey.ping()
    manta.signal()
    assert manta.ends() == 0


def test_a_valkey_that_is_killed_while_it_starts_is_started_again(launch: Launch):
    manta = launch()

    def is_there() -> bool:
        record = records.read(manta.data / "run.json")
        return record is not None and "valkey" in record.processes

    until(is_there, "valkey begins")
    os.kill(pid_of(manta, "valkey"), signal.SIGKILL)
    assert manta.ready().asks()


def test_a_valkey_that_is_killed_while_the_engine_starts_is_back_at_once(launch: Launch):
    manta = launch(mode="silent")
    manta.hears(lambda line: line.get("stage") == "engine")
    os.kill(pid_of(manta, "valkey"), signal.SIGKILL)
    manta.hears(lambda line: "valkey serves again" in line.get("warning", ""))
    with redis.Redis.from_url(plan_of(manta).redis_url) as valkey:
        assert valkey.ping()


def test_a_killed_object_store_is_back_at_the_same_address(launch: Launch):
    manta = launch().ready()
    bucket = plan_of(manta).bucket
    assert ask(bucket, "PUT", "photo.jpg", b"bytes").status == 200
    os.kill(pid_of(manta, "seaweedfs"), signal.SIGKILL)
    manta.hears(lambda line: "seaweedfs serves again" in line.get("warning", ""))
    assert ask(bucket, "GET", "photo.jpg").body == b"bytes"


def test_a_second_ctrl_c_ends_an_engine_that_does_not_drain(launch: Launch):
    manta = launch("data", "--drain-s", "7", mode="slow").ready()
    family = manta.family()
    manta.signal()
    manta.hears(lambda line: "stopping" in line.get("note", ""))
    manta.signal()
    assert manta.ends(within_s=5) == 0
    all_gone(family)


def test_an_engine_that_does_not_drain_is_ended_in_time(launch: Launch):
    manta = launch("data", "--drain-s", "1", mode="slow").ready()
    family = manta.family()
    manta.signal()
    assert manta.ends() == 0
    all_gone(family)


def test_it_can_be_stopped_while_it_starts(launch: Launch):
    manta = launch("data", mode="silent")
    until((manta.data / "kin").exists, "the engine has begun")
    family = manta.family()
    manta.signal()
    assert manta.ends() == 0
    all_gone(family)


def test_an_engine_that_cannot_start_is_given_up_with_one_line(launch: Launch):
    manta = launch("data", mode="crash")
    assert manta.ends(within_s=30) == 1
    lines = manta.errors().strip().splitlines()
    assert len(lines) == 1
    assert "it broke" in lines[0]
    assert "[engine_failed]" in lines[0]


def test_an_engine_that_never_gets_ready_is_given_up_with_what_it_waits_for(launch: Launch):
    manta = launch("data", "--ready-within-s", "2", mode="lame")
    assert manta.ends(within_s=60) == 1
    error = manta.errors()
    assert "cell-1 (it limps)" in error
    assert "[engine_failed]" in error


def test_an_engine_that_says_it_is_hopeless_is_not_tried_again(launch: Launch):
    manta = launch("data", mode="fatal")
    assert manta.ends(within_s=30) == 1
    assert "this will never work [engine_failed]" in manta.errors()
    assert not any("trying again" in str(line) for line in manta.all())


def test_two_instances_run_side_by_side(launch: Launch):
    one, two = launch("one"), launch("two")
    assert one.ready().asks() != two.ready().asks()
    one.signal()
    assert one.ends() == 0
    assert two.asks()


def test_a_folder_in_use_is_refused_and_left_alone(launch: Launch):
    manta = launch().ready()
    other = launch()
    assert other.ends() == 1
    error = other.errors()
    assert "[data_in_use]" in error
    assert f"manta down --data {manta.data}" in error
    assert manta.asks()


def test_a_taken_port_is_refused_before_anything_is_started(launch: Launch, folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as door:
        manta = launch("data", "--port", str(door.getsockname()[1]))
        assert manta.ends() == 1
    assert "[port_taken]" in manta.errors()
    assert not manta.data.exists()
    assert list((folder / "tmp").iterdir()) == []


def test_a_redis_of_ones_own_is_used_and_marked(launch: Launch):
    with servers.valkey() as url:
        manta = launch("data", "--redis", url).ready()
        assert plan_of(manta).redis_url == url
        assert not (manta.data / "valkey").exists()
        other = launch("other", "--redis", url)
        assert other.ends() == 1
        assert "[redis_foreign]" in other.errors()


def test_a_redis_of_ones_own_that_is_forgotten_is_asked_for(launch: Launch):
    with servers.valkey() as url:
        manta = launch("data", "--redis", url).ready()
        manta.signal()
        assert manta.ends() == 0
        before = sorted(path.name for path in manta.data.iterdir())
        forgetful = launch("data")
        assert forgetful.ends() == 1
        error = forgetful.errors()
        assert "[redis_changed]" in error
        assert "--redis URL" in error
        assert sorted(path.name for path in manta.data.iterdir()) == before
        assert url not in (manta.data / "instance.json").read_text()
        assert launch("data", "--redis", url).ready().asks()


def test_the_embedded_stores_of_another_instance_are_refused(launch: Launch):
    owner = plan_of(launch("one").ready())
    thief = launch("two", "--redis", owner.redis_url)
    assert thief.ends() == 1
    assert "[redis_foreign]" in thief.errors()
    keys = f"{owner.bucket.access_key}:{owner.bucket.secret_key}"
    address = owner.bucket.endpoint.removeprefix("http://")
    thief = launch("three", "--s3", f"s3+http://{keys}@{address}/{owner.bucket.name}")
    assert thief.ends() == 1
    assert "[s3_foreign]" in thief.errors()


def test_down_stops_it_and_says_so(launch: Launch):
    manta = launch().ready()
    family = manta.family()
    down = [sys.executable, "-m", "manta", "down", "--data", str(manta.data)]
    done = subprocess.run(down, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0
    assert done.stdout.startswith(f"stopped {manta.data}")
    all_gone(family, within_s=0.5)
    assert manta.ends() == 0
    again = subprocess.run(down, capture_output=True, text=True, timeout=20)
    assert again.returncode == 0
    assert again.stdout.startswith("nothing runs")
