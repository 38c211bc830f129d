from pathlib import Path

from actors import nouns
from protocol.messages import ClientRead, Command, Event, words_of


def test_the_reviewed_states_are_those_of_the_code():
    reviewed = Path(nouns.__file__).with_name("states.txt").read_text()
    assert nouns.states() == reviewed, "review the drift, then: python -m actors.nouns > actors/states.txt"


def test_every_command_and_event_belongs_to_a_noun():
    kinds = nouns.manta().kinds
    known = [
        word for kind in kinds.values() for word in (*kind.handlers, *kind.appliers, *kind.actor.upcasters)
    ]
    # `protocol.cluster` and `protocol.upload` are said to the gateway itself
    ours = [
        word
        for word in (*words_of(Command), *words_of(Event))
        if word.__module__.startswith("protocol.")
        and word.__module__ not in ("protocol.cluster", "protocol.upload")
    ]
    assert set(ours) <= set(known)


def test_no_read_of_a_phone_is_answered_at_once_as_it_would_join_no_topic():
    handlers = [
        (word, handler) for kind in nouns.manta().kinds.values() for word, handler in kind.handlers.items()
    ]
    acks = {word: handler.ack for word, handler in handlers if issubclass(word, ClientRead)}
    assert len(acks) > 10
    assert set(acks.values()) == {"journaled"}


def test_a_new_entity_of_every_noun_is_small():
    assert max(len(info.empty) for info in nouns.manta().kinds.values()) <= 40
