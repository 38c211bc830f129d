"""What is remembered of a post, and of those who are there."""

import msgspec

from actors.kernel import Live, Rejected, State
from actors.likers import Likers
from actors.presence import Presence
from protocol.photo import PostPhoto
from protocol.post import Comment

WAITING, FAILED = "processing", "failed"  # what a post may be before it appears; after that it is neither


class PostState(State):
    """What is remembered of a post; one that never was has no author."""

    author: str = ""
    caption: str = ""
    location: str | None = None
    created_at: int = 0
    gone: bool = False
    likers: Likers = msgspec.field(default_factory=Likers)
    comments: list[Comment] = []  # the newest, oldest first
    comment_count: int = 0
    audience: str = "public"
    photos: list[PostPhoto] = []
    draft: str = ""  # empty once it has appeared
    failure: list[str] = []  # code and text, of a draft that failed


class PostLive(Live):
    """Who looks at the post, and who is writing a comment on it."""

    viewers: Presence = {}
    typists: Presence = {}


class Postlike:
    """What the parts of a post's actor share."""

    __slots__ = ()
    key: str
    state: PostState

    def _only_known(self, user: str) -> None:
        """A draft is there for its author alone."""
        state = self.state
        if not state.author or (state.draft and user != state.author):
            raise Rejected("post.unknown", "there is no such post")

    def _only_present(self, user: str = "") -> None:
        """A draft is there for nobody, unless its author is named."""
        self._only_known(user)
        if self.state.gone:
            raise Rejected("post.gone", "this post was deleted")
