"""What is said to and by a post of its photos: it waits for them, and appears when all are ready."""

from protocol.ids import PostId
from protocol.messages import Event, Message, PeerCommand
from protocol.photo import Photo, PostPhoto
from protocol.user_relations import Audience

# told


class TakeMedia(PeerCommand, frozen=True, tag="post.take_media"):
    """This photo of the post is ready, or there is more of it."""

    media: PostId
    photo: Photo


class LoseMedia(PeerCommand, frozen=True, tag="post.lose_media"):
    """This photo of the post will never be ready."""

    media: PostId
    code: str
    text: str


# happened


class PostDrafted(Event, frozen=True, tag="post.drafted"):
    """The post exists, for its author alone until its photos are ready."""

    author: str
    caption: str
    location: str | None
    at: int
    audience: Audience
    photos: list[PostPhoto]


class PhotoTaken(Event, frozen=True, tag="post.photo_taken"):
    """A photo of the post is ready, or there is more of it."""

    media: str
    photo: Photo


class PostPublished(Event, frozen=True, tag="post.published"):
    """All photos are ready: the post is there, as of then."""

    at: int


class DraftFailed(Event, frozen=True, tag="post.draft_failed"):
    """A photo will never be ready, so the post will never appear."""

    code: str
    text: str


# pushed


class PostAppeared(Message, frozen=True, tag="post.appeared"):
    """To the author, who watches the post: everyone for whom it is sees it now."""


class PostFailed(Message, frozen=True, tag="post.failed"):
    """To the author, who watches the post: it will never appear, for this cause."""

    code: str
    text: str
