from actors.circle import Circle
from actors.people import People
from actors.user_state import UserState


def test_who_never_decided_anything_takes_no_room():
    state = UserState()
    assert (state.circle, state.around().private) == (None, False)
    state.surround(private=True)
    assert state.around() == Circle(private=True)


def test_a_stranger_stands_in_no_list_but_that_of_mutes():
    ann = People.of(["ann"])
    circle = Circle(requests=ann, asked=ann, close_friends=ann, blocked=ann, muted={"ann": 0})
    assert circle.without("ann") == Circle(blocked=ann, muted={"ann": 0})


def test_a_mute_lasts_until_its_end():
    circle = Circle().muting("ann", 10).muting("bob", 0)
    assert circle.muted_among(["ann", "bob", "cid"], 9) == ["ann", "bob"]
    assert circle.muted_among(["ann", "bob", "cid"], 10) == ["bob"]
    assert circle.hearing("bob").muted_among(["bob"], 9) == []
