"""What is said to, by and about a post: likes, comments, viewers."""

import msgspec

from protocol.ids import CommentId, PageSize, PostId
from protocol.messages import (
    ClientCommand,
    ClientRead,
    EdgeCommand,
    EphemeralEvent,
    Event,
    Message,
    PeerCommand,
    Reply,
)
from protocol.photo import PostPhoto
from protocol.user_relations import Audience


class Comment(msgspec.Struct, frozen=True, array_like=True):
    """One comment; `parent` is the comment that it answers."""

    id: str
    by: str
    text: str
    at: int
    parent: str | None = None


# asked


class NamedMedia(msgspec.Struct, frozen=True, array_like=True):
    """An upload that a post shows."""

    media: PostId
    alt: str = ""


class CreatePost(EdgeCommand, frozen=True, tag="post.create"):
    """To the post whose id the edge derived from caller and call id; a second time changes nothing."""

    caption: str
    location: str | None = None
    audience: Audience = "public"
    media: list[NamedMedia] = []


class ReadPostFrame(EdgeCommand, frozen=True, tag="post.read_frame"):
    """Whose it is and for whom: what has to be known before anything of it is shown."""


class DeletePost(ClientCommand, frozen=True, tag="post.delete"):
    """By its author only, for good."""


class ErasePost(PeerCommand, frozen=True, tag="post.erase"):
    """Its author was erased."""


class ViewPost(ClientRead, frozen=True, tag="post.view"):
    """The post, as the caller sees it."""


class LikePost(ClientCommand, frozen=True, tag="post.like"):
    """The caller likes it; a second time changes nothing."""


class UnlikePost(ClientCommand, frozen=True, tag="post.unlike"):
    """The caller likes it no longer."""


class CommentOnPost(ClientCommand, frozen=True, tag="post.comment"):
    """A comment by the caller; its id comes from caller and call id."""

    text: str
    parent: CommentId | None = None


class DeleteComment(ClientCommand, frozen=True, tag="post.delete_comment"):
    """By the comment's or the post's author."""

    comment: CommentId


class ReadComments(ClientRead, frozen=True, tag="post.read_comments"):
    """Comments, newest first; `before` is the id of the last one of the page before."""

    before: CommentId | None = None
    limit: PageSize = 20


class LookAtPost(ClientCommand, frozen=True, tag="post.look"):
    """The caller looks at it now; said again every 30 s while it is so."""


class LeavePost(ClientCommand, frozen=True, tag="post.leave"):
    """The caller looks elsewhere."""


class TypeOnPost(ClientCommand, frozen=True, tag="post.type"):
    """The caller is writing a comment; said again every 3 s while it is so."""


class StopTypingOnPost(ClientCommand, frozen=True, tag="post.stop_typing"):
    """The caller writes no more: the comment was sent, or given up."""


# happened


class PostCreated(Event, frozen=True, tag="post.created"):
    """The post exists from now on."""

    author: str
    caption: str
    location: str | None
    at: int
    audience: str = "public"


class PostDeleted(Event, frozen=True, tag="post.deleted"):
    """The post is gone; only that it was stays known."""


class PostLiked(Event, frozen=True, tag="post.liked"):
    """One user likes it now."""

    by: str


class PostUnliked(Event, frozen=True, tag="post.unliked"):
    """One user likes it no longer."""

    by: str


class PostCommented(Event, frozen=True, tag="post.commented"):
    """A comment was added."""

    comment: Comment


class CommentDeleted(Event, frozen=True, tag="post.comment_deleted"):
    """A comment was removed."""

    comment: str


class PostLookedAt(EphemeralEvent, frozen=True, tag="post.looked_at"):
    """A user looks at it."""

    by: str
    at: int


class PostLeft(EphemeralEvent, frozen=True, tag="post.left"):
    """A user looks elsewhere."""

    by: str


class PostTypedOn(EphemeralEvent, frozen=True, tag="post.typed_on"):
    """A user is writing a comment."""

    by: str
    at: int


class PostTypingStopped(EphemeralEvent, frozen=True, tag="post.typing_stopped"):
    """A user writes no more."""

    by: str


# answered


class PostCard(Reply, frozen=True, tag="post.card"):
    """A post as the caller sees it."""

    post_id: str
    author_id: str
    caption: str
    location: str | None
    like_count: int
    comment_count: int
    liked_by_viewer: bool
    created_at: int
    audience: str = "public"
    photos: list[PostPhoto] = []
    processing_status: str = "ready"


class PostFrame(Reply, frozen=True, tag="post.frame"):
    """Whose a post is and for whom; neither ever changes, not even when it is deleted."""

    author_id: str
    audience: str


class LikeCount(Reply, frozen=True, tag="post.like_count"):
    """How many like it."""

    like_count: int


class CommentAnswer(Reply, frozen=True, tag="post.comment_answer"):
    """The comment as it stands, and how many there are."""

    comment: Comment
    comment_count: int


class CommentCount(Reply, frozen=True, tag="post.comment_count"):
    """How many comments there are."""

    comment_count: int


class CommentPage(Reply, frozen=True, tag="post.comments"):
    """Some comments, newest first, and what to ask `before` for older ones."""

    comments: list[Comment]
    comment_count: int
    before: str | None


class PostGone(Reply, frozen=True, tag="post.gone"):
    """It was deleted."""


class ViewerCount(Reply, frozen=True, tag="post.viewer_count"):
    """How many look at it just now."""

    viewer_count: int


class Typists(Reply, frozen=True, tag="post.typists"):
    """Who is writing a comment just now: some of them, the last to say so first, and how many in all."""

    users: list[str]
    count: int


# pushed


class LikesChanged(Message, frozen=True, tag="post.likes_changed"):
    """To those who watch the post."""

    like_count: int


class CommentAdded(Message, frozen=True, tag="post.comment_added"):
    """To those who watch the post."""

    comment: Comment
    comment_count: int


class CommentRemoved(Message, frozen=True, tag="post.comment_removed"):
    """To those who watch the post."""

    comment: str
    comment_count: int


class CommentsChanged(Message, frozen=True, tag="post.comments_changed"):
    """In the place of a comment that is not for this watcher: there are so many now."""

    comment_count: int


class PostRemoved(Message, frozen=True, tag="post.removed"):
    """To those who watch the post: it is gone."""


class ViewersChanged(Message, frozen=True, tag="post.viewers_changed"):
    """To those who watch `post:42/viewers`; may be lost."""

    parts = ("viewers",)

    viewer_count: int


class TypistsChanged(Message, frozen=True, tag="post.typists_changed"):
    """To those who watch `post:42/typing`; holds for 6 s, and may be lost."""

    parts = ("typing",)

    users: list[str]
    count: int
