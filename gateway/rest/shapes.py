"""The JSON that goes out and the JSON that comes in."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from protocol.errors import Malformed
from protocol.post import Comment, PostCard
from protocol.user import Note, Profile, UserCard

PAGE = 20
PAGE_LIMIT = 100

B = TypeVar("B", bound=msgspec.Struct)


def answer(body: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


async def body_of(request: web.Request, shape: type[B]) -> B:
    """The request's JSON body; fields that are not known are refused."""
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"the body: {error}") from None


def limit_of(request: web.Request) -> int:
    """How many entries a page shall have."""
    text = request.query.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= PAGE_LIMIT):
        raise Malformed(f"limit is a number from 1 to {PAGE_LIMIT}")
    return int(text)


def moment(at: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def author_shape(card: UserCard) -> dict[str, Any]:
    """A user beside a post."""
    return {"user_id": card.user_id, "username": card.username, "profile_pic": card.profile_pic}


def post_shape(card: PostCard, author: UserCard) -> dict[str, Any]:
    """A post."""
    return {
        "post_id": card.post_id,
        "author": author_shape(author),
        "media_url": None,
        "thumbnail_url": None,
        "caption": card.caption,
        "location": card.location,
        "like_count": card.like_count,
        "comment_count": card.comment_count,
        "liked_by_viewer": card.liked_by_viewer,
        "created_at": moment(card.created_at),
    }


def comment_shape(comment: Comment, post: str) -> dict[str, Any]:
    """A comment."""
    return {
        "id": comment.id,
        "post_id": post,
        "user_id": comment.by,
        "parent_comment_id": comment.parent,
        "text": comment.text,
        "created_at": moment(comment.at),
    }


def profile_shape(profile: Profile) -> dict[str, Any]:
    """A user."""
    about = profile.about
    return {
        "user_id": profile.user_id,
        "username": about.username,
        "name": about.name,
        "bio": about.bio,
        "profile_pic": about.profile_pic,
        "follower_count": profile.follower_count,
        "following_count": profile.following_count,
        "post_count": profile.post_count,
        "followed_by_viewer": profile.followed_by_viewer,
        "created_at": moment(about.created_at),
    }


def note_shape(note: Note) -> dict[str, Any]:
    """A line of activity."""
    return {
        "what": note.what,
        "user_id": note.by,
        "post_id": note.about or None,
        "created_at": moment(note.at),
    }
