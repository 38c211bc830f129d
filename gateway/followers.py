"""Replies made whole where followers stand in segments: who follows, pages, whom one knows among them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from gateway.ports import Ask, Begun, Cells, Joined, Listener, Topics
from protocol.errors import Broken, MantaError, Rejected, Unavailable
from protocol.followers import Place, ReadSegment, WhichFollow, WhoFollows
from protocol.ids import user_ref
from protocol.messages import Command, Reply
from protocol.user import Profile, ReadFollowers, UserPage, ViewProfile
from protocol.user_followers import FindFollowers, FoundFollowers, Partly, ReadKnown, SegmentList
from protocol.user_relations import (
    AcceptFollower,
    AddCloseFriend,
    DeclineFollower,
    DismissFollower,
    MuteUser,
    ReadStanding,
    RemoveCloseFriend,
    Standing,
    UnblockUser,
    UnmuteUser,
    ViewRelation,
)
from protocol.user_shown import ShownProfile

LOOKED_AT = 100  # of those whom someone follows, in one step
STEPS = 5  # for one page of those whom one knows; it may be short, and has a cursor then

# What their actors may answer in part.
OFTEN_PARTLY: frozenset[type[Command]] = frozenset(
    (
        ViewProfile, ReadFollowers, ReadKnown, ReadStanding, ViewRelation, MuteUser, UnmuteUser, UnblockUser,
        AddCloseFriend, RemoveCloseFriend, AcceptFollower, DeclineFollower, DismissFollower,
    )
)  # fmt: skip


class WholeCells:
    """`Cells` and `Begun` that know nothing of segments any more."""

    def __init__(self, cells: Cells, begun: Begun) -> None:
        self._cells, self._begun = cells, begun

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        reply = await self._cells.ask(ref, _widened(command), caller, call, timeout_s)
        return await self._whole(Ask(ref, command, caller, call), reply, timeout_s)

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many entities."""
        if any(type(ask.command) is ReadKnown for ask in asks):
            sent = [replace(ask, command=_widened(ask.command)) for ask in asks]
            replies = await self._cells.ask_many(sent, timeout_s)
        else:
            replies = await self._cells.ask_many(asks, timeout_s)
        partly = [n for n, reply in enumerate(replies) if _is_partly(asks[n].command, reply)]
        if partly:
            whole = await asyncio.gather(*[self._attempt(asks[n], replies[n], timeout_s) for n in partly])
            for n, reply in zip(partly, whole):
                replies[n] = reply
        return replies

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        if type(command) in OFTEN_PARTLY:
            return asyncio.ensure_future(self.ask(ref, command, caller, call, timeout_s))
        return self._begun.begin(ref, command, caller, call, timeout_s)

    async def _attempt(self, ask: Ask, reply: Any, timeout_s: float) -> Reply | MantaError:
        try:
            return await self._whole(ask, reply, timeout_s)
        except MantaError as error:
            return error

    async def _whole(self, ask: Ask, reply: Reply, timeout_s: float) -> Reply:
        match reply:
            case Partly(place=place, profile=Profile() as profile):
                follows = await self._follows(place, ask.caller, timeout_s)
                return replace(profile, followed_by_viewer=follows)
            case Partly(place=place, relation=relation) if relation is not None:
                follows = await self._follows(place, relation.user_id, timeout_s)
                return replace(relation, follows_you=follows)
            case ShownProfile(profile, Standing(place=Place() as place) as standing):
                follows = await self._follows(place, ask.caller, timeout_s)
                return ShownProfile(
                    replace(profile, followed_by_viewer=follows),
                    replace(standing, follower=follows, place=None),
                )
            case Standing(place=Place() as place):
                return replace(reply, follower=await self._follows(place, ask.caller, timeout_s), place=None)
            case SegmentList() if isinstance(ask.command, ReadFollowers):
                return await self._page(ask.command, reply, timeout_s)
            case UserPage() if isinstance(ask.command, ReadKnown):
                return await self._known(ask, ask.command, reply, timeout_s)
        return reply

    async def _follows(self, place: Place, user: str, timeout_s: float) -> bool:
        return bool(await self._who([(place, [user])], timeout_s))

    async def _who(self, asked_of: Iterable[tuple[Place, list[str]]], timeout_s: float) -> list[str]:
        """Who of these follows, as their segments say."""
        asks = [Ask(place.segment, WhichFollow(place.words, some), "", None) for place, some in asked_of]
        found: list[str] = []
        for reply in await self._cells.ask_many(asks, timeout_s) if asks else []:
            found += _here(WhoFollows, reply).users
        return found

    async def _page(self, command: ReadFollowers, listed: SegmentList, timeout_s: float) -> UserPage:
        users = list(listed.users)
        for place in listed.places:
            if len(users) >= command.limit:
                break
            after, room = users[-1] if users else command.after, command.limit - len(users)
            ask = Ask(place.segment, ReadSegment(place.words, after, room), "", None)
            (reply,) = await self._cells.ask_many([ask], timeout_s)
            users += _here(UserPage, reply).users
        if listed.has_more and not users:
            raise Unavailable("these followers are just being moved; try again")
        has_more = listed.has_more or len(users) == command.limit
        return UserPage(users, users[-1] if users and has_more else None)

    async def _known(self, ask: Ask, command: ReadKnown, page: UserPage, timeout_s: float) -> UserPage:
        known: list[str] = []
        for step in range(STEPS):
            if step:
                more = replace(_widened(command), after=page.after)
                page = _here(UserPage, await self._cells.ask(ask.ref, more, ask.caller, None, timeout_s))
            known += await self._among(page.users, command.user, timeout_s)
            if len(known) >= command.limit:
                return UserPage(known[: command.limit], known[command.limit - 1])
            if page.after is None:
                break
        return UserPage(known, page.after)

    async def _among(self, users: list[str], owner: str, timeout_s: float) -> list[str]:
        """Who of these follows the owner, in their order."""
        if not users:
            return []
        reply = await self._cells.ask(user_ref(owner), FindFollowers(users), "", None, timeout_s)
        found = _here(FoundFollowers, reply)
        who = {*found.users, *await self._who(found.asked_of, timeout_s)}
        return [user for user in users if user in who]


class WholeTopics:
    """`Topics` whose first replies are whole: what may be partly is read once before it is joined."""

    def __init__(self, topics: Topics, cells: Cells) -> None:
        self._topics, self._cells = topics, cells

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self._topics.listen(listener)

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment."""
        if type(command) not in OFTEN_PARTLY:
            await self._topics.watch(topic, ref, command, since, caller, on_joined, timeout_s)
            return
        known = await self._cells.ask(ref, command, caller, None, timeout_s)

        def joined(reply: Reply, at: Joined) -> None:
            on_joined(_at_once(reply, known), at)

        await self._topics.watch(topic, ref, command, since, caller, joined, timeout_s)

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more."""
        self._topics.unwatch(topics)


def _at_once(reply: Reply, known: Reply) -> Reply:
    """What was read now, with what was known a moment before."""
    if isinstance(reply, Partly) and reply.profile is not None and isinstance(known, Profile):
        return replace(reply.profile, followed_by_viewer=known.followed_by_viewer)
    return known if isinstance(reply, Partly | SegmentList) or isinstance(known, UserPage) else reply


def _widened(command: Any) -> Any:
    """Of those whom one follows, enough are looked at whatever the page has room for."""
    return replace(command, limit=LOOKED_AT) if isinstance(command, ReadKnown) else command


def _is_partly(command: Command, reply: Reply | MantaError) -> bool:
    kind = type(reply)
    if kind is Standing:
        return reply.place is not None  # type: ignore[union-attr]
    if kind is ShownProfile:
        return reply.standing.place is not None  # type: ignore[union-attr]
    return kind in (Partly, SegmentList) or type(command) is ReadKnown


def _here(kind: type[Any], reply: Reply | MantaError) -> Any:
    if isinstance(reply, Rejected):  # a segment was parted meanwhile
        raise Unavailable("these followers are just being moved; try again")
    if isinstance(reply, MantaError):
        raise reply
    if not isinstance(reply, kind):
        raise Broken(f"a {type(reply).__name__} came where a {kind.__name__} was expected")
    return reply
