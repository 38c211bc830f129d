"""Outcomes that no cell could carry out are caught in the harness."""

from typing import Any

import pytest

from actors import laws
from actors.kernel import (
    Actor,
    Call,
    Outcome,
    Push,
    Remind,
    State,
    Tell,
    TellAll,
    applies,
    handles,
)
from actors.testkit import START_MS, Given
from protocol.messages import ClientRead, Event, Message
from tests.actors.bulb import (
    Dim,
    Glow,
    Shine,
    Switch,
    Switched,
    broken,
    changed,
)


def broken_by(law: str, outcome: Any) -> str:
    """Has a handler return this; it must break that law; the text."""

    @handles
    def switch(self, command: Switch, call: Call) -> Any:
        return outcome

    return broken(changed(__name__, switch=switch), law, Switch())


def test_a_handler_that_returns_no_outcome_is_caught():
    assert "returned None" in broken_by(laws.WELL_FORMED, None)


@pytest.mark.parametrize(
    "topic", ["bulb:1/foot", "bulb:2", "bulb:12", "bulb:1/", "bulb:1/a b", "lamp:1", "bulb:1x"]
)
def test_a_push_to_a_foreign_topic_is_caught(topic: str):
    assert topic in broken_by(laws.WELL_FORMED, Outcome(None, [], [Push(topic, Glow(True))]))


class Buzzed(Message, frozen=True, tag="fly.buzzed"):
    """Of another noun."""


def test_a_push_in_the_words_of_another_noun_is_caught():
    assert "Buzzed" in broken_by(laws.WELL_FORMED, Outcome(None, [], [Push("bulb:1", Buzzed())]))


class PeekInBox(ClientRead, frozen=True, tag="box.peek"):
    """What does not belong into a box."""


class BoxOpened(Event, frozen=True, tag="box.opened"):
    """What a read must not bring."""


class BoxActor(Actor[State], kind="box"):
    __slots__ = ()

    @handles
    def peek(self, command: PeekInBox, call: Call) -> Outcome:
        return Outcome(None, [BoxOpened()], [])

    @applies
    def opened(self, event: BoxOpened) -> None: ...


def test_a_read_that_changes_something_is_caught():
    with pytest.raises(laws.LawBroken, match="PeekInBox brings BoxOpened") as caught:
        Given(BoxActor).when(PeekInBox())
    assert caught.value.law == laws.READS_ONLY


def test_a_read_that_tells_somebody_is_caught():
    told = Outcome(None, [], [Tell("user:ann", Dim())])
    with pytest.raises(laws.LawBroken, match="PeekInBox brings Tell"):
        laws.reads_only(PeekInBox(), told)
    laws.reads_only(Switch(), told)


@pytest.mark.parametrize("to", ["", "ann", "user:", ":ann", "user:a b"])
def test_a_tell_to_nobody_is_caught(to: str):
    assert "must be kind:key" in broken_by(laws.WELL_FORMED, Outcome(None, [], [Tell(to, Dim())]))


def test_a_tell_to_an_unknown_audience_is_caught():
    outcome = Outcome(None, [], [TellAll("friends", Dim())])
    assert "declares no audience 'friends'" in broken_by(laws.WELL_FORMED, outcome)


def test_a_reminder_in_the_past_is_caught():
    broken_by(laws.WELL_FORMED, Outcome(None, [], [Remind(START_MS, Dim())]))


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Glow(True)),  # type: ignore[arg-type]
        Outcome(None, [Glow(True)]),  # type: ignore[list-item]
        Outcome(None, [], [Glow(True)]),  # type: ignore[list-item]
        Outcome(None, [], [Tell("user:ann", Switch())]),  # type: ignore[arg-type]
        Outcome(None, [], [Push("bulb:1", Shine(True))]),  # type: ignore[arg-type]
    ],
)
def test_a_word_of_the_wrong_family_is_caught(outcome: Outcome):
    broken_by(laws.WELL_FORMED, outcome)


def test_an_event_that_cannot_be_written_down_is_caught():
    event = Switched(True, object())  # type: ignore[arg-type]
    assert "Switched cannot" in broken_by(laws.WRITABLE, Outcome(None, [event]))


def test_an_event_that_comes_back_different_is_caught():
    event = Switched(True, "ann", ("a",))  # type: ignore[arg-type]
    assert "marks: ('a',) became ['a']" in broken_by(laws.WRITABLE, Outcome(None, [event]))
