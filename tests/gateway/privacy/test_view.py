"""Every relation, every audience, every surface: the whole table is written here a second time, by hand."""

from itertools import product

import pytest

from gateway.privacy.view import CLOSE_FRIENDS, FOLLOWERS, ONLY_ME, PUBLIC, Surface, Thing, Viewer, can_view

OWNER = "ann"
VIEWERS = {
    "the owner": Viewer(user=OWNER),
    "the owner, muted by themselves": Viewer(user=OWNER, muted=True),
    "a stranger": Viewer(user="bob"),
    "a follower": Viewer(user="bob", follows=True),
    "a close friend": Viewer(user="bob", follows=True, close_friend=True),
    "a close friend who does not follow": Viewer(user="bob", close_friend=True),
    "a follower who mutes": Viewer(user="bob", follows=True, muted=True),
    "a blocked stranger": Viewer(user="bob", blocked=True),
    "a blocked follower": Viewer(user="bob", follows=True, blocked=True),
    "a blocked close friend": Viewer(user="bob", follows=True, close_friend=True, blocked=True),
}
AUDIENCES = (PUBLIC, FOLLOWERS, CLOSE_FRIENDS, ONLY_ME)
ACCOUNT = (Surface.PROFILE, Surface.BY_NAME, Surface.FOLLOW)
# By viewer: the audiences that are seen of a public account, and of a private one.
SEEN = {
    "the owner": ("1111", "1111"),
    "the owner, muted by themselves": ("1111", "1111"),
    "a stranger": ("1000", "0000"),
    "a follower": ("1100", "1100"),
    "a close friend": ("1110", "1110"),
    "a close friend who does not follow": ("1010", "0000"),
    "a follower who mutes": ("1100", "1100"),
    "a blocked stranger": ("0000", "0000"),
    "a blocked follower": ("0000", "0000"),
    "a blocked close friend": ("0000", "0000"),
}
TABLE = list(product(VIEWERS, AUDIENCES, (False, True), Surface))


def expected(who: str, audience: str, private: bool, surface: Surface) -> bool:
    if surface is Surface.PRESENCE:  # whatever is shared with whom
        return SEEN[who][private][0] == "1"
    if surface in ACCOUNT:
        return "blocked" not in who
    if surface is Surface.FEED and who == "a follower who mutes":
        return False
    return SEEN[who][private][AUDIENCES.index(audience)] == "1"


@pytest.mark.parametrize("who", VIEWERS)
def test_the_table_says_who_sees_what_where(who: str):
    for viewer, audience, private, surface in TABLE:
        if viewer == who:
            seen = can_view(VIEWERS[who], Thing(OWNER, audience, private), surface)
            assert seen == expected(who, audience, private, surface), (who, audience, private, surface)


def test_the_table_has_every_relation_audience_and_surface():
    assert len(TABLE) == len(SEEN) * 4 * 2 * len(Surface)


def test_what_is_not_known_is_forbidden():
    assert not can_view(VIEWERS["a close friend"], Thing(OWNER, "some day"), Surface.POST)
