import pytest

from manta.secrecy import veiled


@pytest.mark.parametrize(
    ("open", "shown"),
    [
        ("redis://me:secret@host:6379/0", "redis://***@host:6379/0"),
        ("redis://:secret@host", "redis://***@host"),
        ("s3+https://KEY:SECRET@host/bucket", "s3+https://***@host/bucket"),
        ("redis://host:6379", "redis://host:6379"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        (8080, 8080),
    ],
)
def test_no_password_is_shown(open: object, shown: object):
    assert veiled(open) == shown
