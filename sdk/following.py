"""The posts of someone, as they come."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice
from typing import TYPE_CHECKING

from protocol.user import ViewProfile
from sdk.shapes import PostPage, PostShape

if TYPE_CHECKING:
    from sdk.client import Manta

KNOWN = 1_000  # ids of posts that were given
AGAIN_S = 1.0  # when not all of a page could be read


async def posts_of(manta: "Manta", username: str) -> AsyncGenerator[PostShape, None]:
    """Follows someone: their newest posts, oldest first, then each new one as it comes."""
    author = (await manta.rest.profile(username)).user_id
    await manta.rest.follow(author)
    known: dict[str, None] = {}
    async with manta.watch(f"{await manta.me()}/feed", ViewProfile()) as feed:
        async for _ in feed:  # whatever it says: there may be newer ones
            for post in await _newer(manta, author, known):
                known[post.post_id] = None
                yield post
            for oldest in list(islice(known, max(0, len(known) - KNOWN))):
                del known[oldest]


async def _newer(manta: "Manta", author: str, known: dict[str, None]) -> list[PostShape]:
    found: list[PostShape] = []
    cursor: str | None = None
    while True:
        page = await _whole_page(manta, author, cursor)
        found.extend(post for post in page.posts if post.post_id not in known)
        cursor = page.next_cursor
        if not known or cursor is None or any(post.post_id in known for post in page.posts):
            return found[::-1]


async def _whole_page(manta: "Manta", author: str, cursor: str | None) -> PostPage:
    while True:
        page = await manta.rest.posts_of(author, cursor)
        if page.complete:
            return page
        await asyncio.sleep(AGAIN_S)
