import pytest

from gateway.privacy.listing import people_in, without
from protocol.activity import Note
from protocol.messages import Reply
from protocol.post import Comment, CommentPage, LikeCount, Typists
from protocol.user import Activity, UserPage


def comment(by: str) -> Comment:
    return Comment(f"c-{by}", by, "Oh", 5)


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (CommentPage([comment("ann"), comment("bob")], 2, "c"), CommentPage([comment("ann")], 2, "c")),
        (UserPage(["ann", "bob"], "bob"), UserPage(["ann"], "bob")),
        (Typists(["ann", "bob"], 2), Typists(["ann"], 2)),
        (
            Activity([Note("like", "ann", "", 5), Note("like", "bob", "", 5)], 2),
            Activity([Note("like", "ann", "", 5)], 2),
        ),
    ],
)
def test_a_reply_names_all_but_those_who_are_hidden(whole: Reply, part: Reply):
    assert people_in(whole) == {"ann", "bob"}
    assert without(whole, {"bob"}) == part
    assert without(whole, set()) is whole


def test_a_reply_without_people_stays_as_it_is():
    assert people_in(LikeCount(1)) == set()
    assert without(LikeCount(1), {"bob"}) == LikeCount(1)
