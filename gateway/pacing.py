"""How often one user may do a thing: the user's allowance is asked before the cells are."""

import asyncio
from collections.abc import Sequence

from gateway.ports import Ask, Begun, Cells
from protocol.allowance import AllowanceAnswer, SpendAllowance, allowance_ref
from protocol.errors import MantaError, TooFast
from protocol.media import AnnounceMedia
from protocol.messages import Command, Reply
from protocol.post import CommentOnPost, CreatePost
from protocol.user import EditProfile, FollowUser, UnfollowUser
from protocol.user_reach import SetReach
from protocol.user_relations import AskToFollow, BlockUser, DismissFollower, MuteUser, SetPrivacy

DEEDS: dict[type[Command], str] = {
    CreatePost: "post",
    AnnounceMedia: "upload",
    CommentOnPost: "comment",
    FollowUser: "follow",
    AskToFollow: "follow",
    UnfollowUser: "follow",
    DismissFollower: "follow",
    BlockUser: "follow",
    MuteUser: "follow",
    EditProfile: "edit",
    SetPrivacy: "edit",
    SetReach: "edit",
}


class Pacing:
    """Spends allowances."""

    def __init__(self, cells: Cells, *, counts: bool = True) -> None:
        self._cells, self.counts = cells, counts

    async def spend(self, user: str, deed: str) -> None:
        """Counts one deed; raises TooFast."""
        if not self.counts:
            return
        answer = await self._cells.ask(allowance_ref(user), SpendAllowance(deed), user, None)
        if isinstance(answer, AllowanceAnswer) and answer.wait_ms:
            raise TooFast("you do this too often: wait a little", answer.wait_ms / 1_000)


class PacedCells:
    """Cells that are asked for what is counted only when it may be done.

    What is not counted (likes, reads, looking) costs one look into a table. What is costs one ask more, which
    is answered from memory: 0.1 to 0.2 ms.
    """

    def __init__(self, cells: Cells, begun: Begun, pacing: Pacing) -> None:
        self._cells, self._begun, self._pacing = cells, begun, pacing

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        deed = DEEDS.get(type(command))
        if deed is not None and caller:
            await self._pacing.spend(caller, deed)
        return await self._cells.ask(ref, command, caller, call, timeout_s)

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        if caller and self._pacing.counts and type(command) in DEEDS:
            # A task for each took 34 of the 235 µs that a comment costs a gateway.
            return asyncio.ensure_future(self.ask(ref, command, caller, call, timeout_s))
        return self._begun.begin(ref, command, caller, call, timeout_s)

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many: reads, which are not counted."""
        return await self._cells.ask_many(asks, timeout_s)
