"""Addresses of Redis: what is read from them, and that no password gets out of them."""

import pytest

from cluster.storage.redis_address import RedisAddress


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("redis://", RedisAddress(host="localhost")),
        ("redis://db.example:7000/3", RedisAddress(host="db.example", port=7000, database=3)),
        ("redis://:p%40ss@db/", RedisAddress(host="db", password="p@ss")),
        (
            "redis://ann:p%2Fw@[::1]:1?db=2",
            RedisAddress(host="::1", port=1, user="ann", password="p/w", database=2),
        ),
        ("unix:///run/a%20b.sock", RedisAddress(path="/run/a b.sock")),
        ("unix://ann:pw@/run/s?db=4", RedisAddress(path="/run/s", user="ann", password="pw", database=4)),
    ],
)
def test_an_address_says_where_and_as_whom(url: str, wanted: RedisAddress):
    assert RedisAddress.parse(url) == wanted


def test_a_tls_address_checks_certificates_unless_told_otherwise():
    strict, lax = RedisAddress.parse("rediss://db:6380"), RedisAddress.parse("rediss://db?ssl_cert_reqs=none")
    named = RedisAddress.parse("rediss://db?ssl_check_hostname=false")
    assert strict.tls is not None
    assert lax.tls is not None
    assert named.tls is not None
    assert strict.tls.check_hostname
    assert not lax.tls.verify_mode
    assert named.tls.verify_mode
    assert not named.tls.check_hostname


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://db", "starts with"),
        ("db:6379", "starts with"),
        ("redis://db/first", "number"),
        ("redis://:secret@db:port", "not a Redis address"),
        ("unix://", "path of a socket"),
    ],
)
def test_an_address_that_is_none_is_refused_in_words(url: str, why: str):
    with pytest.raises(ValueError, match=why) as refused:
        RedisAddress.parse(url)
    assert "secret" not in str(refused.value)


def test_an_address_is_shown_without_its_password():
    address = RedisAddress.parse("redis://ann:secret@db:7000/3")
    assert (str(address), repr(address)) == ("db:7000", "db:7000")
    assert str(RedisAddress.parse("unix://:secret@/run/s")) == "/run/s"
