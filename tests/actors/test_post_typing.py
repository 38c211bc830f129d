import pytest

from actors.kernel import Outcome, Push
from actors.post import TYPING_MS, PostActor, PostLive, PostState
from actors.testkit import Given
from protocol.post import StopTypingOnPost, TypeOnPost, Typists, TypistsChanged

TOPIC = "post:7/typing"


@pytest.fixture
def post() -> Given:
    return Given(PostActor, PostState(author="ann", caption="The sea", created_at=5), key="7")


def told(users: list[str], count: int) -> list[Push]:
    return [Push(TOPIC, TypistsChanged(users, count), numbered=False)]


def test_who_looks_hears_who_is_writing(post: Given):
    assert post.when(TypeOnPost(), by="bob").pushes == told(["bob"], 1)
    typed = post.when(TypeOnPost(), by="cid")
    assert (typed.reply, typed.pushes) == (Typists(["cid", "bob"], 2), told(["cid", "bob"], 2))
    assert post.when(StopTypingOnPost(), by="bob").pushes == told(["cid"], 1)
    assert post.when(StopTypingOnPost(), by="cid").pushes == told([], 0)


def test_who_goes_on_writing_is_told_of_again(post: Given):
    post.when(TypeOnPost(), by="bob")
    assert post.when(TypeOnPost(), by="bob").pushes == told(["bob"], 1)


def test_of_many_only_the_last_three_are_named(post: Given):
    for user in ("bob", "cid", "dan"):
        post.when(TypeOnPost(), by=user)
    assert post.when(TypeOnPost(), by="eve").pushes == told(["eve", "dan", "cid"], 4)


def test_who_falls_silent_writes_no_more(post: Given):
    post.when(TypeOnPost(), by="bob", at=0)
    assert post.when(TypeOnPost(), by="cid", at=TYPING_MS).pushes == told(["cid"], 1)
    assert post.live == PostLive(typists={"cid": TYPING_MS})


def test_stopping_without_having_written_changes_nothing(post: Given):
    post.when(TypeOnPost(), by="bob")
    assert post.when(StopTypingOnPost(), by="cid") == Outcome(Typists(["bob"], 1))
