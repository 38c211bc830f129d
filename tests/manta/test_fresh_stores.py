"""Stores of an operator that a restore fills: ours when it ends well, else nobody's and empty again."""

from collections.abc import Iterator

import pytest
import redis

from cluster.embedded.s3_door import Bucket, ask
from cluster.embedded.trouble import Trouble
from manta import external_redis, external_s3
from manta.fresh_place import FreshPlace
from manta.fresh_stores import filled_bucket, filled_redis
from tests.cluster.embedded import servers
from tests.manta.test_external_s3 import bucket, own

__all__ = ["bucket", "own"]


class Failed(Exception):
    """The restore did not work out."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with servers.valkey() as url:
        yield url


@pytest.fixture
def asking(url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client


async def test_a_redis_belongs_to_nobody_until_it_is_whole(url: str, asking: "redis.Redis"):
    async with filled_redis(url, "0123abcd", pytest.fail):
        asking.set("manta:{p7}:fence", "1:0")
        with pytest.raises(Trouble) as trouble:
            external_redis.require(url, "0123abcd", pytest.fail)
        assert trouble.value.code == "redis_foreign"
    external_redis.require(url, "0123abcd", pytest.fail)
    assert asking.get("manta:{p7}:fence") == b"1:0"


async def test_a_redis_is_empty_again_when_it_could_not_be_filled(url: str, asking: "redis.Redis"):
    async def fails() -> None:
        async with filled_redis(url, "0123abcd", pytest.fail):
            asking.mset({f"manta:{number}": "x" for number in range(2_500)})
            asking.set("another's", "key")
            raise Failed

    with pytest.raises(Failed):
        await fails()
    assert asking.keys() == [b"another's"]


async def test_a_redis_with_anything_in_it_is_refused_untouched(url: str, asking: "redis.Redis"):
    asking.set("another's", "key")
    with pytest.raises(Trouble) as trouble:
        await filled_redis(url, "0123abcd", pytest.fail).__aenter__()
    assert trouble.value.code == "restore_not_empty"
    assert asking.keys() == [b"another's"]


async def test_a_redis_that_does_not_answer_is_refused_as_ever():
    with pytest.raises(Trouble) as trouble:
        await filled_redis("unix:///absent/v.sock", "0123abcd", pytest.fail).__aenter__()
    assert trouble.value.code == "redis_unreachable"


async def test_a_bucket_is_marked_for_good_only_when_the_restore_was(own: Bucket):
    with pytest.raises(Failed):
        async with filled_bucket(own, "0123abcd"):
            raise Failed
    assert ask(own, "GET", external_s3.OWNER_OBJECT).status == 404
    async with filled_bucket(own, "0123abcd"):
        pass
    with pytest.raises(Failed):
        async with filled_bucket(own, "0123abcd"):
            raise Failed
    assert ask(own, "GET", external_s3.OWNER_OBJECT).body == b"0123abcd"
    with pytest.raises(Trouble) as trouble:
        await filled_bucket(own, "ffffffff").__aenter__()
    assert trouble.value.code == "s3_foreign"


def test_a_place_that_is_not_finished_is_gone(tmp_path):
    with FreshPlace(str(tmp_path / "data")) as fresh:
        fresh.open("")
        assert fresh.place.folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    with FreshPlace(str(tmp_path / "data")) as fresh:
        made = fresh.open("")
        fresh.finish()
    assert (tmp_path / "data/instance.json").exists()
    assert made.id in (tmp_path / "data/instance.json").read_text()
    with pytest.raises(Trouble) as trouble:
        FreshPlace(str(tmp_path / "data"))
    assert trouble.value.code == "restore_not_empty"


def test_a_folder_filled_meanwhile_is_not_replaced(tmp_path):
    with FreshPlace(str(tmp_path / "data")) as fresh:
        fresh.open("0123abcd")
        (tmp_path / "data").mkdir()
        (tmp_path / "data/dear").write_text("me")
        with pytest.raises(Trouble) as trouble:
            fresh.finish()
    assert trouble.value.code == "data_unusable"
    assert [path.name for path in tmp_path.rglob("*")] == ["data", "dear"]
