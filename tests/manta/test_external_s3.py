import asyncio
import urllib.parse
from collections.abc import Iterator

import pytest

from cluster.embedded import loopback
from cluster.embedded.nursery import Nursery
from cluster.embedded.s3_door import Bucket, ask
from cluster.embedded.seaweed import EmbeddedSeaweed
from cluster.embedded.trouble import Trouble
from manta.external_s3 import OWNER_OBJECT, parse, require
from tests.cluster.embedded.servers import short_folder

URL = "s3+https://KEY:SE%2FCRET@s3.example.org:9000/photos?region=eu-1"


def test_a_url_names_bucket_keys_and_region():
    assert parse(URL) == Bucket("https://s3.example.org:9000", "photos", "KEY", "SE/CRET", "eu-1")
    assert parse("s3+http://a:b@127.0.0.1/photos").region == "us-east-1"


@pytest.mark.parametrize(
    "url",
    [
        "https://KEY:SECRET@host/bucket",
        "s3+https://host/bucket",
        "s3+https://KEY@host/bucket",
        "s3+https://KEY:SECRET@host",
        "s3+https://KEY:SECRET@host/bucket/folder",
        "s3+https://KEY:SECRET@host/bucket?reigon=eu-1",
    ],
)
def test_a_url_of_another_form_is_refused_with_the_right_one(url: str):
    with pytest.raises(Trouble) as raised:
        parse(url)
    assert raised.value.code == "setting_invalid"
    assert "s3+https://KEY:SECRET@HOST:PORT/BUCKET" in raised.value.text
    assert url not in raised.value.text


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A bucket in a real object store that stands for an operator's own."""
    with short_folder() as folder, asyncio.Runner() as runner:
        (folder / "secrets").mkdir()
        nursery = Nursery(folder / "logs", lambda _: None)
        runner.run(nursery.__aenter__())
        seaweed = EmbeddedSeaweed(nursery, folder / "data", folder, folder / "secrets", folder / "ports.json")
        runner.run(seaweed.start())
        yield seaweed.bucket
        runner.run(seaweed.stop(asyncio.Event()))
        runner.run(nursery.__aexit__())


@pytest.fixture
def own(bucket: Bucket, request: pytest.FixtureRequest) -> Bucket:
    name = f"b{abs(hash(request.node.name))}"
    assert ask(bucket._replace(name=name), "PUT").status == 200
    return bucket._replace(name=name)


def refused(code: str, bucket: Bucket, instance_id: str = "0123abcd") -> str:
    with pytest.raises(Trouble) as raised:
        require(bucket, instance_id)
    assert raised.value.code == code
    assert bucket.secret_key not in raised.value.text
    return raised.value.text


def test_a_bucket_is_ours_from_the_first_time_on(own: Bucket):
    require(own, "0123abcd")
    require(own, "0123abcd")
    assert "0123abcd" in refused("s3_foreign", own, "ffffffff")
    assert ask(own, "GET", OWNER_OBJECT).body == b"0123abcd"


def test_wrong_keys_are_refused_with_what_to_check(own: Bucket):
    assert "SignatureDoesNotMatch" in refused("s3_denied", own._replace(secret_key="wrong-secret-key"))
    assert "InvalidAccessKeyId" in refused("s3_denied", own._replace(access_key="nobody"))


def test_a_bucket_that_is_not_there_is_named(own: Bucket):
    assert "not-there" in refused("s3_no_bucket", own._replace(name="not-there"))


def test_nobody_at_the_address_is_named(own: Bucket):
    port = loopback.choose(["none"], {})["none"]
    text = refused("s3_unreachable", own._replace(endpoint=f"http://127.0.0.1:{port}"))
    assert str(port) in text


def test_names_with_odd_letters_are_signed_right(own: Bucket):
    key = "a b/ü+&=~'(1).jpg"
    assert ask(own, "PUT", key, b"bytes").status == 200
    assert ask(own, "GET", key).body == b"bytes"
    assert urllib.parse.quote(key) != key
