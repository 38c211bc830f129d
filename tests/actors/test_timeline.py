import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.timeline import Timeline
from protocol.errors import Rejected
from protocol.user import Listed

posts = st.integers(0, 40).map(lambda n: f"{n:016x}")
times = st.integers(0, 50).map(lambda n: n * 10)


def listed_all(timeline: Timeline) -> list[Listed]:
    return timeline.page(None, 1_000)[0]


@given(st.lists(st.tuples(posts, times)), posts, st.integers(1, 12))
def test_a_timeline_keeps_the_newest_in_order(entries: list[tuple[str, int]], gone: str, limit: int):
    timeline, model = Timeline(), set[tuple[int, str]]()
    for post, at in entries:
        timeline = timeline.plus(post, at, limit)
        model = set(sorted({*model, (at, post)})[-limit:])
    assert listed_all(timeline) == [Listed(post, at) for at, post in sorted(model, reverse=True)]
    assert (gone in timeline) == any(post == gone for _, post in model)
    if sum(post == gone for _, post in model) == 1:
        assert gone not in timeline.minus(gone)


@given(st.lists(st.tuples(posts, times)), st.integers(1, 5))
def test_pages_show_every_entry_once(entries: list[tuple[str, int]], limit: int):
    timeline = Timeline().merged([Listed(post, at) for post, at in entries], 500)
    seen: list[Listed] = []
    cursor: str | None = None
    while True:
        page, cursor = timeline.page(cursor, limit)
        seen += page
        if cursor is None:
            break
    assert seen == listed_all(timeline)


def test_a_page_stays_where_it_was_when_newer_posts_come():
    timeline = Timeline().merged([Listed(f"{n:016x}", n * 10) for n in range(10)], 500)
    _, cursor = timeline.page(None, 3)
    grown = timeline.plus("f" * 16, 5_000, 500)
    assert grown.page(cursor, 3) == timeline.page(cursor, 3)


def test_merging_tells_what_is_new():
    timeline = Timeline().plus("0" * 16, 10, 500)
    merged = timeline.merged([Listed("0" * 16, 10), Listed("1" * 16, 20)], 500)
    assert merged.without(timeline) == [Listed("1" * 16, 20)]


def test_an_id_across_two_entries_is_not_found():
    timeline = Timeline(b"\0\0\0\0\1" + b"\2" * 8 + b"\2\2\2\2\2" + b"\3" * 8)
    assert "02" * 8 in timeline
    assert f"{'02' * 5}{'03' * 3}" not in timeline
    assert timeline.minus(f"{'02' * 5}{'03' * 3}") == timeline


def test_the_same_post_twice_is_one():
    once = Timeline().plus("a" * 16, 10, 500)
    assert once.plus("a" * 16, 10, 500) == once


def test_the_newest_can_be_had_alone():
    timeline = Timeline().merged([Listed(f"{n:016x}", n * 10) for n in range(10)], 500)
    assert listed_all(timeline.newest(2)) == listed_all(timeline)[:2]


def test_a_cursor_of_someone_else_is_refused():
    with pytest.raises(Rejected) as caught:
        Timeline().page("next", 20)
    assert caught.value.code == "user.cursor_invalid"


def test_a_hundred_posts_are_small():
    timeline = Timeline().merged([Listed(f"{n:016x}", n * 10) for n in range(100)], 500)
    assert (len(timeline), len(timeline.packed)) == (100, 1_300)
