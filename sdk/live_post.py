"""A post that moves: the topics that keep its view up to date, and what its user does to it."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING

from protocol.post import Comment, TypistsChanged, ViewPost
from sdk.post_view import PostShown, PostView
from sdk.subscription import Subscription
from sdk.topic import News, Snapshot

if TYPE_CHECKING:
    from sdk.client import Manta
    from sdk.post import Post

TYPING_LASTS_S = 6.0


class LivePost:
    """`async with` follows the post; `async for` gives what is to be shown whenever it changed."""

    def __init__(self, manta: "Manta", post: "Post") -> None:
        self._manta, self._post = manta, post
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._liking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._silence: asyncio.TimerHandle | None = None
        self._view: PostView

    async def __aenter__(self) -> "LivePost":
        self._view = PostView(await self._manta.user(), self._post.id)
        topics = [self._post.watch(), self._manta.watch(f"{self._post.ref}/typing", ViewPost())]
        self._tasks = [asyncio.ensure_future(self._follow(topic)) for topic in topics]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._silence is not None:
            self._silence.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aiter__(self) -> AsyncIterator[PostShown]:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for task in self._tasks:
                if task.done():
                    task.result()  # raises why it is over
            if self._view.shown.author:
                yield self._view.shown

    @property
    def shown(self) -> PostShown:
        """The post as it stands now."""
        return self._view.shown

    # what the user does

    async def like(self, liked: bool = True) -> None:
        """Likes it or no longer: shown at once, taken back when it fails."""
        wish = self._view.wished(liked)
        self._changed.set()
        async with self._liking:  # two at a time could arrive in another order
            try:
                count = await (self._post.like() if liked else self._post.unlike())
                self._view.like_answered(wish, self._loop.time(), count)
            except BaseException:
                self._view.like_failed(wish)
                raise
            finally:
                self._changed.set()

    async def comment(self, text: str, parent: str | None = None) -> Comment:
        """Writes a comment: shown at once, taken back when it fails."""
        call = self._manta.new_id()
        self._view.wrote(call, text, int(time.time() * 1_000), parent)
        self._changed.set()
        try:
            comment = await self._post.comment(text, parent, id=call)
            self._view.comment_answered(comment)
            return comment
        except BaseException:
            self._view.comment_failed(call)
            raise
        finally:
            self._changed.set()

    # what it is told

    async def _follow(self, topic: Subscription) -> None:
        try:
            async with topic:
                async for item in topic:
                    await self._take(item)
        finally:
            self._changed.set()

    async def _take(self, item: Snapshot | News) -> None:
        if isinstance(item, News):
            self._view.heard(item.message)
            if isinstance(item.message, TypistsChanged):
                self._typed()
        elif self._view.snapshot(item):
            await self._read_comments()
        self._changed.set()

    async def _read_comments(self) -> None:
        self._view.comments_read(await self._post.comments(within_s=float("inf")))

    def _typed(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._loop.call_later(TYPING_LASTS_S, self._nobody_types)

    def _nobody_types(self) -> None:
        self._view.nobody_types()
        self._changed.set()
