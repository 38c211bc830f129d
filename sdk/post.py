"""One post, and what a program can do with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from protocol.ids import post_ref
from protocol.post import (
    Comment,
    CommentAnswer,
    CommentCount,
    CommentOnPost,
    CommentPage,
    DeleteComment,
    DeletePost,
    LikeCount,
    LikePost,
    PostCard,
    PostGone,
    ReadComments,
    StopTypingOnPost,
    TypeOnPost,
    UnlikePost,
    ViewPost,
)
from sdk.calls import WITHIN_S
from sdk.endings import Left, SessionEnded
from sdk.live_post import LivePost
from sdk.subscription import Subscription

if TYPE_CHECKING:
    from sdk.client import Manta

TYPE_EVERY_S = 3.0
COMMENT_WITHIN_S = 60.0


class Post:
    """A post by its id; nothing is read before it is asked for."""

    def __init__(self, manta: "Manta", id: str) -> None:
        self.id = id
        self.ref = post_ref(id)
        self._manta = manta

    async def read(self) -> PostCard:
        """The post, as you may see it."""
        return await self._manta.ask(PostCard, self.ref, ViewPost())

    async def comments(
        self, before: str | None = None, limit: int = 20, *, within_s: float = WITHIN_S
    ) -> CommentPage:
        """Comments, newest first; `before` is the last one of the page before."""
        return await self._manta.ask(CommentPage, self.ref, ReadComments(before, limit), within_s=within_s)

    async def like(self) -> int:
        """You like it; gives how many do."""
        return (await self._manta.ask(LikeCount, self.ref, LikePost())).like_count

    async def unlike(self) -> int:
        """You like it no longer; gives how many do."""
        return (await self._manta.ask(LikeCount, self.ref, UnlikePost())).like_count

    async def comment(self, text: str, parent: str | None = None, *, id: str | None = None) -> Comment:
        """Writes a comment, once; gives it as it stands."""
        command = CommentOnPost(text, parent)
        answer = await self._manta.ask(CommentAnswer, self.ref, command, within_s=COMMENT_WITHIN_S, id=id)
        return answer.comment

    async def delete_comment(self, comment: str) -> int:
        """Deletes a comment of yours, or one on your post; gives how many are left."""
        return (await self._manta.ask(CommentCount, self.ref, DeleteComment(comment))).comment_count

    async def delete(self) -> None:
        """Deletes the post, for good."""
        await self._manta.ask(PostGone, self.ref, DeletePost())

    @asynccontextmanager
    async def typing(self) -> AsyncIterator[None]:
        """Others see that you write a comment, while this is open."""
        saying = asyncio.ensure_future(self._say_typing())
        try:
            yield
        finally:
            saying.cancel()
            self._manta.mention(self.ref, StopTypingOnPost())

    async def _say_typing(self) -> None:
        with suppress(SessionEnded, Left):
            while True:
                await self._manta.stands()
                self._manta.mention(self.ref, TypeOnPost())
                await asyncio.sleep(TYPE_EVERY_S)

    def watch(self) -> Subscription:
        """Snapshots of the post, and its news between them."""
        return self._manta.watch(self.ref, ViewPost())

    def live(self) -> LivePost:
        """The post as it moves, with what you do to it shown at once."""
        return LivePost(self._manta, self)
