"""Privacy over REST: requests, blocks, mutes, close friends."""

from typing import Annotated

import msgspec

from gateway.asking import Asker
from gateway.cards import authors_of
from gateway.rest import shapes
from gateway.rest.operation import Caller, serves
from gateway.rest.users import OneUser, UsersFrom
from protocol.ids import user_ref
from protocol.user import UserPage
from protocol.user_followers import ReadKnown
from protocol.user_relations import (
    MUTE_LIMIT_S,
    AcceptFollower,
    AddCloseFriend,
    BlockUser,
    CirclePart,
    DeclineFollower,
    DismissFollower,
    MuteUser,
    PrivacyState,
    ReadCircle,
    Relation,
    RemoveCloseFriend,
    SetPrivacy,
    UnblockUser,
    UnmuteUser,
    ViewRelation,
)

AboutUser = (
    AcceptFollower | DeclineFollower | DismissFollower | BlockUser | UnblockUser | MuteUser | UnmuteUser
    | AddCloseFriend | RemoveCloseFriend
)  # fmt: skip


class PrivacyChange(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a change of privacy."""

    private: bool


class NewMute(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a mute: for how long, or for ever if it says nothing."""

    for_s: Annotated[float, msgspec.Meta(ge=1, le=MUTE_LIMIT_S)] | None = None


class OnePart(msgspec.Struct):
    """One of your lists in the path."""

    part: CirclePart


class Circle:
    """What is served of whom you let near. All of it is seen by you alone."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    @serves("PUT", "/api/privacy")
    async def set_privacy(self, caller: Caller, body: PrivacyChange) -> shapes.Privacy:
        """A private account shows its posts and people to followers, and decides who becomes one."""
        command, call = SetPrivacy(body.private), caller.call("privacy")
        state = await self._asker.write(PrivacyState, user_ref(caller.user), command, caller.user, call)
        return shapes.Privacy(state.private)

    @serves("GET", "/api/circle/{part}")
    async def read_circle(self, caller: Caller, path: OnePart, query: UsersFrom) -> shapes.UserPage:
        """A page of one of your lists: requests, asked, blocked, muted or close_friends."""
        command = ReadCircle(path.part, query.cursor or "", query.limit)
        page = await self._asker.read(UserPage, user_ref(caller.user), command, caller.user)
        cards = await authors_of(self._asker, page.users, caller.user)
        return shapes.UserPage([shapes.author_shape(cards[user]) for user in page.users], page.after)

    @serves("GET", "/api/mutuals")
    async def read_mutuals(self, caller: Caller, query: UsersFrom) -> shapes.UserPage:
        """Those whom you follow and who follow you; a page may be short and have a cursor all the same."""
        return await self._known(caller, caller.user, query)

    @serves("GET", "/api/users/{user_id}/followers/known")
    async def read_known(self, caller: Caller, path: OneUser, query: UsersFrom) -> shapes.UserPage:
        """Those of the user's followers whom you follow; a short page may have a cursor all the same."""
        return await self._known(caller, path.user_id, query)

    async def _known(self, caller: Caller, user: str, query: UsersFrom) -> shapes.UserPage:
        command = ReadKnown(user, query.cursor or "", query.limit)
        page = await self._asker.read(UserPage, user_ref(caller.user), command, caller.user)
        cards = await authors_of(self._asker, page.users, caller.user)
        return shapes.UserPage([shapes.author_shape(cards[one]) for one in page.users], page.after)

    @serves("GET", "/api/users/{user_id}/relation")
    async def view_relation(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """How you and this user stand to each other."""
        command = ViewRelation(path.user_id)
        relation = await self._asker.read(Relation, user_ref(caller.user), command, caller.user)
        return shapes.relation_shape(relation)

    @serves("POST", "/api/users/{user_id}/request")
    async def accept_follower(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """This one asked to follow you, and may."""
        return await self._relate(caller, "accept", AcceptFollower(path.user_id))

    @serves("DELETE", "/api/users/{user_id}/request")
    async def decline_follower(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """This one asked to follow you, and may not."""
        return await self._relate(caller, "decline", DeclineFollower(path.user_id))

    @serves("DELETE", "/api/users/{user_id}/follower")
    async def dismiss_follower(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """This one follows you no longer."""
        return await self._relate(caller, "dismiss", DismissFollower(path.user_id))

    @serves("POST", "/api/users/{user_id}/block")
    async def block_user(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """Neither of you sees anything of the other once this is answered."""
        return await self._relate(caller, "block", BlockUser(path.user_id))

    @serves("DELETE", "/api/users/{user_id}/block")
    async def unblock_user(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """You may meet again; no follow comes back by itself."""
        return await self._relate(caller, "unblock", UnblockUser(path.user_id))

    @serves("POST", "/api/users/{user_id}/mute")
    async def mute_user(self, caller: Caller, path: OneUser, body: NewMute) -> shapes.Relation:
        """Keeps their posts out of your feed and their deeds out of your activity."""
        for_s = None if body.for_s is None else int(body.for_s)
        return await self._relate(caller, "mute", MuteUser(path.user_id, for_s))

    @serves("DELETE", "/api/users/{user_id}/mute")
    async def unmute_user(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """You hear of them again."""
        return await self._relate(caller, "unmute", UnmuteUser(path.user_id))

    @serves("POST", "/api/users/{user_id}/close-friend")
    async def add_close_friend(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """Shows this one what is for close friends."""
        return await self._relate(caller, "befriend", AddCloseFriend(path.user_id))

    @serves("DELETE", "/api/users/{user_id}/close-friend")
    async def remove_close_friend(self, caller: Caller, path: OneUser) -> shapes.Relation:
        """Shows it to this one no longer, what exists included."""
        return await self._relate(caller, "unfriend", RemoveCloseFriend(path.user_id))

    async def _relate(self, caller: Caller, deed: str, command: AboutUser) -> shapes.Relation:
        # All act on the caller's actor, where the user must be in the id.
        call = caller.call(f"{deed}:{command.user}")
        relation = await self._asker.write(Relation, user_ref(caller.user), command, caller.user, call)
        return shapes.relation_shape(relation)
