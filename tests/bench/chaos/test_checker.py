"""The checker finds nothing in honest histories, and each thing that was planted in the others."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.chaos.checker import check, check_ending
from bench.chaos.history import Call, Closing, History, PostAtEnd, Seen
from bench.chaos.verdict import Kind
from tests.bench.chaos.dishonest import Deaf, Echoing, Forgetful, Repeating, TwoCopies
from tests.bench.chaos.honest import Service, played

POST = "post:00000000000000aa"


def closing_of(history: History) -> Closing:
    assert history.closing is not None
    return history.closing


def busy_post(history: History) -> tuple[str, PostAtEnd]:
    """The post of a plain author with the most comments."""
    authors = {ref: post for ref, post in closing_of(history).posts.items() if post.author[:6] == "author"}
    return max(authors.items(), key=lambda item: item[1].comments)


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_nothing_is_found_in_an_honest_history(seed: int):
    history = played(seed)
    assert check(history).findings == []
    assert sum(call.is_acknowledged and call.is_write for call in history.calls) > 1_400


@pytest.mark.parametrize(
    ("service", "kinds"),
    [
        (Forgetful, {"lost", "stale"}),
        (TwoCopies, {"stale"}),
        (Repeating, {"doubled"}),
        (Deaf, {"lost"}),
        (Echoing, {"doubled"}),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_service_with_a_bug_is_found_out(service: Callable[[], Service], kinds: set[Kind], seed: int):
    verdict = check(played(seed, service()))
    assert kinds <= {finding.kind for finding in verdict.findings}


def test_calls_that_were_never_answered_may_have_happened_or_not():
    history = played()
    writes = [call for call in history.calls if call.is_write and call.what in ("like", "comment", "follow")]
    for call in writes[-200:]:
        call.seen = call.answered_s = None
    assert check(history).findings == []
    ref, post = busy_post(history)
    gone = next(call for call in writes[-200:] if call.on == ref and call.what == "comment")
    post.comment_ids.remove(f"{gone.number:x}")
    post.comments -= 1
    readings = [call.number for call in history.calls if call.on == ref and call.number > gone.number]
    assert {number for finding in check(history).findings for number in finding.calls} <= set(readings)


def lose_a_like(history: History) -> None:
    _, post = busy_post(history)
    post.likes -= 1
    post.liked[next(iter(post.liked))] = False


def lose_a_like_that_nobody_was_asked_about(history: History) -> None:
    _, post = busy_post(history)
    post.likes, post.liked = post.likes - 1, {}


def lose_a_comment(history: History) -> None:
    _, post = busy_post(history)
    post.comment_ids.pop()
    post.comments -= 1


def lose_a_follow(history: History) -> None:
    follower = next(user for user in closing_of(history).users.values() if user.following and user.bio < 0)
    follower.following.pop()
    follower.following_count -= 1


def lose_a_follower(history: History) -> None:
    idol = closing_of(history).users["user:idol0"]
    idol.followers.pop()
    idol.follower_count -= 1


def lose_an_edit(history: History) -> None:
    closing_of(history).users["user:author1"].bio -= 1


def lose_a_post_from_its_authors_list(history: History) -> None:
    author = next(user for user in closing_of(history).users.values() if user.posts)
    author.posts.pop()
    author.post_count -= 1


def lose_a_post(history: History) -> None:
    ref, _ = busy_post(history)
    del closing_of(history).posts[ref]
    closing_of(history).missing[ref] = "post.unknown"


def lose_a_note(history: History) -> None:
    closing_of(history).users["user:author1"].notes -= 1


def refuse_an_acknowledged_post(history: History) -> None:
    ref, _ = busy_post(history)
    like = next(call for call in history.calls if call.on == ref and call.what == "like")
    like.seen, like.refused = None, "post.unknown"


@pytest.mark.parametrize(
    "loss",
    [
        lose_a_like,
        lose_a_like_that_nobody_was_asked_about,
        lose_a_comment,
        lose_a_follow,
        lose_a_follower,
        lose_an_edit,
        lose_a_post_from_its_authors_list,
        lose_a_post,
        lose_a_note,
        refuse_an_acknowledged_post,
    ],
)
def test_one_lost_write_is_one_finding(loss: Callable[[History], None]):
    history = played()
    loss(history)
    assert check(history).count("lost") == 1


def double_a_comment(history: History) -> None:
    _, post = busy_post(history)
    post.comment_ids.append(post.comment_ids[0])
    post.comments += 1


def count_a_comment_twice(history: History) -> None:
    busy_post(history)[1].comments += 1


def like_without_a_liker(history: History) -> None:
    _, post = busy_post(history)
    post.likes, post.liked = post.likes + 1, {}


def bring_back_a_liker(history: History) -> None:
    posts = closing_of(history).posts
    left = {(call.on, call.by) for call in history.calls if call.what == "unlike"}
    ref, mover = next(one for one in sorted(left) if one[1] not in posts[one[0]].liked)
    posts[ref].liked[mover] = True
    posts[ref].likes += 1


def bring_back_a_follower(history: History) -> None:
    users = closing_of(history).users
    left = {(f"user:{call.about}", call.by) for call in history.calls if call.what == "unfollow"}
    ref, mover = next(one for one in sorted(left) if one[1] not in users[one[0]].followers)
    users[ref].followers.append(mover)
    users[ref].follower_count += 1


def create_a_post_twice(history: History) -> None:
    busy_post(history)[1].at += 5


def note_twice(history: History) -> None:
    closing_of(history).users["user:author1"].notes += 1


def answer_an_echo_otherwise(history: History) -> None:
    echo = next(call for call in history.calls if call.echo_of >= 0 and call.what == "like")
    echo.seen = Seen(likes=999)


@pytest.mark.parametrize(
    "doubling",
    [
        double_a_comment,
        count_a_comment_twice,
        like_without_a_liker,
        bring_back_a_liker,
        bring_back_a_follower,
        create_a_post_twice,
        note_twice,
        answer_an_echo_otherwise,
    ],
)
def test_one_effect_too_many_is_one_finding(doubling: Callable[[History], None]):
    history = played()
    doubling(history)
    assert check(history).count("doubled") == 1


def small(*calls: Call) -> History:
    return History(list(calls))


def call(number: int, what: str, at_s: float, took_s: float, seen: Seen, by: str = "ann") -> Call:
    return Call(number, what, by, POST, invoked_s=at_s, answered_s=at_s + took_s, seen=seen)


def test_a_read_that_does_not_show_what_was_acknowledged_before_it_is_stale():
    like = call(0, "like", 1.0, 0.1, Seen(likes=1))
    assert check(small(like, call(1, "see_post", 1.2, 0.1, Seen(likes=0)))).count("stale") == 1
    assert check(small(like, call(1, "see_post", 1.05, 0.1, Seen(likes=0)))).findings == []


def test_a_count_beyond_the_likers_is_doubled():
    like = call(0, "like", 1.0, 0.1, Seen(likes=2))
    assert check(small(like)).count("doubled") == 1


def test_a_read_may_not_fall_behind_what_another_read_showed():
    """Also where the like itself is not acknowledged yet: what was shown was not durable."""
    like = call(0, "like", 1.0, 5.0, Seen(likes=1))
    first, second = call(1, "see_post", 2.0, 0.1, Seen(likes=1)), call(2, "see_post", 3.0, 0.1, Seen(likes=0))
    assert check(small(like, first, second)).count("stale") == 1
    assert check(small(like, second, first)).count("stale") == 1
    second.invoked_s = 2.05
    assert check(small(like, first, second)).findings == []


def test_an_answer_that_nobody_should_get_is_odd():
    broken = Call(0, "like", "ann", POST, invoked_s=1.0, answered_s=1.1, refused="internal")
    assert check(small(broken)).count("odd") == 1


def test_what_is_missing_at_the_other_end_of_a_tell_may_be_on_its_way():
    history = played()
    lose_a_follower(history)
    assert check_ending(history).is_waiting
    lose_a_comment(history)
    assert not check_ending(history).is_waiting


def test_a_post_that_nobody_looked_for_is_not_taken_for_sound():
    history = played()
    ref, _ = busy_post(history)
    del closing_of(history).posts[ref]
    assert [finding.entity for finding in check(history).findings] == [ref]
