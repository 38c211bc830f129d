"""The JSON that goes out."""

from datetime import UTC, datetime

import msgspec

from gateway.rest.media_shapes import Count as Count
from gateway.rest.media_shapes import Media as Media
from gateway.rest.media_shapes import Moment as Moment
from protocol import post, user
from protocol.account import Session
from protocol.user_relations import Relation as Relations


class Author(msgspec.Struct):
    """A user beside a post or a comment."""

    user_id: str
    username: str
    profile_pic: str | None
    verified: bool = False


class Post(msgspec.Struct):
    """A post."""

    post_id: str
    author: Author
    media_url: str | None
    thumbnail_url: str | None
    caption: str
    location: str | None
    like_count: Count
    comment_count: Count
    liked_by_viewer: bool
    created_at: Moment
    audience: str
    media: list[Media] = []
    processing_status: str = "ready"


class PostPage(msgspec.Struct):
    """Posts, newest first; `complete` is false when some could not be read just now."""

    posts: list[Post]
    next_cursor: str | None
    complete: bool


class LikeState(msgspec.Struct):
    """How many like it, and whether you do."""

    like_count: Count
    liked_by_viewer: bool


class Comment(msgspec.Struct):
    """A comment."""

    id: str
    post_id: str
    user_id: str
    parent_comment_id: str | None
    text: str
    created_at: Moment


class CommentWithAuthor(Comment):
    """A comment, and who wrote it."""

    author: Author


class CommentPage(msgspec.Struct):
    """Comments, newest first."""

    comments: list[CommentWithAuthor]
    comment_count: Count
    next_cursor: str | None


class Profile(msgspec.Struct):
    """A user."""

    user_id: str
    username: str
    name: str
    bio: str
    profile_pic: str | None
    follower_count: Count
    following_count: Count
    post_count: Count
    followed_by_viewer: bool
    created_at: Moment
    private: bool
    verified: bool


class FollowState(msgspec.Struct):
    """Whether you follow the user, or wait to be accepted, and how many you follow in all."""

    following: bool
    following_count: Count
    requested: bool


class Privacy(msgspec.Struct):
    """Whether your account is private."""

    private: bool


class Relation(msgspec.Struct):
    """How you and a user stand to each other; `muted_until` is null for a mute without end."""

    user_id: str
    following: bool
    requested: bool
    follows_you: bool
    requests_you: bool
    close_friend: bool
    blocked: bool
    muted: bool
    muted_until: Moment | None


class UserPage(msgspec.Struct):
    """Users."""

    users: list[Author]
    next_cursor: str | None


class Note(msgspec.Struct):
    """A line of activity: `user_id` did `what`.

    It is like, comment, follow, follow_request, follow_accepted; new_device: someone logged in as you; or
    password_reset: someone opened the link that was sent to you.
    """

    what: str
    user_id: str
    post_id: str | None
    created_at: Moment


class Activity(msgspec.Struct):
    """What others did, newest first."""

    notes: list[Note]
    unread: Count


class Device(msgspec.Struct):
    """A device that is logged in."""

    session_id: str
    client: str
    opened_at: Moment
    used_at: Moment
    current: bool


class Devices(msgspec.Struct):
    """The devices that are logged in, the one that was used last first."""

    sessions: list[Device]


class Factor(msgspec.Struct):
    """Whether a second factor is on, and how many backup codes are left."""

    on: bool
    backup_codes_left: Count


class FactorOffer(msgspec.Struct):
    """A secret for an app: as text, and as an address that apps read from a picture."""

    secret: str
    address: str


class BackupCodes(msgspec.Struct):
    """Codes that are good once each, for when the app is lost; they are shown this once."""

    backup_codes: list[str]


class Farewell(msgspec.Struct):
    """When all that is yours is erased, if you do not log in before."""

    erased_at: Moment


class Me(msgspec.Struct):
    """You."""

    user_id: str
    username: str
    profile: Profile
    sessions: list[Device]


class Tokens(msgspec.Struct):
    """What lets you in: `access_token` is the bearer token; `refresh_token`, good once, gets new ones."""

    user_id: str
    access_token: str
    refresh_token: str
    expires_in: int  # s, of the access token
    token_type: str = "Bearer"


class Problem(msgspec.Struct):
    """What went wrong (RFC 9457); `retry`: the same again, under the same key, may work later."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: bool


def moment(at: int) -> str:
    """Milliseconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def author_shape(card: user.UserCard) -> Author:
    """A user beside a post."""
    return Author(card.user_id, card.username, card.profile_pic, card.verified)


def post_shape(card: post.PostCard, author: user.UserCard) -> Post:
    """A post."""
    return Post(
        post_id=card.post_id, author=author_shape(author), media_url=None, thumbnail_url=None,
        caption=card.caption, location=card.location, like_count=card.like_count,
        comment_count=card.comment_count, liked_by_viewer=card.liked_by_viewer,
        created_at=moment(card.created_at), audience=card.audience,
    )  # fmt: skip


def comment_shape(comment: post.Comment, of: str) -> Comment:
    """A comment."""
    return Comment(comment.id, of, comment.by, comment.parent, comment.text, moment(comment.at))


def authored_shape(comment: post.Comment, of: str, author: user.UserCard) -> CommentWithAuthor:
    """A comment with its author."""
    bare = msgspec.structs.asdict(comment_shape(comment, of))
    return CommentWithAuthor(**bare, author=author_shape(author))


def profile_shape(profile: user.Profile) -> Profile:
    """A user."""
    about = profile.about
    return Profile(
        user_id=profile.user_id, username=about.username, name=about.name, bio=about.bio,
        profile_pic=about.profile_pic, follower_count=profile.follower_count,
        following_count=profile.following_count, post_count=profile.post_count,
        followed_by_viewer=profile.followed_by_viewer, created_at=moment(about.created_at),
        private=profile.private, verified=about.verified,
    )  # fmt: skip


def relation_shape(relation: Relations) -> Relation:
    """How you and a user stand to each other."""
    return Relation(
        relation.user_id, relation.following, relation.requested, relation.follows_you,
        relation.requests_you, relation.close_friend, relation.blocked, relation.muted,
        moment(relation.muted_until) if relation.muted_until else None,
    )  # fmt: skip


def note_shape(note: user.Note) -> Note:
    """A line of activity."""
    is_of_post = note.what not in ("new_device", "password_reset")
    return Note(note.what, note.by, (note.about or None) if is_of_post else None, moment(note.at))


def device_shape(session: Session, current: str) -> Device:
    """A device."""
    return Device(
        session.id, session.client, moment(session.opened_at), moment(session.used_at), session.id == current
    )
