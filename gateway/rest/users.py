"""Profiles, follows, feed and activity over REST."""

import msgspec
from aiohttp import web

from gateway.asking import Asker
from gateway.cards import authors_of, posts_of
from gateway.feed import feed_page
from gateway.rest.caller import Door, call_of
from gateway.rest.shapes import answer, author_shape, body_of, limit_of, note_shape, post_shape, profile_shape
from protocol.ids import user_ref
from protocol.messages import Command
from protocol.user import (
    Activity,
    EditProfile,
    FollowState,
    FollowUser,
    PostPage,
    Profile,
    ReadActivity,
    ReadFollowers,
    ReadFollowing,
    ReadPosts,
    SeeActivity,
    UnfollowUser,
    UserPage,
    ViewProfile,
)

USER = "/api/users/{user:[A-Za-z0-9_.-]{1,64}}"


class ProfileBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an edited profile; what it leaves out stays."""

    name: str | None = None
    bio: str | None = None
    profile_pic: str | None = None


class Users:
    """The routes of users."""

    def __init__(self, asker: Asker, door: Door) -> None:
        self._asker = asker
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        """What is served, and by whom."""
        return [
            web.get(USER, self.view),
            web.put(USER, self.edit),
            web.post(f"{USER}/follow", self.follow),
            web.delete(f"{USER}/follow", self.unfollow),
            web.get(f"{USER}/followers", self.followers),
            web.get(f"{USER}/following", self.following),
            web.get(f"{USER}/posts", self.posts),
            web.get("/api/feed", self.feed),
            web.get("/api/activity", self.activity),
            web.post("/api/activity/seen", self.seen),
        ]

    async def view(self, request: web.Request) -> web.Response:
        """The profile."""
        viewer = self._door.viewer(request)
        return answer(profile_shape(await self._asker.read(Profile, _ref(request), ViewProfile(), viewer)))

    async def edit(self, request: web.Request) -> web.Response:
        """The profile reads so from now on."""
        caller, call = self._door.caller(request), call_of(request, "edit")
        body = await body_of(request, ProfileBody)
        command = EditProfile(*msgspec.structs.astuple(body))
        return answer(profile_shape(await self._asker.write(Profile, _ref(request), command, caller, call)))

    async def follow(self, request: web.Request) -> web.Response:
        """The caller follows the user, who must be known."""
        await self._asker.read(Profile, _ref(request), ViewProfile(), self._door.caller(request))
        return await self._relate(request, "follow", FollowUser(request.match_info["user"]))

    async def unfollow(self, request: web.Request) -> web.Response:
        """The caller follows the user no longer."""
        return await self._relate(request, "unfollow", UnfollowUser(request.match_info["user"]))

    async def _relate(self, request: web.Request, deed: str, command: Command) -> web.Response:
        caller, user = self._door.caller(request), request.match_info["user"]
        call = call_of(
            request, f"{deed}:{user}"
        )  # both act on the caller's actor, where the user must be in the id
        state = await self._asker.write(FollowState, user_ref(caller), command, caller, call)
        return answer({"following": state.following, "following_count": state.following_count})

    async def followers(self, request: web.Request) -> web.Response:
        """A page of followers."""
        command = ReadFollowers(request.query.get("cursor", ""), limit_of(request))
        return await self._people(request, command)

    async def following(self, request: web.Request) -> web.Response:
        """A page of those whom the user follows."""
        command = ReadFollowing(request.query.get("cursor", ""), limit_of(request))
        return await self._people(request, command)

    async def _people(self, request: web.Request, command: Command) -> web.Response:
        viewer = self._door.viewer(request)
        page = await self._asker.read(UserPage, _ref(request), command, viewer)
        cards = await authors_of(self._asker, page.users, viewer)
        return answer(
            {"users": [author_shape(cards[user]) for user in page.users], "next_cursor": page.after}
        )

    async def posts(self, request: web.Request) -> web.Response:
        """A page of the user's posts."""
        viewer = self._door.viewer(request)
        command = ReadPosts(request.query.get("cursor"), limit_of(request))
        page = await self._asker.read(PostPage, _ref(request), command, viewer)
        return await self._page([listed.post for listed in page.posts], page.next_cursor, viewer)

    async def feed(self, request: web.Request) -> web.Response:
        """A page of the caller's feed."""
        caller = self._door.caller(request)
        page = await feed_page(self._asker, caller, request.query.get("cursor"), limit_of(request))
        return await self._page(page.posts, page.next_cursor, caller)

    async def _page(self, posts: list[str], next_cursor: str | None, viewer: str) -> web.Response:
        cards, complete = await posts_of(self._asker, posts, viewer)
        shapes = [post_shape(card, author) for card, author in cards]
        return answer({"posts": shapes, "next_cursor": next_cursor, "complete": complete})

    async def activity(self, request: web.Request) -> web.Response:
        """What others did of late that concerns the caller."""
        caller = self._door.caller(request)
        activity = await self._asker.read(Activity, user_ref(caller), ReadActivity(limit_of(request)), caller)
        return answer({"notes": [note_shape(note) for note in activity.notes], "unread": activity.unread})

    async def seen(self, request: web.Request) -> web.Response:
        """The caller has seen it all."""
        caller = self._door.caller(request)
        await self._asker.write(Activity, user_ref(caller), SeeActivity(), caller, call_of(request, "seen"))
        return answer({"unread": 0})


def _ref(request: web.Request) -> str:
    return user_ref(request.match_info["user"])
