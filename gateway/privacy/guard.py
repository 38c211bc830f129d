"""The guard before the cells: whatever a person asks of others goes by it, over REST and WebSocket alike."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from gateway.asking import Asker
from gateway.ports import Ask, Begun, Cells
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.crossing import boundaries_of
from gateway.privacy.facts import Facts, Tie
from gateway.privacy.listing import LISTERS, people_in, without
from gateway.privacy.view import PUBLIC, Deed, Surface, Thing, can_do, can_view
from protocol import post, user
from protocol.boundaries import BoundaryCount, DrawBoundary, boundaries_ref
from protocol.errors import MantaError, Rejected
from protocol.ids import user_ref
from protocol.messages import Command, Reply
from protocol.user_followers import ReadKnown
from protocol.user_reach import PresenceCard, ViewPresence
from protocol.user_relations import AddCloseFriend, AskToFollow, BlockUser, MuteUser

# Where what these commands ask for would be seen. What is not here concerns the caller alone.
SURFACES: dict[type[Command], Surface] = {
    post.ViewPost: Surface.POST,
    post.ReadComments: Surface.COMMENTS,
    **dict.fromkeys(
        (
            post.LikePost, post.UnlikePost, post.CommentOnPost, post.DeleteComment, post.LookAtPost,
            post.LeavePost, post.TypeOnPost, post.StopTypingOnPost,
        ),
        Surface.DEED,
    ),
    user.ViewProfile: Surface.PROFILE,
    user.ReadFollowers: Surface.PEOPLE,
    user.ReadFollowing: Surface.PEOPLE,
    ReadKnown: Surface.PEOPLE,
    user.ReadPosts: Surface.POSTS,
    user.FollowUser: Surface.FOLLOW,
    ViewPresence: Surface.PRESENCE,
}  # fmt: skip
# These keep someone in the caller's own lists, whom the caller need not see: who is blocked blocks back. It
# must be somebody all the same, or what is written fills with ids that nobody has.
OF_SOMEBODY: frozenset[type[Command]] = frozenset((BlockUser, MuteUser, AddCloseFriend))
# What these commands do to the owner, who says who may; on what is old as on what is new.
DEEDS: dict[type[Command], Deed] = {post.CommentOnPost: Deed.COMMENT, post.TypeOnPost: Deed.COMMENT}


Completed = Callable[[PresenceCard], Awaitable[PresenceCard]]
"""Adds to a card whether the user is here just now."""


class Guard:
    """Asks for what has to be known, and lets `can_view` decide."""

    def __init__(self, cells: Cells, boundaries: Boundaries) -> None:
        self._asker = Asker(cells)
        self.facts = Facts(cells, boundaries)

    async def judge(self, asks: Sequence[Ask], surface: Surface | None = None) -> list[MantaError | None]:
        """For each ask what forbids it, or nothing; without a surface, each is of that of its command."""
        verdicts: list[MantaError | None] = [None] * len(asks)
        found: dict[int, Thing] = {}
        for caller in dict.fromkeys(ask.caller for ask in asks):
            mine = [n for n, ask in enumerate(asks) if ask.caller == caller and is_guarded(ask)]
            refs = [asks[n].ref for n in mine if asks[n].ref.startswith("post:")]
            frames = await self.facts.frames(refs, caller) if refs else {}
            for n in mine:
                thing = _thing(asks[n], frames)
                if isinstance(thing, Thing):
                    found[n] = thing
                else:
                    verdicts[n] = thing
            ties = await self.facts.ties(caller, {found[n].owner for n in mine if n in found})
            for n in mine:
                if n in found:
                    verdicts[n] = _verdict(asks[n], found[n], ties[found[n].owner], surface)
        return verdicts

    def knows(self, ask: Ask) -> bool:
        """Whether a deed is allowed by what is known here; for what is read it is asked each time."""
        if SURFACES.get(type(ask.command)) is not Surface.DEED:
            return False
        frame = self.facts.frame_of(ask.ref)
        if frame is None:
            return False
        if frame.author_id == ask.caller:
            return True
        tie = self.facts.tie_of(ask.caller, frame.author_id)
        if tie is None:
            return False
        thing, deed = tie.thing(frame.author_id, frame.audience), DEEDS.get(type(ask.command))
        return can_view(tie.viewer, thing, Surface.DEED) and (deed is None or can_do(tie.viewer, thing, deed))

    async def admit(self, ask: Ask, surface: Surface | None = None) -> None:
        """Lets an ask go on, or raises what forbids it."""
        if not self.knows(ask) or surface is not None:
            (error,) = await self.judge([ask], surface)
            if error is not None:
                raise error

    async def profile(self, ask: Ask) -> Reply:
        """Another's profile, if it may be seen: it is the one thing that is looked at most."""
        owner = ask.ref.partition(":")[2]
        tie, profile = await self.facts.shown(ask.caller, owner)
        error = _verdict(ask, Thing(owner), tie, None)
        if error is not None:
            raise error
        if isinstance(profile, MantaError):
            raise profile
        return profile

    async def command_of(self, ask: Ask) -> Command:
        """What goes to the cells: to follow a private account is to ask for it."""
        command = ask.command
        if isinstance(command, user.FollowUser) and command.user != ask.caller:
            ties = await self.facts.ties(ask.caller, [command.user], remembered=True)
            tie = ties[command.user]
            if isinstance(tie, Tie) and tie.private and not tie.viewer.follows:
                return AskToFollow(command.user)
        return command

    async def hidden(self, users: Collection[str], caller: str, remembered: bool = False) -> set[str]:
        """Those of these users of whom the caller sees nothing, not even the name."""
        ties = await self.facts.ties(caller, users, remembered)
        return {
            one
            for one, tie in ties.items()
            if not isinstance(tie, Tie) or not can_view(tie.viewer, tie.thing(one, PUBLIC), Surface.BY_NAME)
        }

    async def shown(self, ask: Ask, reply: Reply) -> Reply:
        """The reply without those whom the caller is not to see."""
        if type(ask.command) not in LISTERS or not ask.caller:
            return reply
        people = people_in(reply) - {ask.caller}
        if not people:
            return reply
        is_deed = SURFACES.get(type(ask.command)) is Surface.DEED
        return without(reply, await self.hidden(people, ask.caller, remembered=is_deed))

    async def draw(self, ask: Ask, reply: Reply) -> None:
        """Has every gateway sent the boundaries that this draws, before it is acknowledged."""
        boundaries = boundaries_of(ask, reply)
        asks = [(boundaries_ref(each.owner), DrawBoundary(each)) for each in boundaries]
        for answer in await self._asker.read_many(BoundaryCount, asks, ask.caller) if asks else []:
            if isinstance(answer, MantaError):
                raise answer


class GuardedCells:
    """Cells that answer what the caller may see; what no person asks for (no caller) is not looked at."""

    def __init__(self, cells: Cells, begun: Begun, guard: Guard, completed: Completed) -> None:
        self._cells, self._begun, self._guard, self._completed = cells, begun, guard, completed

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        asked = Ask(ref, command, caller, call)
        if isinstance(command, post.ViewPost) and caller:
            (card,) = await self._cards([asked], timeout_s)
            if isinstance(card, MantaError):
                raise card
            return card
        if isinstance(command, user.ViewProfile) and caller and _is_another(ref, caller):
            return await self._guard.profile(asked)
        if is_guarded(asked):
            await self._guard.admit(asked)
            command = await self._guard.command_of(asked)
        reply = await self._cells.ask(ref, command, caller, call, timeout_s)
        await self._guard.draw(asked, reply)
        return await self._shown(asked, reply)

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many: reads."""
        if not any(is_guarded(ask) for ask in asks):
            return await self._cells.ask_many(asks, timeout_s)
        if all(isinstance(ask.command, post.ViewPost) for ask in asks):
            return await self._cards(asks, timeout_s)
        verdicts = await self._guard.judge(asks)
        open_asks = [ask for ask, error in zip(asks, verdicts) if error is None]
        replies = iter(await self._cells.ask_many(open_asks, timeout_s))
        return [
            error if error is not None else await self._seen(ask, next(replies))
            for ask, error in zip(asks, verdicts)
        ]

    async def _cards(self, asks: Sequence[Ask], timeout_s: float) -> list[Reply | MantaError]:
        """Posts are read first: a card says itself whose it is and for whom."""
        replies = await self._cells.ask_many(asks, timeout_s)
        for ask, reply in zip(asks, replies):
            if isinstance(reply, post.PostCard):
                self._guard.facts.learn(ask.ref, post.PostFrame(reply.author_id, reply.audience))
        cards = [ask for ask, reply in zip(asks, replies) if isinstance(reply, post.PostCard)]
        verdicts = iter(await self._guard.judge(cards))
        return [(next(verdicts) or reply) if isinstance(reply, post.PostCard) else reply for reply in replies]

    async def _seen(self, ask: Ask, reply: Reply | MantaError) -> Reply | MantaError:
        return reply if isinstance(reply, MantaError) else await self._shown(ask, reply)

    async def _shown(self, ask: Ask, reply: Reply) -> Reply:
        if isinstance(reply, PresenceCard):
            return await self._completed(reply)
        return await self._guard.shown(ask, reply)

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        ask = Ask(ref, command, caller, call)
        plain = not is_guarded(ask) or self._guard.knows(ask)
        if plain and type(command) not in LISTERS and not boundaries_of(ask, None):
            return self._begun.begin(ref, command, caller, call, timeout_s)
        return asyncio.ensure_future(self.ask(ref, command, caller, call, timeout_s))


def _is_another(ref: str, caller: str) -> bool:
    return ref.startswith("user:") and ref != user_ref(caller)


def is_guarded(ask: Ask) -> bool:
    """Whether it asks a person's way for what may be someone else's."""
    return bool(ask.caller) and (type(ask.command) in SURFACES or type(ask.command) in OF_SOMEBODY)


def _thing(ask: Ask, frames: dict[str, post.PostFrame | MantaError]) -> Thing | MantaError | None:
    kind, _, key = ask.ref.partition(":")
    if isinstance(ask.command, user.FollowUser | ReadKnown | BlockUser | MuteUser | AddCloseFriend):
        return Thing(ask.command.user)
    if kind == "user":
        return Thing(key)
    frame = frames.get(ask.ref)
    return Thing(frame.author_id, frame.audience) if isinstance(frame, post.PostFrame) else frame


def _verdict(ask: Ask, thing: Thing, tie: Tie | MantaError, surface: Surface | None) -> MantaError | None:
    if isinstance(tie, MantaError):
        return tie
    if not tie.known and not ask.ref.startswith("post:"):
        return Rejected("user.unknown", "there is no such user")
    if type(ask.command) in OF_SOMEBODY:
        return None
    surface = surface or SURFACES[type(ask.command)]
    thing = tie.thing(thing.owner, thing.audience)
    if can_view(tie.viewer, thing, surface):
        deed = DEEDS.get(type(ask.command))
        if deed is None or can_do(tie.viewer, thing, deed):
            return None
        return Rejected("post.limited", "whose post it is lets only some comment on it")
    if ask.ref.startswith("post:"):
        return Rejected("post.unknown", "there is no such post")
    if can_view(tie.viewer, thing, Surface.PROFILE):
        if surface is Surface.PRESENCE:
            return Rejected("presence.private", "the two of you do not show each other when you are here")
        return Rejected("user.private", "this account is private: follow it first")
    return Rejected("user.unknown", "there is no such user")
