"""What has to be known before anything is shown: whose a post is, and how viewer and owner stand."""

from collections.abc import Collection, Iterable
from typing import TypeVar

import msgspec

from gateway.asking import Asker
from gateway.ports import Cells
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.view import Thing, Viewer
from protocol.errors import MantaError, Rejected
from protocol.ids import user_ref
from protocol.messages import Command, Reply
from protocol.post import PostFrame, ReadPostFrame
from protocol.user_reach import Reach
from protocol.user_relations import ASKED_AT_ONCE, Outlook, ReadOutlook, ReadStanding, Standing
from protocol.user_shown import ShownProfile, ShowProfile

FRAMES = 20_000  # that are remembered, as they never change: 5 MB
TIES = 20_000  # that are remembered until a boundary is drawn: 8 MB

K = TypeVar("K")
V = TypeVar("V")


class Tie(msgspec.Struct, frozen=True):
    """A viewer towards one owner."""

    viewer: Viewer
    private: bool  # the owner's account
    reach: Reach = Reach()  # of the owner
    known: bool = True  # the owner is somebody, or once was

    def thing(self, owner: str, audience: str) -> Thing:
        """A thing of the owner's."""
        return Thing(owner, audience, self.private, self.reach)


class Facts:
    """Asks for them, many at once."""

    def __init__(self, cells: Cells, boundaries: Boundaries) -> None:
        self._asker, self._boundaries = Asker(cells), boundaries
        self._frames: dict[str, PostFrame] = {}
        self._ties: dict[tuple[str, str], Tie] = {}
        boundaries.listen(self._drawn, self._missed)

    # posts

    def frame_of(self, ref: str) -> PostFrame | None:
        """Whose a post is, if that is known here."""
        return self._frames.get(ref)

    async def frames(self, refs: Iterable[str], user: str) -> dict[str, PostFrame | MantaError]:
        """Whose these posts are."""
        wanted = dict.fromkeys(refs)
        unknown = [ref for ref in wanted if ref not in self._frames]
        asks: list[tuple[str, Command]] = [(ref, ReadPostFrame()) for ref in unknown]
        replies = await self._asker.read_many(PostFrame, asks, user) if asks else []
        found: dict[str, PostFrame | MantaError] = {
            ref: self._frames[ref] for ref in wanted if ref in self._frames
        }
        for ref, reply in zip(unknown, replies):
            found[ref] = reply
            if isinstance(reply, PostFrame):
                self.learn(ref, reply)
        return found

    def learn(self, ref: str, frame: PostFrame) -> None:
        """Whose a post is; it never changes."""
        _remember(self._frames, ref, frame, FRAMES)

    # people

    def tie_of(self, user: str, owner: str) -> Tie | None:
        """How they stand, if it is known here and no boundary was drawn since.

        Good enough for deeds: a gateway hears of a boundary while it is acknowledged, not always before.
        """
        return self._ties.get((user, owner)) if self._boundaries.hears_of(owner) else None

    async def ties(
        self, user: str, owners: Collection[str], remembered: bool = False
    ) -> dict[str, Tie | MantaError]:
        """How the user stands to these owners, as both ends say now, or as it is remembered."""
        found: dict[str, Tie | MantaError] = {owner: Tie(Viewer(user=user), False) for owner in owners}
        others = sorted({owner for owner in owners if owner != user})
        if remembered:
            known = {owner: tie for owner in others if (tie := self.tie_of(user, owner)) is not None}
            found |= known
            others = [owner for owner in others if owner not in known]
        if not others:
            return found
        heard = self._boundaries.heard
        parts = [others[at : at + ASKED_AT_ONCE] for at in range(0, len(others), ASKED_AT_ONCE)]
        asks: list[tuple[str, Command]] = [(user_ref(user), ReadOutlook(part)) for part in parts]
        asks += [(user_ref(owner), ReadStanding()) for owner in others]
        replies = await self._asker.read_many(Reply, asks, user)
        outlook = _together(replies[: len(parts)])
        for owner, standing in zip(others, replies[len(parts) :]):
            found[owner] = told = _tie(user, owner, outlook, standing)
            if isinstance(told, Tie) and heard == self._boundaries.heard:
                _remember(self._ties, (user, owner), told, TIES)
        return found

    async def shown(self, user: str, owner: str) -> tuple[Tie | MantaError, Reply | MantaError]:
        """How the user stands to another, and the other's profile: both ends are asked at once."""
        asks: list[tuple[str, Command]] = [
            (user_ref(user), ReadOutlook([owner])), (user_ref(owner), ShowProfile()),
        ]  # fmt: skip
        outlook, shown = await self._asker.read_many(Reply, asks, user)
        if not isinstance(shown, ShownProfile):
            return _tie(user, owner, _together([outlook]), Standing()), shown
        return _tie(user, owner, _together([outlook]), shown.standing), shown.profile

    def _drawn(self, owner: str, viewer: str) -> None:
        if viewer:
            self._ties.pop((viewer, owner), None)
        else:
            for key in [key for key in self._ties if owner in key]:  # rare; 1 ms for all of them
                del self._ties[key]

    def _missed(self, number: int) -> None:
        self._ties.clear()


def _together(replies: list[Reply | MantaError]) -> Outlook | MantaError:
    whole = Outlook([], [], [])
    for reply in replies:
        if not isinstance(reply, Outlook):
            return reply if isinstance(reply, MantaError) else Rejected("internal")
        whole = Outlook(
            whole.following + reply.following,
            whole.blocked + reply.blocked,
            whole.muted + reply.muted,
            reply.activity,
        )
    return whole


def _tie(
    user: str, owner: str, outlook: Outlook | MantaError, standing: Reply | MantaError
) -> Tie | MantaError:
    if not isinstance(outlook, Outlook):
        return outlook
    if not isinstance(standing, Standing):
        return standing if isinstance(standing, MantaError) else Rejected("internal")
    viewer = Viewer(
        user=user,
        follows=standing.follower and owner in outlook.following,
        close_friend=standing.close_friend,
        blocked=standing.blocked or standing.away or owner in outlook.blocked,
        muted=owner in outlook.muted,
        followed=standing.followed,
        activity=outlook.activity,
    )
    return Tie(viewer, standing.private, standing.reach or Reach(), standing.known)


def _remember(known: dict[K, V], key: K, value: V, limit: int) -> None:
    known.pop(key, None)
    if len(known) >= limit:
        del known[next(iter(known))]  # the one that was asked for longest ago
    known[key] = value
