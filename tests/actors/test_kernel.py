import pytest

from actors.kernel import Actor, Call, Outcome, Rejected, State, applies, audience, handles, upcasts
from protocol.messages import EphemeralEvent, Event
from tests.actors.bulb import (
    BulbActor,
    BulbLive,
    BulbState,
    Dim,
    FirstBulbState,
    Flipped,
    Inspect,
    Shine,
    Switch,
    Switched,
    Touch,
    Touched,
    changed,
)


class Rung(Event, frozen=True, tag="handbell.rung"):
    pass


def test_a_noun_lists_what_it_handles_and_how_it_answers():
    assert {word: handler.ack for word, handler in BulbActor.handlers.items()} == {
        Switch: "journaled",
        Touch: "applied",
        Inspect: "journaled",
        Dim: "journaled",
    }


def test_a_noun_lists_its_appliers_audiences_and_upcasts():
    assert set(BulbActor.appliers) == {Switched, Touched}
    assert set(BulbActor.audiences) == {"owners"}
    assert set(BulbActor.upcasters) == {Flipped, FirstBulbState}


def test_a_noun_knows_its_kind_state_and_live_part():
    assert (BulbActor.kind, BulbActor.state_type, BulbActor.live_type) == ("bulb", BulbState, BulbLive)


def test_a_handler_decides_and_an_applier_changes():
    bulb = BulbActor()
    bulb.key, bulb.state, bulb.live = "1", BulbState(), BulbLive()
    outcome = BulbActor.handlers[Switch].decide(bulb, Switch(), Call("ann", "c1", 1))
    assert (outcome.reply, outcome.events) == (Shine(True), [Switched(True, "ann")])
    assert not bulb.state.on
    bulb.apply(outcome.events[0])
    assert bulb.state.on


def test_an_actor_carries_nothing_but_key_state_and_live():
    with pytest.raises(AttributeError):
        BulbActor().cache = {}  # type: ignore[attr-defined]


def test_a_command_without_handler_fails_at_class_creation():
    with pytest.raises(TypeError, match="neither handles, applies nor upcasts: Inspect"):
        changed(__name__, without=("inspect",))


def test_an_event_without_applier_fails_at_class_creation():
    with pytest.raises(TypeError, match="neither handles, applies nor upcasts: Switched"):
        changed(__name__, without=("switched",))


def test_an_old_event_without_upcast_fails_at_class_creation():
    with pytest.raises(TypeError, match="Flipped"):
        changed(__name__, without=("flipped",))


def test_an_ephemeral_event_without_applier_fails_at_class_creation():
    assert issubclass(Touched, EphemeralEvent)
    with pytest.raises(TypeError, match="Touched"):
        changed(__name__, without=("touched",))


def test_two_handlers_of_one_command_fail_at_class_creation():
    @handles
    def again(self, command: Switch, call: Call) -> Outcome:
        return Outcome()

    with pytest.raises(TypeError, match=r"ChangedActor\.again: .*Switch.* is taken already"):
        changed(__name__, again=again)


def test_a_handler_that_names_no_word_fails_at_class_creation():
    @handles
    def vague(self, command, call) -> Outcome:
        return Outcome()

    with pytest.raises(TypeError, match=r"vague: type its first argument as a word of 'bulb'"):
        changed(__name__, vague=vague)


def test_a_handler_that_names_an_event_fails_at_class_creation():
    @handles
    def mistaken(self, command: Switched, call: Call) -> Outcome:
        return Outcome()

    with pytest.raises(TypeError, match="mistaken: type its first argument"):
        changed(__name__, mistaken=mistaken)


def test_an_applier_of_another_noun_fails_at_class_creation():
    @applies
    def rung(self, event: Rung) -> None:
        pass

    with pytest.raises(TypeError, match="rung: type its first argument as a word of 'bulb'"):
        changed(__name__, rung=rung)


def test_an_upcast_of_something_else_fails_at_class_creation():
    @upcasts
    def odd(event: int) -> Switched:
        return Switched(True, "someone")

    with pytest.raises(TypeError, match="odd"):
        changed(__name__, odd=staticmethod(odd))


def test_an_audience_without_cursor_fails_at_class_creation():
    @audience("friends")
    def to_friends(self) -> list[str]:
        return []

    with pytest.raises(TypeError, match="to_friends"):
        changed(__name__, to_friends=to_friends)


def test_a_moment_of_answering_that_does_not_exist_fails_at_once():
    with pytest.raises(TypeError):
        handles("later")


def test_an_actor_without_state_fails_at_class_creation():
    with pytest.raises(TypeError, match=r"Lonely must name its state, as in Actor\[PostState\]"):

        class Lonely(Actor, kind="lonely"):  # type: ignore[type-arg]
            pass


def test_a_rejection_has_a_code_and_a_text():
    rejected = Rejected("bulb.burnt", "it has been switched too often")
    assert (rejected.code, rejected.text, rejected.retry) == (
        "bulb.burnt",
        "it has been switched too often",
        False,
    )


def test_states_are_written_by_position():
    assert State.__struct_config__.array_like
