"""A post as this program sees it: what it was told, and what its user just did on top of it.

The race law: what is older than what was seen never overwrites it. Snapshots and numbered news come in order,
by the topic's law; an answer has no number, so it counts only where nothing newer came since it was asked.
"""

from collections.abc import Iterable
from itertools import islice

import msgspec

from protocol.ids import derived_id
from protocol.messages import Message
from protocol.post import (
    Comment,
    CommentAdded,
    CommentPage,
    CommentRemoved,
    CommentsChanged,
    LikesChanged,
    PostCard,
    PostRemoved,
    TypistsChanged,
)
from sdk.topic import Snapshot

HELD = 300  # comments, and ids of removed ones


class PostShown(msgspec.Struct, frozen=True):
    """What is to be shown."""

    id: str
    author: str = ""
    caption: str = ""
    location: str | None = None
    created_at: int = 0
    like_count: int = 0
    liked: bool = False
    comment_count: int = 0
    comments: tuple[Comment, ...] = ()  # the newest, oldest first
    pending: tuple[Comment, ...] = ()  # own ones that are not confirmed
    typists: tuple[str, ...] = ()
    gone: bool = False


class Wish(msgspec.Struct):
    """An own like, or its taking back, until it is answered."""

    liked: bool
    base: int  # likes without it
    likes_heard: int  # news of likes that had come when it was asked


class Draft(msgspec.Struct):
    """An own comment until it was pushed."""

    comment: Comment
    snapshots_seen: int
    answered: bool = False


class PostView:
    """The state of one post by the race law; `me` is whose view it is."""

    def __init__(self, me: str, post: str) -> None:
        self._me = me
        self._told = PostShown(post)
        self._comments: dict[str, Comment] = {}
        self._removed: dict[str, None] = {}
        self._drafts: dict[str, Draft] = {}
        self._wish: Wish | None = None
        self._likes_heard = 0
        self._liked_s = float("-inf")  # when an own like was last answered
        self._fresh_snapshots = 0

    @property
    def shown(self) -> PostShown:
        """The post with the own writes that are under way."""
        told, wish, drafts = self._told, self._wish, [draft.comment for draft in self._drafts.values()]
        count, liked = told.like_count, told.liked
        if wish is not None and wish.liked != liked:
            count = max(count, wish.base + 1) if wish.liked else max(0, min(count, wish.base - 1))
            liked = wish.liked
        return msgspec.structs.replace(
            told, like_count=count, liked=liked, comment_count=told.comment_count + len(drafts),
            comments=tuple(self._comments.values()), pending=tuple(drafts),
        )  # fmt: skip

    # what is told

    def snapshot(self, snapshot: Snapshot) -> bool:
        """The state as of now; true when comments must be read afresh beside it."""
        card = snapshot.reply
        if not isinstance(card, PostCard):
            return False
        is_first = not self._told.author
        liked, likes = card.liked_by_viewer, card.like_count
        if snapshot.asked_s < self._liked_s and liked != self._told.liked:
            liked = self._told.liked  # it was read before the own like
            likes += 1 if liked else -1
        self._told = msgspec.structs.replace(
            self._told, author=card.author_id, caption=card.caption, location=card.location,
            created_at=card.created_at, like_count=likes, liked=liked, comment_count=card.comment_count,
        )  # fmt: skip
        if self._wish is not None:
            self._wish.base = likes
        if not (is_first or snapshot.reset):
            return False
        self._fresh_snapshots += 1
        self._comments.clear()
        for id in [id for id, draft in self._drafts.items() if draft.answered]:
            del self._drafts[id]  # it is in the count, or its push follows
        return True

    def heard(self, message: Message) -> None:
        """Something was pushed, of the post or of who types on it."""
        match message:
            case LikesChanged(like_count=count):
                self._likes_heard += 1
                self._change(like_count=count)
            case CommentAdded(comment=comment, comment_count=count):
                self._hold([comment])
                self._change(comment_count=count)
            case CommentsChanged(comment_count=count):
                self._change(comment_count=count)
            case CommentRemoved(comment=id, comment_count=count):
                self._drop(id)
                self._change(comment_count=count)
            case TypistsChanged(users=users):
                self._change(typists=tuple(user for user in users if user != self._me))
            case PostRemoved():
                self._change(gone=True)

    def nobody_types(self) -> None:
        """What was heard of typing is over."""
        self._change(typists=())

    def comments_read(self, page: CommentPage) -> None:
        """A page of comments: it goes beneath what was pushed meanwhile."""
        self._hold(reversed(page.comments))

    # what its user does

    def wished(self, liked: bool) -> Wish:
        """The user likes it, or no longer: shown at once."""
        base = self._told.like_count if self._wish is None else self._wish.base
        self._wish = Wish(liked, base, self._likes_heard)
        return self._wish

    def like_answered(self, wish: Wish, now_s: float, count: int) -> None:
        """The wish is so; its count is older than news of likes that came meanwhile."""
        self._liked_s = now_s
        self._change(liked=wish.liked)
        if wish.likes_heard == self._likes_heard:
            self._change(like_count=count)
        if self._wish is wish:
            self._wish = None
        elif self._wish is not None:
            self._wish.base = self._told.like_count

    def like_failed(self, wish: Wish) -> None:
        """The wish did not come true, or nobody knows: back to what was told."""
        if self._wish is wish:
            self._wish = None

    def wrote(self, call: str, text: str, at: int, parent: str | None = None) -> None:
        """The user wrote a comment under this call id, which makes its id: shown at once."""
        id = derived_id("comment", self._me, call)
        if id not in self._comments:
            self._drafts[id] = Draft(Comment(id, self._me, text, at, parent), self._fresh_snapshots)

    def comment_answered(self, comment: Comment) -> None:
        """It stands; it counts when it is pushed, or when a fresh snapshot may hold it already."""
        draft = self._drafts.get(comment.id)
        if draft is None:
            return  # it was pushed before
        if draft.snapshots_seen == self._fresh_snapshots:
            draft.answered, draft.comment = True, comment
        else:
            self._hold([comment])

    def comment_failed(self, call: str) -> None:
        """It was refused, or nobody knows."""
        self._drafts.pop(derived_id("comment", self._me, call), None)

    # how it is kept

    def _change(self, **fields: object) -> None:
        self._told = msgspec.structs.replace(self._told, **fields)

    def _hold(self, comments: Iterable[Comment]) -> None:
        """Comments are known by their ids: it does not matter which of answer and push comes first."""
        came = {one.id: one for one in comments if one.id not in self._removed}
        for id in came:
            self._drafts.pop(id, None)
        merged = {**came, **{id: one for id, one in self._comments.items() if id not in came}}
        ordered = sorted(merged.values(), key=lambda one: one.at)
        self._comments = {one.id: one for one in ordered[-HELD:]}

    def _drop(self, id: str) -> None:
        self._comments.pop(id, None)
        self._drafts.pop(id, None)
        self._removed[id] = None
        for oldest in list(islice(self._removed, max(0, len(self._removed) - HELD))):
            del self._removed[oldest]
