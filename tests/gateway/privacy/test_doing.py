"""Who may do what, and who sees when somebody is here: relation × setting × deed, by hand once more."""

from itertools import product

import pytest

from gateway.privacy.view import FOLLOWERS, PUBLIC, Deed, Surface, Thing, Viewer, can_do, can_view
from protocol.user_reach import Reach

OWNER = "ann"
WHO = ("everyone", "followers", "followed", "mutuals", "nobody")
# By how the viewer stands to the owner: which of these let them.
LETS = {
    "the owner": "11111",
    "a stranger": "10000",
    "a follower": "11000",
    "one whom the owner follows": "10100",
    "a mutual": "11110",
    "a blocked mutual": "00000",
}
VIEWERS = {
    "the owner": Viewer(user=OWNER),
    "a stranger": Viewer(user="bob"),
    "a follower": Viewer(user="bob", follows=True),
    "one whom the owner follows": Viewer(user="bob", followed=True),
    "a mutual": Viewer(user="bob", follows=True, followed=True),
    "a blocked mutual": Viewer(user="bob", follows=True, followed=True, blocked=True),
}
# What the viewer would let the owner see, by the same letters seen from the other end.
BACK = {"a follower": "one whom the owner follows", "one whom the owner follows": "a follower"}


def lets(who: str, setting: str) -> bool:
    return LETS[who][WHO.index(setting)] == "1"


@pytest.mark.parametrize(("who", "setting"), list(product(VIEWERS, WHO)))
def test_the_table_says_who_may_do_what(who: str, setting: str):
    for deed in Deed:
        reach = Reach(**{deed.value: setting})
        assert can_do(VIEWERS[who], Thing(OWNER, reach=reach), deed) == lets(who, setting)
        for other in set(Deed) - {deed}:
            assert can_do(VIEWERS[who], Thing(OWNER, reach=reach), other) == lets(who, "everyone")


@pytest.mark.parametrize(("who", "mine", "theirs"), list(product(VIEWERS, WHO, WHO)))
def test_two_show_each_other_when_they_are_here_or_neither_does(who: str, mine: str, theirs: str):
    viewer = VIEWERS[who]
    viewer = Viewer(
        user=viewer.user, follows=viewer.follows, followed=viewer.followed, blocked=viewer.blocked,
        activity=theirs,
    )  # fmt: skip
    back = BACK.get(who, who)
    for private in (False, True):
        thing = Thing(OWNER, PUBLIC, private, Reach(activity=mine))
        is_near = not private or viewer.follows or viewer.user == OWNER
        expected = viewer.user == OWNER or (lets(who, mine) and lets(back, theirs) and is_near)
        assert can_view(viewer, thing, Surface.PRESENCE) == expected


def test_nobody_comments_on_what_they_do_not_see():
    assert not can_do(VIEWERS["a stranger"], Thing(OWNER, FOLLOWERS), Deed.COMMENT)
    assert not can_do(VIEWERS["a stranger"], Thing(OWNER, PUBLIC, private=True), Deed.COMMENT)
    assert can_do(VIEWERS["a stranger"], Thing(OWNER, PUBLIC, private=True), Deed.MENTION)


@pytest.mark.parametrize("deed", Deed)
def test_a_setting_that_is_not_known_lets_nobody(deed: Deed):
    reach = Reach(**{deed.value: "friends of friends"})
    assert not can_do(VIEWERS["a mutual"], Thing(OWNER, reach=reach), deed)
