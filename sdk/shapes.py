"""The JSON of REST, as far as the client reads it; what is new in it is passed over."""

import msgspec


class Author(msgspec.Struct, frozen=True):
    """A user beside a post."""

    user_id: str
    username: str
    profile_pic: str | None = None
    verified: bool = False


class PostShape(msgspec.Struct, frozen=True):
    """A post with its author."""

    post_id: str
    author: Author
    caption: str
    location: str | None
    like_count: int
    comment_count: int
    liked_by_viewer: bool
    created_at: str
    audience: str = "public"


class PostPage(msgspec.Struct, frozen=True):
    """Posts, newest first; `complete` is false when some could not be read just now."""

    posts: list[PostShape]
    next_cursor: str | None
    complete: bool = True


class Profile(msgspec.Struct, frozen=True):
    """A user."""

    user_id: str
    username: str
    name: str
    bio: str
    follower_count: int
    following_count: int
    post_count: int
    followed_by_viewer: bool
    profile_pic: str | None = None
    private: bool = False
    verified: bool = False


class FollowState(msgspec.Struct, frozen=True):
    """Whether you follow the user, or wait to be accepted, and how many you follow in all."""

    following: bool
    following_count: int
    requested: bool = False


class Device(msgspec.Struct, frozen=True):
    """A device that is logged in."""

    session_id: str
    client: str
    opened_at: str
    used_at: str
    current: bool


class Devices(msgspec.Struct, frozen=True):
    """Your devices."""

    sessions: list[Device]


class EmailState(msgspec.Struct, frozen=True):
    """Your address, and the one that waits."""

    email: str | None
    pending: str | None


class Tokens(msgspec.Struct, frozen=True):
    """What lets you in."""

    user_id: str
    access_token: str
    refresh_token: str
    expires_in: float


class Problem(msgspec.Struct, frozen=True):
    """What went wrong."""

    code: str
    detail: str = ""
    retry: bool = False
