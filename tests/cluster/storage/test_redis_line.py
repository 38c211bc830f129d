"""A line to Redis: how it is opened, how it comes back, and how it gives up."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from cluster.embedded.loopback import choose
from cluster.ports import StorageDown
from cluster.storage.redis_address import RedisAddress
from cluster.storage.redis_line import LONGEST_PAUSE_S, RedisLine
from tests.cluster.storage.redis_server import RedisServer
from tests.cluster.storage.scripted_redis import scripted


def line_to(url: str, timeout_s: float = 5.0) -> RedisLine:
    return RedisLine(RedisAddress.parse(url), "test", timeout_s)


def make_certificate(key: Path, certificate: Path) -> None:
    """A certificate for localhost that signs itself."""
    if not shutil.which("openssl"):
        pytest.skip("absent: no openssl to make a certificate with")
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*words.split(), *files], check=True, capture_output=True)


async def test_a_line_connects_on_first_use_and_again_after_a_cut(own_valkey: RedisServer):
    line = line_to(own_valkey.url)
    with pytest.raises(StorageDown, match="cannot reach"):
        await line.ask("PING")
    own_valkey.start()
    assert await line.ask("PING") == b"PONG"
    first = line.generation
    own_valkey.kill()
    own_valkey.start()
    with pytest.raises(StorageDown):  # the loop has not seen the cut yet
        await line.ask("PING")
    assert await line.ask("PING") == b"PONG"
    assert line.generation > first
    await line.close()


async def test_callers_of_one_moment_share_one_connection(own_valkey: RedisServer):
    own_valkey.start()
    line = line_to(own_valkey.url)
    assert await asyncio.gather(*(line.ask("ECHO", b"%d" % number) for number in range(20))) == [
        b"%d" % number for number in range(20)
    ]
    assert line.generation == 1
    await line.close()


async def test_a_caller_who_gives_up_leaves_the_attempt_to_the_others(own_valkey: RedisServer):
    own_valkey.start()
    line = line_to(own_valkey.url)
    first, second = (asyncio.ensure_future(line.ask("PING")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b"PONG"
    await line.close()


async def test_user_password_and_database_of_the_address_are_used(own_valkey: RedisServer):
    own_valkey.start()
    path = own_valkey.url.removeprefix("unix://")
    admin = line_to(own_valkey.url)
    await admin.ask("ACL", "SETUSER", "ann", "on", ">p w", "~*", "&*", "+@all", "-client|setname")
    ann = line_to(f"unix://ann:p%20w@{path}?db=3")
    assert await ann.ask("SET", "a", "1") == b"OK"
    assert await ann.ask("ACL", "WHOAMI") == b"ann"
    assert await admin.ask("GET", "a") is None
    wrong = line_to(f"unix://ann:other@{path}")
    with pytest.raises(StorageDown, match="AUTH") as refused:
        await wrong.ask("PING")
    assert "other" not in str(refused.value)
    await asyncio.gather(admin.close(), ann.close(), wrong.close())


async def test_a_refusal_is_raised_with_its_words(own_valkey: RedisServer):
    own_valkey.start()
    line = line_to(own_valkey.url)
    with pytest.raises(StorageDown, match="unknown command"):
        await line.ask("NONSENSE")
    assert await line.ask("PING") == b"PONG"
    assert line.generation == 1
    await line.close()


async def test_a_server_that_became_a_replica_is_asked_for_anew(socket_folder: Path):
    def answer(command: list[bytes]) -> bytes:
        return (
            b"-READONLY You can't write against a read only replica.\r\n"
            if command[0] == b"SET"
            else b"+OK\r\n"
        )

    async with scripted(socket_folder / "replica", answer):
        line = line_to(f"unix://{socket_folder / 'replica'}")
        with pytest.raises(StorageDown, match="READONLY"):
            await line.ask("SET", "a", "1")
        assert await line.ask("GET", "a") == b"OK"
        assert line.generation == 2
        await line.close()


@pytest.mark.virtual_time
async def test_pauses_between_attempts_grow_to_their_limit(tmp_path: Path):
    line, loop = line_to(f"unix://{tmp_path / 'nobody'}"), asyncio.get_running_loop()
    pauses = []
    for _ in range(10):
        before_s = loop.time()
        with pytest.raises(StorageDown, match="cannot reach"):
            await line.ask("PING")
        pauses.append(loop.time() - before_s)
    assert pauses[0] == 0
    assert all(0 < pause <= LONGEST_PAUSE_S for pause in pauses[1:])
    assert pauses[1] <= 0.02
    assert pauses[-1] >= LONGEST_PAUSE_S / 2
    await line.close()


@pytest.mark.virtual_time
async def test_a_server_that_greets_nobody_is_given_up(socket_folder: Path):
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(mute, socket_folder / "mute")
    line = line_to(f"unix://{socket_folder / 'mute'}", timeout_s=2.0)
    with pytest.raises(StorageDown, match="within 2 s"):
        await line.ask("PING")
    await line.close()
    server.close()


async def test_a_closed_line_stays_closed(own_valkey: RedisServer):
    own_valkey.start()
    line = line_to(own_valkey.url)
    waiting = asyncio.ensure_future(line.ask("PING"))
    await asyncio.sleep(0)
    await line.close()
    for attempt in (waiting, line.ask("PING")):
        with pytest.raises(StorageDown, match="closed"):
            await attempt


async def test_tls_is_spoken_to_a_server_that_asks_for_it(
    external_redis: RedisServer, tmp_path: Path, socket_folder: Path
):
    key, certificate, port = tmp_path / "key", tmp_path / "certificate", choose(["tls"], {})["tls"]
    make_certificate(key, certificate)
    server = external_redis.beside(tmp_path / "data", socket_folder / "tls")
    server.more = {
        "tls-port": str(port), "tls-cert-file": str(certificate), "tls-key-file": str(key),
        "tls-ca-cert-file": str(certificate), "tls-auth-clients": "no",
    }  # fmt: skip
    server.start()
    try:
        line = line_to(f"rediss://localhost:{port}?ssl_ca_certs={certificate}")
        assert await line.ask("ECHO", bytes(200_000)) == bytes(200_000)
        stranger = line_to(f"rediss://localhost:{port}")
        with pytest.raises(StorageDown, match="certificate"):
            await stranger.ask("PING")
        await asyncio.gather(line.close(), stranger.close())
    finally:
        server.kill()
