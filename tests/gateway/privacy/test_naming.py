import msgspec
import pytest

from gateway.ports import News
from gateway.privacy.naming import named_in, without
from protocol.messages import Message
from protocol.post import Comment, CommentAdded, CommentRemoved, CommentsChanged, LikesChanged, TypistsChanged

OH = CommentAdded(Comment("1", "bob", "Oh", 5), 7)


def news(message: Message) -> News:
    return News("post:1", "e", 3, 2, msgspec.Raw(msgspec.msgpack.encode(message)))


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (OH, ["bob"]),
        (TypistsChanged(["bob", "cid"], 9), ["bob", "cid"]),
        (LikesChanged(3), []),
        (CommentRemoved("1", 6), []),
    ],
)
def test_news_tell_whose_deeds_they_are(message: Message, named: list[str]):
    assert named_in(news(message)) == named


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        (OH, CommentsChanged(7)),
        (TypistsChanged(["bob", "cid"], 9), TypistsChanged(["cid"], 8)),
        (TypistsChanged(["bob"], 1), TypistsChanged([], 0)),
    ],
)
def test_news_of_those_who_are_hidden_keep_their_number_and_lose_their_names(message: Message, seen: Message):
    assert without(news(message), "bob".__eq__) == news(seen)


@pytest.mark.parametrize("message", [OH, TypistsChanged(["bob"], 9), LikesChanged(3)])
def test_news_of_all_others_are_the_same_object(message: Message):
    told = news(message)
    assert without(told, "dan".__eq__) is told
