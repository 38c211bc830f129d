import msgspec
import pytest

from protocol.messages import (
    ClientCommand,
    ClientRead,
    Command,
    Event,
    Message,
    Reply,
    noun_of,
    tag_of,
    topics_of,
    words_of,
)


class Strike(ClientCommand, frozen=True, tag="gong.strike"):
    hard: bool = False


class Struck(Event, frozen=True, tag="gong.struck"):
    hard: bool


class Boom(Reply, frozen=True, tag="gong.boom"):
    pass


class Listen(ClientRead, frozen=True, tag="horn.listen"):
    pass


class Rang(Message, frozen=True, tag="horn.rang"):
    pass


class Echoed(Message, frozen=True, tag="horn.echoed"):
    parts = ("", "echo", "far/echo")


def test_a_tag_says_the_noun():
    assert (tag_of(Strike), noun_of(Strike)) == ("gong.strike", "gong")


def test_words_are_listed_by_family_and_noun():
    assert words_of(Command, "gong") == [Strike]
    assert words_of(Event, "gong") == [Struck]
    assert Boom in words_of(Reply)
    assert words_of(Command, "nobody") == []


def test_a_read_of_a_phone_is_a_command_of_a_phone_and_nothing_else_may_stand_in_it():
    assert words_of(ClientCommand, "horn") == words_of(ClientRead, "horn") == [Listen]
    assert words_of(ClientRead, "gong") == []
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"type":"horn.listen","loud":true}', type=Listen)


def test_the_topics_of_an_actor_are_those_of_which_its_messages_tell():
    assert topics_of("horn") == {"", "/echo", "/far/echo"}
    assert topics_of("gong") == {""}


def test_families_themselves_are_no_words():
    assert ClientCommand not in words_of(Command)


def test_commands_travel_by_name_and_events_by_position():
    assert msgspec.json.encode(Strike()) == b'{"type":"gong.strike","hard":false}'
    assert msgspec.json.encode(Struck(True)) == b'["gong.struck",true]'


class Noise(msgspec.Struct, tag_field="type"):
    """A family of its own: two words of one tag would spoil the others for every test that follows."""


class Hum(Noise, tag="hum.m"):
    pass


class Humm(Noise, tag="hum.m"):
    pass


def test_two_words_with_one_tag_are_refused():
    with pytest.raises(TypeError, match=r"Humm? and Humm? share the tag 'hum\.m'"):
        words_of(Noise)
