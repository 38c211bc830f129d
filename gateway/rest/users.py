"""Profiles, follows, feed and activity over REST."""

from typing import Annotated

import msgspec

from actors.about import LENGTHS
from gateway.asking import Asker
from gateway.cards import authors_of, posts_of
from gateway.feed import feed_page, wanted_in_feed
from gateway.rest import shapes
from gateway.rest.operation import Caller, serves, told
from gateway.rest.photos import PhotoShapes
from protocol.errors import Rejected
from protocol.ids import PageSize, UserId, user_ref
from protocol.messages import Command
from protocol.name import NameHolder, ResolveName, Username, name_ref
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


class ProfileEdit(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an edited profile; what it leaves out stays."""

    name: Annotated[str, told(maxLength=LENGTHS["name"])] | None = None
    bio: Annotated[str, told(maxLength=LENGTHS["bio"])] | None = None
    profile_pic: Annotated[str, told(maxLength=LENGTHS["profile_pic"])] | None = None


class OneUser(msgspec.Struct):
    """A user in the path."""

    user_id: UserId

    @property
    def ref(self) -> str:
        """Their actor."""
        return user_ref(self.user_id)


class OneName(msgspec.Struct):
    """A username in the path."""

    username: Username


class PostsFrom(msgspec.Struct, forbid_unknown_fields=True):
    """Which posts: those after the cursor of the page before, which are older."""

    cursor: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{26}\Z")] | None = None
    limit: PageSize = 20


class UsersFrom(msgspec.Struct, forbid_unknown_fields=True):
    """Which users: those after the cursor of the page before."""

    cursor: UserId | None = None
    limit: PageSize = 20


class Newest(msgspec.Struct, forbid_unknown_fields=True):
    """How many entries."""

    limit: PageSize = 20


class Users:
    """What is served of users."""

    def __init__(self, asker: Asker, photos: PhotoShapes) -> None:
        self._asker, self._photos = asker, photos

    @serves("GET", "/api/users/{user_id}")
    async def view_user(self, caller: Caller, path: OneUser) -> shapes.Profile:
        """A profile."""
        return shapes.profile_shape(await self._asker.read(Profile, path.ref, ViewProfile(), caller.user))

    @serves("GET", "/api/usernames/{username}")
    async def find_user(self, caller: Caller, path: OneName) -> shapes.Profile:
        """The profile of whoever has this username."""
        holder = await self._asker.read(NameHolder, name_ref(path.username), ResolveName(), caller.user)
        if holder.account is None:
            raise Rejected("user.unknown", "there is no such user")
        return await self.view_user(caller, OneUser(holder.account))

    @serves("PUT", "/api/users/{user_id}")
    async def edit_profile(self, caller: Caller, path: OneUser, body: ProfileEdit) -> shapes.Profile:
        """Changes your profile."""
        command = EditProfile(body.name, body.bio, body.profile_pic)
        call = caller.call("edit")
        return shapes.profile_shape(await self._asker.write(Profile, path.ref, command, caller.user, call))

    @serves("POST", "/api/users/{user_id}/follow")
    async def follow_user(self, caller: Caller, path: OneUser) -> shapes.FollowState:
        """You follow the user, or ask to when the account is private; a second time changes nothing."""
        return await self._relate(caller, "follow", path.user_id, FollowUser(path.user_id))

    @serves("DELETE", "/api/users/{user_id}/follow")
    async def unfollow_user(self, caller: Caller, path: OneUser) -> shapes.FollowState:
        """You follow the user no longer, or take back that you asked to."""
        return await self._relate(caller, "unfollow", path.user_id, UnfollowUser(path.user_id))

    async def _relate(self, caller: Caller, deed: str, user: str, command: Command) -> shapes.FollowState:
        # Both act on the caller's actor, where the user must be in the id.
        call = caller.call(f"{deed}:{user}")
        state = await self._asker.write(FollowState, user_ref(caller.user), command, caller.user, call)
        return shapes.FollowState(state.following, state.following_count, state.requested)

    @serves("GET", "/api/users/{user_id}/followers")
    async def read_followers(self, caller: Caller, path: OneUser, query: UsersFrom) -> shapes.UserPage:
        """A page of the user's followers."""
        return await self._people(caller, path, ReadFollowers(query.cursor or "", query.limit))

    @serves("GET", "/api/users/{user_id}/following")
    async def read_following(self, caller: Caller, path: OneUser, query: UsersFrom) -> shapes.UserPage:
        """A page of those whom the user follows."""
        return await self._people(caller, path, ReadFollowing(query.cursor or "", query.limit))

    async def _people(self, caller: Caller, path: OneUser, command: Command) -> shapes.UserPage:
        page = await self._asker.read(UserPage, path.ref, command, caller.user)
        cards = await authors_of(self._asker, page.users, caller.user)
        return shapes.UserPage([shapes.author_shape(cards[user]) for user in page.users], page.after)

    @serves("GET", "/api/users/{user_id}/posts")
    async def read_posts(self, caller: Caller, path: OneUser, query: PostsFrom) -> shapes.PostPage:
        """A page of the user's posts, newest first."""
        command = ReadPosts(query.cursor, query.limit)
        page = await self._asker.read(PostPage, path.ref, command, caller.user)
        return await self._page([listed.post for listed in page.posts], page.next_cursor, caller)

    @serves("GET", "/api/feed")
    async def read_feed(self, caller: Caller, query: PostsFrom) -> shapes.PostPage:
        """A page of your feed: posts of yours and of those whom you follow, newest first."""
        page = await feed_page(self._asker, caller.user, query.cursor, query.limit)
        cards, complete = await posts_of(self._asker, page.posts, caller.user)
        wanted = await wanted_in_feed(self._asker, {card.author_id for card, _ in cards}, caller.user)
        cards = [(card, author) for card, author in cards if card.author_id in wanted]
        return shapes.PostPage(await self._photos.of(cards, caller), page.next_cursor, complete)

    async def _page(self, posts: list[str], next_cursor: str | None, caller: Caller) -> shapes.PostPage:
        cards, complete = await posts_of(self._asker, posts, caller.user)
        return shapes.PostPage(await self._photos.of(cards, caller), next_cursor, complete)

    @serves("GET", "/api/activity")
    async def read_activity(self, caller: Caller, query: Newest) -> shapes.Activity:
        """What others did of late that concerns you."""
        command = ReadActivity(query.limit)
        activity = await self._asker.read(Activity, user_ref(caller.user), command, caller.user)
        return shapes.Activity([shapes.note_shape(note) for note in activity.notes], activity.unread)

    @serves("POST", "/api/activity/seen", 204)
    async def see_activity(self, caller: Caller) -> None:
        """You have seen all of it."""
        await self._asker.write(
            Activity, user_ref(caller.user), SeeActivity(), caller.user, caller.call("seen")
        )
