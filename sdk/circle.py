"""Whom you let near: privacy, requests, blocks, mutes, close friends."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from protocol.ids import user_ref
from protocol.messages import ClientCommand
from protocol.user import UserPage
from protocol.user_followers import ReadKnown
from protocol.user_reach import PresenceCard, ReachState, ReadReach, SetReach, ViewPresence
from protocol.user_relations import (
    AcceptFollower,
    AddCloseFriend,
    BlockUser,
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
from sdk.subscription import Subscription

if TYPE_CHECKING:
    from sdk.client import Manta

PAGE = 100


class Circle:
    """What you decide about others; only you see it. All of it holds when it returns."""

    def __init__(self, manta: "Manta") -> None:
        self._manta = manta

    async def set_private(self, private: bool = True) -> bool:
        """A private account shows its posts and people to followers, and decides who becomes one."""
        me = await self._manta.me()
        return (await self._manta.ask(PrivacyState, me, SetPrivacy(private))).private

    async def reach(self) -> ReachState:
        """Who may comment on your posts, mention you, write to you, and see when you are here."""
        return await self._manta.ask(ReachState, await self._manta.me(), ReadReach())

    async def set_reach(
        self, *, comment: str | None = None, mention: str | None = None,
        message: str | None = None, activity: str | None = None,
    ) -> ReachState:  # fmt: skip
        """Lets `everyone`, `followers`, `followed`, `mutuals` or `nobody`; what is left out stays."""
        command = SetReach(comment, mention, message, activity)
        return await self._manta.ask(ReachState, await self._manta.me(), command)

    async def presence(self, user: str) -> PresenceCard:
        """Whether someone is here; of those only who would see the same of you."""
        return await self._manta.ask(PresenceCard, user_ref(user), ViewPresence())

    def watch_presence(self, user: str) -> Subscription:
        """Whether someone is here, and each time that changes, a few seconds late at most."""
        return self._manta.watch(f"{user_ref(user)}/presence", ViewPresence())

    async def relation(self, user: str) -> Relation:
        """How you and this user stand to each other."""
        return await self._relation(ViewRelation(user))

    async def accept(self, user: str) -> Relation:
        """This one asked to follow you, and may."""
        return await self._relation(AcceptFollower(user))

    async def decline(self, user: str) -> Relation:
        """This one asked to follow you, and may not."""
        return await self._relation(DeclineFollower(user))

    async def dismiss(self, user: str) -> Relation:
        """This one follows you no longer."""
        return await self._relation(DismissFollower(user))

    async def block(self, user: str, on: bool = True) -> Relation:
        """Neither of you sees anything of the other, or you may meet again."""
        return await self._relation(BlockUser(user) if on else UnblockUser(user))

    async def mute(self, user: str, on: bool = True, for_s: int | None = None) -> Relation:
        """Nothing of theirs in your feed and activity, for that time or for ever, or again all of it."""
        return await self._relation(MuteUser(user, for_s) if on else UnmuteUser(user))

    async def befriend(self, user: str, on: bool = True) -> Relation:
        """This one sees what is for close friends, or no longer."""
        return await self._relation(AddCloseFriend(user) if on else RemoveCloseFriend(user))

    async def people(self, part: str) -> AsyncIterator[str]:
        """All of a list: `requests`, `asked`, `blocked`, `muted` or `close_friends`."""
        me, after = await self._manta.me(), ""
        while True:
            page = await self._manta.ask(UserPage, me, ReadCircle(part, after, PAGE))
            for user in page.users:
                yield user
            if page.after is None:
                return
            after = page.after

    async def known_followers(self, user: str) -> AsyncIterator[str]:
        """The followers of this user whom you follow."""
        me, after = await self._manta.me(), ""
        while True:
            page = await self._manta.ask(UserPage, me, ReadKnown(user, after, PAGE))
            for one in page.users:
                yield one
            if page.after is None:
                return
            after = page.after

    async def mutuals(self) -> AsyncIterator[str]:
        """Those whom you follow and who follow you."""
        me = await self._manta.me()
        async for one in self.known_followers(me.partition(":")[2]):
            yield one

    async def _relation(self, command: ClientCommand) -> Relation:
        return await self._manta.ask(Relation, await self._manta.me(), command)
