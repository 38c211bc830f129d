"""Each test plants one bug in a bulb; the harness names the law that it breaks."""

import itertools
import random

import pytest

from actors import laws
from actors.kernel import (
    Call,
    Outcome,
    Rejected,
    Tell,
    applies,
    handles,
)
from actors.laws import LawBroken
from actors.testkit import Given
from tests.actors.bulb import (
    BulbState,
    Dim,
    Shine,
    Switch,
    Switched,
    Touch,
    Touched,
    broken,
    changed,
)

SEEN: list[str] = []
NUMBERS = itertools.count()


# handlers


def test_a_handler_that_changes_the_state_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        self.state.on = True
        return Outcome()

    assert "on: False became True" in broken(changed(__name__, switch=switch), laws.LEFT_ALONE, Switch())


def test_a_handler_that_changes_the_state_and_then_rejects_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        self.state.marks.append("tried")
        raise Rejected("bulb.broken")

    assert "marks: [] became ['tried']" in broken(changed(__name__, switch=switch), laws.LEFT_ALONE, Switch())


def test_a_handler_that_changes_what_is_live_is_caught():
    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        self.live.hands.add(call.user)
        return Outcome()

    assert "hands" in broken(changed(__name__, touch=touch), laws.LEFT_ALONE, Touch())


def test_a_handler_that_puts_another_state_in_place_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        self.state = BulbState(on=True)
        return Outcome()

    assert "another state" in broken(changed(__name__, switch=switch), laws.LEFT_ALONE, Switch())


def test_a_handler_that_draws_a_random_id_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        return Outcome(None, [Switched(True, f"{random.getrandbits(64):x}")])

    assert "by:" in broken(changed(__name__, switch=switch), laws.DETERMINED, Switch())


def test_a_handler_that_rejects_at_random_is_caught():
    answers = iter([True, False])

    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        if next(answers):
            raise Rejected("bulb.broken")
        return Outcome()

    broken(changed(__name__, switch=switch), laws.DETERMINED, Switch())


def test_a_handler_that_leaves_something_on_the_actor_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        self.last = call.user
        return Outcome()

    with pytest.raises(AttributeError, match="last"):
        Given(changed(__name__, switch=switch)).when(Switch())
    without_slots = changed(__name__, without=("__slots__",), switch=switch)
    with pytest.raises(LawBroken, match="ChangedActor carries last"):
        Given(without_slots).when(Switch())


def test_a_handler_that_leaves_something_on_the_class_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        type(self).last = call.user
        return Outcome()

    assert "ChangedActor.last changed" in broken(
        changed(__name__, switch=switch), laws.NOTHING_HIDDEN, Switch()
    )


def test_a_handler_that_leaves_something_in_the_module_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        SEEN.append(call.user)
        return Outcome()

    assert f"{__name__}.SEEN changed" in broken(
        changed(__name__, switch=switch), laws.NOTHING_HIDDEN, Switch()
    )


def test_a_handler_that_counts_in_the_module_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        next(NUMBERS)
        return Outcome()

    assert f"{__name__}.NUMBERS changed" in broken(
        changed(__name__, switch=switch), laws.NOTHING_HIDDEN, Switch()
    )


def test_a_handler_that_remembers_in_a_default_argument_is_caught():
    @handles
    def switch(self, command: Switch, call: Call, seen: list[str] = []) -> Outcome:  # noqa: B006
        seen.append(call.user)
        return Outcome()

    assert "ChangedActor.switch changed" in broken(
        changed(__name__, switch=switch), laws.NOTHING_HIDDEN, Switch()
    )


# handlers that are answered at once


def test_an_applied_handler_that_reads_a_durable_field_is_caught():
    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        return Outcome(Shine(self.state.on))

    assert "it reads state.on" in broken(changed(__name__, touch=touch), laws.LIVE_ONLY, Touch())


def test_an_applied_handler_that_sets_a_durable_field_is_caught():
    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        self.state.on = True
        return Outcome()

    assert "it sets state.on" in broken(changed(__name__, touch=touch), laws.LIVE_ONLY, Touch())


def test_an_applied_handler_with_a_durable_event_is_caught():
    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        return Outcome(None, [Switched(True, call.user)])

    assert "Switched would have to be journaled" in broken(
        changed(__name__, touch=touch), laws.LIVE_ONLY, Touch()
    )


def test_an_applied_handler_that_tells_is_caught():
    @handles("applied")
    def touch(self, command: Touch, call: Call) -> Outcome:
        return Outcome(None, [], [Tell("user:ann", Dim())])

    assert "it may only push" in broken(changed(__name__, touch=touch), laws.LIVE_ONLY, Touch())


# appliers


def test_an_applier_that_draws_a_random_number_is_caught():
    @applies
    def switched(self, event: Switched) -> None:
        self.state.switches = random.getrandbits(60)

    assert "switches:" in broken(changed(__name__, switched=switched), laws.PURE_APPLIER, Switch())


def test_an_applier_that_remembers_outside_is_caught():
    @applies
    def switched(self, event: Switched) -> None:
        SEEN.append(event.by)

    broken(changed(__name__, switched=switched), laws.NOTHING_HIDDEN, Switch())


def test_an_applier_that_changes_its_event_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        return Outcome(None, [Switched(True, "ann", ["new"])])

    @applies
    def switched(self, event: Switched) -> None:
        self.state.marks.append(event.marks.pop())

    broken(changed(__name__, switch=switch, switched=switched), laws.PURE_APPLIER, Switch())


def test_an_applier_that_shares_a_list_with_its_event_is_caught():
    @handles
    def switch(self, command: Switch, call: Call) -> Outcome:
        return Outcome(None, [Switched(True, "ann", ["new"])])

    @applies
    def switched(self, event: Switched) -> None:
        if self.state.marks:
            self.state.marks.append("again")
        else:
            self.state.marks = event.marks

    bulb = Given(changed(__name__, switch=switch, switched=switched))
    bulb.when(Switch())
    with pytest.raises(LawBroken, match="Switched changes later on: it shares a list"):
        bulb.when(Switch())


def test_an_applier_that_puts_another_state_in_place_is_caught():
    @applies
    def switched(self, event: Switched) -> None:
        self.state = BulbState(on=event.on)

    assert "another state" in broken(changed(__name__, switched=switched), laws.PURE_APPLIER, Switch())


def test_an_applier_of_a_durable_event_that_touches_what_is_live_is_caught():
    @applies
    def switched(self, event: Switched) -> None:
        self.live.hands.clear()

    assert "live.hands" in broken(changed(__name__, switched=switched), laws.KEPT_APART, Switch())


def test_an_applier_of_an_ephemeral_event_that_touches_the_state_is_caught():
    @applies
    def touched(self, event: Touched) -> None:
        self.state.switches += 1

    assert "state.switches" in broken(changed(__name__, touched=touched), laws.KEPT_APART, Touch())


def test_a_state_that_does_not_survive_its_snapshot_is_caught():
    @applies
    def switched(self, event: Switched) -> None:
        self.state.marks = ("a", "b")

    broken(changed(__name__, switched=switched), laws.WRITABLE, Switch())
