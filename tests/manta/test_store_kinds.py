from pathlib import Path

import pytest

from cluster.embedded.trouble import Trouble
from manta.place import Instance
from manta.settings import Settings
from manta.store_kinds import noted, require_same

DATA = Path("/srv/manta")
ADDRESSES = {"redis": "redis://me:secret@host", "s3": "s3+https://KEY:SECRET@host/bucket"}


def own(name: str) -> Settings:
    return Settings(**{name: ADDRESSES[name]})  # type: ignore[arg-type]


def refused(instance: Instance, settings: Settings) -> Trouble:
    with pytest.raises(Trouble) as raised:
        require_same(instance, settings, DATA)
    assert str(DATA) in raised.value.text
    return raised.value


def test_only_the_kinds_are_noted_and_nothing_secret():
    assert noted(Instance("0123abcd"), own("redis")) == Instance("0123abcd", redis="own", s3="embedded")


@pytest.mark.parametrize("name", ["redis", "s3"])
def test_the_same_kinds_are_let_in_whatever_their_address(name: str):
    instance = Instance("0123abcd")
    for settings in (own(name), Settings()):
        require_same(instance, settings, DATA)  # nothing is noted yet
        require_same(noted(instance, settings), settings, DATA)
    require_same(noted(instance, own("redis")), Settings(redis="unix:///elsewhere.sock"), DATA)


@pytest.mark.parametrize("name", ["redis", "s3"])
def test_a_forgotten_address_is_refused_with_the_flag_that_names_it(name: str):
    trouble = refused(noted(Instance("0123abcd"), own(name)), Settings())
    assert trouble.code == f"{name}_changed"
    assert f"--{name} URL" in trouble.text
    assert f"MANTA_{name.upper()}" in trouble.text


@pytest.mark.parametrize("name", ["redis", "s3"])
def test_an_address_beside_embedded_data_is_refused_without_being_repeated(name: str):
    trouble = refused(noted(Instance("0123abcd"), Settings()), own(name))
    assert trouble.code == f"{name}_changed"
    assert f"leave --{name} out" in trouble.text
    assert "secret" not in trouble.text.lower()
