"""News that name people: who is in them, and the same for those who must not hear of some."""

from collections.abc import Callable

import msgspec

from gateway.ports import News
from protocol.messages import Message, tag_of
from protocol.post import CommentAdded, CommentsChanged, TypistsChanged


class _Tagged(msgspec.Struct):
    type: str


_tagged = msgspec.msgpack.Decoder(_Tagged).decode
_decoders = {tag_of(word): msgspec.msgpack.Decoder(word).decode for word in (CommentAdded, TypistsChanged)}
_encode = msgspec.msgpack.Encoder().encode


def named_in(news: News) -> list[str]:
    """Whose deeds it tells of by name."""
    match _read(news):
        case CommentAdded(comment):
            return [comment.by]
        case TypistsChanged(users):
            return users
    return []


def without(news: News, is_hidden: Callable[[str], bool]) -> News:
    """The same where these are not named: its number stays, so that nobody misses anything."""
    message = _read(news)
    if isinstance(message, CommentAdded) and is_hidden(message.comment.by):
        return _changed(news, CommentsChanged(message.comment_count))
    if isinstance(message, TypistsChanged):
        users = [user for user in message.users if not is_hidden(user)]
        fewer = len(message.users) - len(users)
        return _changed(news, TypistsChanged(users, message.count - fewer)) if fewer else news
    return news


def _read(news: News) -> Message | None:
    decode = _decoders.get(_tagged(news.message).type)
    return decode(news.message) if decode is not None else None


def _changed(news: News, message: Message) -> News:
    return msgspec.structs.replace(news, message=msgspec.Raw(_encode(message)))
