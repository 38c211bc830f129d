"""The closing: everything is read back when all is quiet."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bench.chaos.doors import LinkDoor, NoAnswer, Refusal
from bench.chaos.history import Closing, History, PostAtEnd, UserAtEnd
from bench.chaos.members import Members
from protocol.ids import post_ref
from protocol.messages import Command
from protocol.post import ReadComments, ViewPost
from protocol.user import ReadActivity, ReadFollowers, ReadFollowing, ReadPosts, ViewProfile

PAGE = 100
AT_ONCE = 200
ATTEMPTS = 5

T = TypeVar("T")
Sets = dict[tuple[str, str], Members]


class Reader:
    """Reads what a history speaks of."""

    def __init__(self, door: LinkDoor, history: History) -> None:
        self._door = door
        self._calls = history.calls
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def read(self, likers: Sets) -> Closing:
        """All posts, all users who follow, are followed or write; each liker where the count is wrong."""
        closing = Closing()
        posts = {call.on for call in self._calls if call.what == "create" and call.echo_of < 0}
        known = {call.by for call in self._calls if call.what == "edit"}
        follows = [call for call in self._calls if call.what in ("follow", "unfollow")]
        others = ({call.by for call in follows} | {call.about for call in follows}) - known

        async def post(ref: str) -> None:
            await self._kept(closing, ref, closing.posts, lambda: self._post(ref, likers.get((ref, "likes"))))

        async def user(key: str) -> None:
            ref = f"user:{key}"
            await self._kept(closing, ref, closing.users, lambda: self._user(ref, key, key in known))

        await asyncio.gather(*[post(ref) for ref in sorted(posts)])
        await asyncio.gather(*[user(key) for key in sorted(known | others)])
        return closing

    async def _kept(
        self, closing: Closing, ref: str, into: dict[str, T], read: Callable[[], Awaitable[T]]
    ) -> None:
        async with self._limit:
            try:
                into[ref] = await read()
            except Refusal as refusal:
                closing.missing[ref] = refusal.code
            except NoAnswer as error:
                closing.missing[ref] = f"no answer: {error}"

    async def _post(self, ref: str, likers: Members | None) -> PostAtEnd:
        card = await self._ask(ref, ViewPost())
        page = await self._ask(ref, ReadComments(limit=PAGE))
        comments = [comment.id for comment in page.comments]
        post = PostAtEnd(card.author_id, card.created_at, card.like_count, page.comment_count, comments)
        if likers is not None and (not likers.is_growing or card.like_count != len(likers.surely())):
            for user in sorted(likers.everybody()):
                post.liked[user] = (await self._ask(ref, ViewPost(), user)).liked_by_viewer
        return post

    async def _user(self, ref: str, key: str, is_known: bool) -> UserAtEnd:
        following = await self._people(ref, lambda after: ReadFollowing(after, PAGE))
        if not is_known:  # who never had a profile shows none
            return UserAtEnd(-1, following, len(following), [], 0, [], 0, -1)
        profile = await self._ask(ref, ViewProfile())
        return UserAtEnd(
            bio=int(profile.about.bio or 0),
            following=following,
            following_count=profile.following_count,
            followers=await self._people(ref, lambda after: ReadFollowers(after, PAGE)),
            follower_count=profile.follower_count,
            posts=await self._posts(ref),
            post_count=profile.post_count,
            notes=(await self._ask(ref, ReadActivity(1), key)).unread,
        )

    async def _people(self, ref: str, page_after: Callable[[str], Command]) -> list[str]:
        people: list[str] = []
        after: str | None = ""
        while after is not None:
            page = await self._ask(ref, page_after(after))
            people += page.users
            after = page.after
        return people

    async def _posts(self, ref: str) -> list[str]:
        page = await self._ask(ref, ReadPosts(limit=PAGE))
        posts = list(page.posts)
        while page.next_cursor is not None:
            page = await self._ask(ref, ReadPosts(page.next_cursor, PAGE))
            posts += page.posts
        return [post_ref(listed.post) for listed in posts]

    async def _ask(self, ref: str, command: Command, by: str = "") -> Any:
        for attempt in range(ATTEMPTS):
            try:
                return await self._door.ask(ref, command, by)
            except NoAnswer:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("attempts end")
