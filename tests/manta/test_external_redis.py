import socketserver
import threading
from collections.abc import Iterator

import pytest
import redis

from cluster.embedded import loopback
from cluster.embedded.trouble import Trouble
from manta.external_redis import OWNER_KEY, require
from tests.cluster.embedded import servers


def refused(code: str, url: str, instance_id: str = "0123abcd") -> str:
    with pytest.raises(Trouble) as raised:
        require(url, instance_id, lambda _: None)
    assert raised.value.code == code
    assert "\n" not in raised.value.text
    return raised.value.text


def test_a_redis_as_it_should_be_is_ours_from_then_on():
    with servers.valkey() as url:
        require(url, "0123abcd", pytest.fail)
        require(url, "0123abcd", pytest.fail)
        with redis.Redis.from_url(url) as client:
            assert client.get(OWNER_KEY) == b"0123abcd"
        text = refused("redis_foreign", url, "ffffffff")
        assert "0123abcd" in text
        with redis.Redis.from_url(url) as client:
            assert client.get(OWNER_KEY) == b"0123abcd"


def test_one_that_may_throw_data_away_is_refused():
    with servers.valkey(**{"maxmemory-policy": "allkeys-lru"}) as url:
        assert "CONFIG SET maxmemory-policy noeviction" in refused("redis_evicts", url)


@pytest.mark.parametrize("setting", [("appendonly", "no"), ("appendfsync", "everysec")])
def test_one_that_answers_before_its_disk_has_it_is_refused(setting: tuple[str, str]):
    with servers.valkey(**dict([setting])) as url:
        assert setting[0] in refused("redis_not_durable", url)


def test_one_in_cluster_mode_is_refused_for_that():
    ports = loopback.choose(["redis", "bus"], {})
    clustered = {"cluster-enabled": "yes", "port": str(ports["redis"]), "cluster-port": str(ports["bus"])}
    with servers.valkey(**clustered) as url:
        assert "cluster-enabled no" in refused("redis_cluster", url)


def test_one_without_functions_is_refused():
    with servers.valkey("--rename-command", "FUNCTION", "") as url:
        refused("redis_no_functions", url)


def test_one_that_hides_its_settings_is_served_with_a_warning_what_to_check():
    with servers.valkey("--rename-command", "CONFIG", "") as url:
        warnings: list[str] = []
        require(url, "0123abcd", warnings.append)
    assert len(warnings) == 1
    assert "appendfsync always" in warnings[0]
    assert "by hand" in warnings[0]


def test_one_that_hides_its_settings_is_still_refused_for_what_it_shows_elsewhere():
    hides = ("--rename-command", "CONFIG", "")
    with servers.valkey(*hides, appendonly="no") as url:
        refused("redis_not_durable", url)


def test_wrong_passwords_are_named_without_being_repeated():
    with servers.valkey(requirepass="right") as url:
        text = refused("redis_denied", f"unix://:wrong-secret@{url.removeprefix('unix://')}")
        refused("redis_denied", url)
    assert "wrong-secret" not in text


def test_missing_rights_are_named():
    with servers.valkey() as url, redis.Redis.from_url(url) as admin:
        admin.acl_setuser("weak", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-set"])
        refused("redis_denied", f"unix://weak:x@{url.removeprefix('unix://')}")


def test_nobody_at_the_address_is_named():
    port = loopback.choose(["none"], {})["none"]
    assert str(port) in refused("redis_unreachable", f"redis://127.0.0.1:{port}")
    refused("redis_unreachable", "unix:///tmp/m-test-nobody.sock")


def test_an_address_of_another_kind_is_refused():
    assert "rediss://" in refused("setting_invalid", "http://127.0.0.1:6379")


class OldRedis(socketserver.StreamRequestHandler):
    """As much of a Redis 6.2 as is asked: nobody packages the real one any more."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = [self._word() for _ in range(int(line[1:]))]
            if words[0].upper() == b"INFO":
                text = b"# Server\r\nredis_version:6.2.14\r\n"
                self.wfile.write(b"$%d\r\n%s\r\n" % (len(text), text))
            else:
                self.wfile.write(b"-ERR unknown command\r\n")

    def _word(self) -> bytes:
        length = int(self.rfile.readline()[1:])
        return self.rfile.read(length + 2)[:-2]


@pytest.fixture
def old_redis() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OldRedis) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"redis://127.0.0.1:{server.server_address[1]}?protocol=2"
        server.shutdown()


def test_one_older_than_7_is_refused_with_its_version(old_redis: str):
    assert "6.2.14" in refused("redis_old", old_redis)
