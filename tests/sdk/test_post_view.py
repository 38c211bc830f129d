"""The race law: what is older never overwrites what was seen; own writes are shown, and settle once."""

import pytest

from protocol.ids import derived_id
from protocol.post import (
    Comment,
    CommentAdded,
    CommentPage,
    CommentRemoved,
    LikesChanged,
    PostCard,
    PostRemoved,
    TypistsChanged,
)
from sdk.post_view import PostView
from sdk.topic import Snapshot

CALL = "c-1"
OWN = derived_id("comment", "ann", CALL)


def card(likes: int = 5, comments: int = 0, liked: bool = False) -> PostCard:
    return PostCard("1", "bob", "The sea", None, likes, comments, liked, 1)


def snapshot(card: PostCard, number: int = 1, reset: str = "", asked_s: float = 0.0) -> Snapshot:
    return Snapshot(card, "0", number, reset, asked_s)


def told(id: str, at: int = 10, by: str = "bob") -> Comment:
    return Comment(id, by, "hi", at)


@pytest.fixture
def view() -> PostView:
    view = PostView("ann", "1")
    assert view.snapshot(snapshot(card()))
    return view


def test_a_like_is_shown_at_once_and_counts_once_in_any_order(view: PostView):
    wish = view.wished(True)
    assert (view.shown.like_count, view.shown.liked) == (6, True)
    view.heard(LikesChanged(6))
    assert view.shown.like_count == 6
    view.like_answered(wish, 1.0, 6)
    assert (view.shown.like_count, view.shown.liked) == (6, True)


def test_the_count_of_an_answer_never_overwrites_newer_news(view: PostView):
    wish = view.wished(True)
    view.heard(LikesChanged(9))
    view.like_answered(wish, 1.0, 6)
    assert view.shown.like_count == 9


def test_a_snapshot_that_was_read_before_the_own_like_does_not_undo_it(view: PostView):
    wish = view.wished(True)
    view.like_answered(wish, 5.0, 6)
    view.snapshot(snapshot(card(8, liked=False), 3, asked_s=4.0))
    assert (view.shown.like_count, view.shown.liked) == (9, True)
    view.snapshot(snapshot(card(7, liked=False), 3, asked_s=6.0))
    assert (view.shown.like_count, view.shown.liked) == (7, False)


def test_the_last_of_two_wishes_is_shown_and_a_failed_one_is_taken_back(view: PostView):
    first, second = view.wished(True), view.wished(False)
    assert (view.shown.like_count, view.shown.liked) == (5, False)
    view.like_answered(first, 1.0, 6)
    assert (view.shown.like_count, view.shown.liked) == (5, False)
    view.like_failed(second)
    assert (view.shown.like_count, view.shown.liked) == (6, True)


@pytest.mark.parametrize("pushed_first", [True, False])
def test_an_own_comment_is_shown_at_once_and_settles_once(view: PostView, pushed_first: bool):
    view.wrote(CALL, "hi", 9)
    assert len(view.shown.pending) == 1
    steps = [
        lambda: view.heard(CommentAdded(told(OWN, by="ann"), 1)),
        lambda: view.comment_answered(told(OWN, by="ann")),
    ]
    for step in steps if pushed_first else reversed(steps):
        step()
        assert view.shown.comment_count == 1
        assert len(view.shown.pending) + len(view.shown.comments) == 1
    assert [one.id for one in view.shown.comments] == [OWN]
    assert not view.shown.pending


def test_an_own_comment_that_a_fresh_snapshot_holds_is_not_counted_twice(view: PostView):
    view.wrote(CALL, "hi", 9)
    assert view.snapshot(snapshot(card(comments=1), 40, reset="history"))
    view.comment_answered(told(OWN, by="ann"))
    assert (view.shown.comment_count, len(view.shown.comments), view.shown.pending) == (1, 1, ())
    view.comments_read(CommentPage([told(OWN, by="ann")], 1, None))
    assert len(view.shown.comments) == 1


def test_a_refused_comment_is_taken_back(view: PostView):
    view.wrote(CALL, "hi", 9)
    view.comment_failed(CALL)
    assert (view.shown.comment_count, view.shown.pending) == (0, ())


def test_a_page_goes_beneath_what_was_pushed_and_brings_back_nothing_that_is_gone(view: PostView):
    view.heard(CommentAdded(told("c", 30), 3))
    view.heard(CommentRemoved("a", 2))
    view.comments_read(CommentPage([told("b", 20), told("a", 10)], 3, None))
    assert [one.id for one in view.shown.comments] == ["b", "c"]
    assert view.shown.comment_count == 2


def test_a_clean_resume_keeps_the_comments_and_a_reset_reads_them_afresh(view: PostView):
    view.heard(CommentAdded(told("a"), 1))
    assert not view.snapshot(snapshot(card(7, 1), 2))
    assert (len(view.shown.comments), view.shown.like_count) == (1, 7)
    assert view.snapshot(snapshot(card(7, 4), 9, reset="epoch"))
    assert view.shown.comments == ()


def test_who_types_and_what_is_gone_are_seen(view: PostView):
    view.heard(TypistsChanged(["bob", "ann"], 2))
    assert list(view.shown.typists) == ["bob"]
    view.nobody_types()
    assert not view.shown.typists
    view.heard(PostRemoved())
    assert view.shown.gone
