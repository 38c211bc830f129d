from pathlib import Path

from cluster.embedded.s3_door import Bucket
from manta.plan import Plan, read, write
from manta.room import environment, put_away
from manta.settings import Settings


def plan(folder: Path) -> Plan:
    return Plan(
        instance_id="0123abcd",
        settings=Settings(port=8081),
        data=str(folder),
        redis_url="unix:///tmp/v.sock",
        bucket=Bucket("http://127.0.0.1:8333", "manta", "key", "secret"),
        ray_folder=str(folder / "r"),
        secrets=str(folder / "secrets"),
        logs=str(folder / "logs"),
    )


def test_a_plan_is_read_as_it_was_written_and_is_for_the_owner_only(tmp_path: Path):
    write(tmp_path / "plan.json", plan(tmp_path))
    assert read(tmp_path / "plan.json") == plan(tmp_path)
    assert (tmp_path / "plan.json").stat().st_mode & 0o077 == 0


def test_ray_listens_on_loopback_with_a_token_whatever_the_environment_says(tmp_path: Path):
    inherited = {
        "PATH": "/bin",
        "RAY_ADDRESS": "10.0.0.1:6379",
        "RAY_AUTH_MODE": "disabled",
        "MANTA_PORT": "1",
    }
    given = environment(inherited, plan(tmp_path))
    assert given["PATH"] == "/bin"
    assert given["RAY_AUTH_MODE"] == "token"
    assert given["RAY_AUTH_TOKEN_PATH"] == str(tmp_path / "secrets" / "ray_token")
    assert given["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert not {"RAY_ADDRESS", "MANTA_PORT"} & set(given)


def test_what_ray_said_last_is_kept_in_the_logs(tmp_path: Path):
    ray, logs = tmp_path / "r", tmp_path / "logs"
    logs.mkdir()
    for words in ("the first end", "the second end"):
        (ray / "session_1" / "logs").mkdir(parents=True)
        (ray / "session_1" / "logs" / "raylet.out").write_text(words)
        (ray / "session_latest").symlink_to(ray / "session_1")
        put_away(ray, logs / "ray")
        assert (logs / "ray" / "raylet.out").read_text() == words
        assert not ray.exists()


def test_where_ray_never_ran_nothing_is_kept(tmp_path: Path):
    put_away(tmp_path / "r", tmp_path / "logs" / "ray")
    assert not (tmp_path / "logs").exists()
