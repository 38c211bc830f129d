"""What the harness gives to a test, and what it refuses of its own."""

import pytest

from actors.kernel import (
    Call,
    Live,
    Outcome,
    Push,
    Remind,
    Tell,
    audience,
    handles,
)
from actors.laws import LawBroken
from actors.testkit import START_MS, Given
from protocol.errors import Malformed
from tests.actors.bulb import (
    BulbActor,
    BulbLive,
    BulbState,
    Dim,
    Glow,
    Inspect,
    Shine,
    Switch,
    Switched,
    Touch,
    changed,
)


@pytest.fixture
def bulb() -> Given:
    return Given(BulbActor)


# what it gives back


def test_a_result_equals_the_outcome_that_says_the_same(bulb: Given):
    assert bulb.told(Dim()) == Outcome(None, [Switched(False, "")])
    assert bulb.when(Inspect()) == Outcome(Shine(False))
    assert bulb.when(Inspect()) != Outcome(Shine(True))


def test_a_result_shows_reply_events_and_effects(bulb: Given):
    result = bulb.when(Switch(), by="ann")
    assert result.reply == Shine(True)
    assert result.events == [Switched(True, "ann")]
    assert result.tells == [Tell("house:1", Dim())]
    assert result.pushes == [Push("bulb:1", Glow(True))]
    assert len(result.effects) == 4


def test_the_state_is_carried_forward(bulb: Given):
    bulb.when(Switch())
    assert bulb.when(Inspect()) == Outcome(Shine(True))
    bulb.told(Dim())
    assert bulb.when(Inspect()) == Outcome(Shine(False))
    assert bulb.state == BulbState(on=False, switches=2)


def test_a_rejection_shows_its_code_and_equals_no_outcome():
    result = Given(BulbActor, BulbState(switches=3)).when(Switch())
    assert (result.rejected, result.text) == ("bulb.burnt", "it has been switched too often")
    assert result != Outcome()


def test_the_given_state_is_not_the_one_that_changes():
    given = BulbState()
    Given(BulbActor, given).when(Switch())
    assert given == BulbState()


def test_a_test_may_set_the_state_between_commands(bulb: Given):
    bulb.when(Switch())
    bulb.state.on = False
    assert bulb.when(Inspect()) == Outcome(Shine(False))
    bulb.when(Switch())
    assert bulb.state.on


def test_calls_come_a_second_apart_under_ids_of_their_own(bulb: Given):
    bulb.when(Switch())
    effect = bulb.when(Switch()).effects[3]
    assert effect == Remind(START_MS + 62_000, Dim())


def test_time_caller_and_id_can_be_given():
    @handles
    def inspect(self, command: Inspect, call: Call) -> Outcome:
        return Outcome(None, [Switched(True, f"{call.user} {call.id} {call.at}")])

    result = Given(changed(__name__, inspect=inspect)).when(Inspect(), by="ann", id="c7", at=5)
    assert result.events == [Switched(True, "ann c7 5")]


def test_a_crash_forgets_what_is_live_and_nothing_else(bulb: Given):
    bulb.when(Switch())
    bulb.when(Touch(), by="ann")
    assert bulb.live == BulbLive(hands={"ann"})
    bulb.crash()
    assert (bulb.live, bulb.state) == (BulbLive(), BulbState(on=True, switches=1))


def test_an_audience_is_listed_step_by_step():
    bulb = Given(BulbActor, BulbState(owners={"ann", "bob", "cid"}))
    assert bulb.listed("owners", limit=2) == ["user:ann", "user:bob"]
    assert bulb.listed("owners", after="user:bob", limit=2) == ["user:cid"]


def test_a_command_that_the_door_refuses_is_refused_here(bulb: Given):
    with pytest.raises(Malformed, match="Expected `bool`"):
        bulb.when(Switch("yes"))  # type: ignore[arg-type]


def test_an_audience_out_of_order_is_caught():
    @audience("owners")
    def to_owners(self, after: str, limit: int) -> list[str]:
        return ["user:bob", "user:ann"]

    with pytest.raises(LawBroken, match="sorted"):
        Given(changed(__name__, to_owners=to_owners)).listed("owners")


def test_an_event_of_the_live_part_needs_one():
    assert issubclass(BulbLive, Live)
    assert Given(BulbActor, live=BulbLive(hands={"ann"})).when(Touch(), by="ann").reply == Shine(True)
