import msgspec
import pytest

from actors.catalogue import Catalogue
from actors.kernel import Actor, State
from protocol.errors import Malformed, Quarantined
from tests.actors.bulb import (
    BulbActor,
    BulbState,
    Dim,
    FirstBulbState,
    Flipped,
    Inspect,
    Shine,
    Switch,
    Switched,
    Touched,
    changed,
    raw,
)

catalogue = Catalogue([BulbActor])
bulb = catalogue.kinds["bulb"]


def test_commands_of_every_family_are_read_inside():
    for command in (Switch(False), Inspect(), Dim()):
        assert catalogue.decode_command(raw(command)) == command
        assert catalogue.decode_command(msgspec.Raw(raw(command))) == command


def test_a_phone_says_client_commands_only():
    assert catalogue.decode_client_command(raw(Switch())) == Switch()
    for command in (Inspect(), Dim()):
        with pytest.raises(Malformed, match=r"Invalid value 'bulb\.(inspect|dim)'"):
            catalogue.decode_client_command(raw(command))


@pytest.mark.parametrize(
    "said",
    [
        raw({"type": "bulb.switch", "on": True, "why": "dark"}),
        raw({"type": "bulb.switch", "on": "yes"}),
        raw({"type": "bulb.burn"}),
        raw({"on": True}),
        raw(["bulb.switch", True]),
        b"",
        b"\xc1",
        b"\x82\xa4type\xabbulb.switch\xa1\xff\x01",
        b"\x82\xa4type\xabbulb.switch\xa2on" + b"\x91" * 100_000,
    ],
)
def test_what_no_phone_may_say_is_malformed(said: bytes):
    with pytest.raises(Malformed, match="not a word that is known here"):
        catalogue.decode_client_command(said)


def test_a_refusal_does_not_echo_a_long_word():
    with pytest.raises(Malformed) as caught:
        catalogue.decode_client_command(raw({"type": "x" * 60_000}))
    assert len(caught.value.text) < 300


def test_additions_by_newer_peers_are_tolerated():
    assert catalogue.decode_command(raw({"type": "bulb.dim", "by_percent": 10})) == Dim()
    assert bulb.decode_events(raw([["bulb.switched", True, "ann", [], "new"]])) == [Switched(True, "ann")]


def test_replies_are_read_back():
    assert catalogue.decode_reply(raw(Shine(True))) == Shine(True)


def test_old_events_are_carried_up():
    journaled = raw([Flipped(True), Switched(False, "ann")])
    assert bulb.decode_events(journaled) == [Switched(True, "someone"), Switched(False, "ann")]


def test_ephemeral_events_are_never_journaled():
    with pytest.raises(Quarantined, match="journaled events of a bulb cannot be read"):
        bulb.decode_events(raw([Touched("ann")]))


def test_a_state_is_stored_with_its_version():
    state = BulbState(on=True, switches=2, owners={"ann"})
    assert bulb.version == 2
    assert bulb.decode_state(2, bulb.encode_state(state)) == state


def test_an_old_state_is_carried_up():
    assert bulb.decode_state(1, raw(FirstBulbState(on=1))) == BulbState(on=True)


def test_a_state_with_fewer_fields_gets_the_defaults():
    assert bulb.decode_state(2, raw([True])) == BulbState(on=True)


@pytest.mark.parametrize(
    ("version", "stored", "text"),
    [
        (3, raw([]), "a bulb of version 3; known here are 1 to 2"),
        (2, raw([7]), "a stored bulb cannot be read"),
    ],
)
def test_a_state_that_cannot_be_read_is_quarantined(version: int, stored: bytes, text: str):
    with pytest.raises(Quarantined, match=text):
        bulb.decode_state(version, stored)


def test_an_entity_that_never_was_has_the_default_state():
    assert bulb.state_type() == BulbState()
    assert bulb.empty == raw(BulbState())


def test_a_ref_leads_to_its_noun():
    assert catalogue.kind_of("bulb:1") is bulb
    for ref in ("lamp:1", "bulb:", "bulb", ""):
        with pytest.raises(Malformed, match="it must be kind:key"):
            catalogue.kind_of(ref)


def test_two_nouns_of_one_kind_are_refused():
    with pytest.raises(TypeError, match="are both 'bulb'"):
        Catalogue([BulbActor, changed(__name__)])


def test_a_state_without_defaults_is_refused():
    class NeedyState(State):
        size: int

    class NeedyActor(Actor[NeedyState], kind="needy"):
        pass

    with pytest.raises(TypeError, match="an entity that never was needs defaults"):
        Catalogue([NeedyActor])


def test_a_noun_without_words_can_be_listed():
    class BareState(State):
        pass

    class BareActor(Actor[BareState], kind="bare"):
        pass

    assert Catalogue([BareActor]).kinds["bare"].decode_events(raw([])) == []
