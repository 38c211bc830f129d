from pathlib import Path

import pytest
import redis

from cluster.embedded.trouble import Trouble
from manta import embedded_owner, external_redis
from tests.cluster.embedded import servers


def path_of(url: str) -> Path:
    return Path(url.removeprefix("unix://"))


async def test_an_embedded_valkey_is_ours_from_then_on():
    with servers.valkey() as url:
        await embedded_owner.require_valkey(path_of(url), "0123abcd")
        await embedded_owner.require_valkey(path_of(url), "0123abcd")
        with redis.Redis.from_url(url) as client:
            assert client.get(external_redis.OWNER_KEY) == b"0123abcd"
        with pytest.raises(Trouble) as raised:
            external_redis.require(url, "ffffffff", lambda _: None)
        assert raised.value.code == "redis_foreign"


async def test_an_embedded_valkey_with_data_of_another_instance_is_refused():
    with servers.valkey() as url:
        await embedded_owner.require_valkey(path_of(url), "0123abcd")
        with pytest.raises(Trouble) as raised:
            await embedded_owner.require_valkey(path_of(url), "ffffffff")
    assert raised.value.code == "redis_foreign"
    assert "0123abcd" in raised.value.text


async def test_a_valkey_that_never_takes_the_mark_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded_owner, "MARKED_WITHIN_S", 0.2)
    with pytest.raises(Trouble) as raised:
        await embedded_owner.require_valkey(tmp_path / "nobody.sock", "0123abcd")
    assert raised.value.code == "valkey_failed"
    with servers.valkey(requirepass="right") as url, pytest.raises(Trouble) as raised:
        await embedded_owner.require_valkey(path_of(url), "0123abcd")
    assert "NOAUTH" in raised.value.text
