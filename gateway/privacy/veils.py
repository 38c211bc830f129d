"""From whom nothing may reach whom, wherever it is said: a veil for each user who looks at something here."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from gateway.ports import Ask, Cells, News
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.facts import Facts, Tie
from gateway.privacy.naming import named_in, without
from protocol.boundaries import list_of
from protocol.errors import Broken, MantaError
from protocol.ids import user_ref
from protocol.user_reach import ReadVeil
from protocol.user_reach import Veil as Told

SETTLED_S = 5.0  # within which both ends of a block agree, whatever crashed
AT_ONCE = 500  # users who are asked for afresh


class Veil:
    """Before one user's eyes; it changes while it hangs."""

    __slots__ = ("_drawn", "hidden", "more", "user")

    def __init__(self, user: str) -> None:
        self.user = user
        self.hidden: set[str] = set()
        self.more = False  # they are too many to be named
        self._drawn: dict[str, int] = {}  # boundaries that are being looked into, by owner

    def __bool__(self) -> bool:
        return bool(self.hidden) or self.more

    def is_hidden(self, user: str) -> bool:
        """Whether nothing of this one may be heard."""
        return user in self.hidden or (self.more and user != self.user)

    def over(self, news: News) -> News:
        """The news as they are for this user; the same object where nothing is hidden."""
        return without(news, self.is_hidden)

    def draw(self, owner: str) -> int:
        """A boundary was drawn: until it is known why, this one is hidden."""
        self.hidden.add(owner)
        self._drawn[owner] = number = self._drawn.get(owner, 0) + 1
        return number

    def settle(self, owner: str, number: int, is_apart: bool) -> bool:
        """It is known now what became of that boundary; whether it still matters."""
        if self._drawn.get(owner) != number:
            return False
        del self._drawn[owner]
        if not is_apart:
            self.hidden.discard(owner)
        return not is_apart

    def hang(self, told: Told) -> None:
        """As the user's actor says, but for what is being looked into."""
        self.hidden = {*told.apart, *self._drawn}
        self.more = told.more


class Veils:
    """The veils of those who are here; who blocks nobody and is blocked by nobody has an empty one."""

    def __init__(self, cells: Cells, facts: Facts, boundaries: Boundaries) -> None:
        self._cells, self._facts, self._boundaries = cells, facts, boundaries
        self._veils: dict[str, Veil] = {}
        self._recent: dict[tuple[str, str], float] = {}  # when boundaries were heard, by viewer and owner
        self._missed_at: dict[int, int] = {}  # lists that had a gap, not settled yet
        self._gaps = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_here: Callable[[str], bool] = lambda user: True
        self.changed: Callable[[str], None] = lambda user: None  # called with whose veil is another one now
        self.doubting: Callable[[Callable[[News], bool] | None], None] = lambda doubts: None
        self.rest: Callable[[float], Awaitable[None]] = asyncio.sleep
        boundaries.listen(self._drawn, self._missed)

    def of(self, user: str) -> Veil | None:
        """The veil of a user; none where nothing is hidden."""
        return self._veils.get(user) or None

    async def hung(self, user: str) -> None:
        """Returns when the user's veil is known here; raises MantaError."""
        if user in self._veils:
            return
        veil = Veil(user)
        since_s = self._now_s() - SETTLED_S
        told = await self._cells.ask(user_ref(user), ReadVeil(), user, None)
        if not isinstance(told, Told):
            raise Broken(f"a {type(told).__name__} came where a veil was expected")
        if user in self._veils or not self.is_here(user):
            return
        self._veils[user] = veil
        veil.hang(told)
        self._recall([user], since_s)

    def forget(self, user: str) -> None:
        """The user has no socket here any more."""
        self._veils.pop(user, None)

    def doubts(self, news: News) -> bool:
        """Whether it names one of whom it is not known just now from whom they are hidden."""
        return any(
            list_of(user) in self._missed_at or not self._boundaries.hears_of(user) for user in named_in(news)
        )

    # what is heard of boundaries

    def _drawn(self, owner: str, viewer: str) -> None:
        if not viewer:
            return
        now_s, recent = self._now_s(), self._recent
        recent.pop((viewer, owner), None)
        recent[viewer, owner] = now_s
        while recent[oldest := next(iter(recent))] < now_s - SETTLED_S:
            del recent[oldest]
        veil = self._veils.get(viewer)
        if veil is not None:
            self._suspect(veil, owner)

    def _recall(self, users: list[str], since_s: float) -> None:
        """Boundaries of a moment ago, of which the actors of these users may not have heard yet."""
        among = set(users)
        for (viewer, owner), at_s in list(self._recent.items()):
            if viewer in among and at_s >= since_s and (veil := self._veils.get(viewer)) is not None:
                self._suspect(veil, owner)

    def _suspect(self, veil: Veil, owner: str) -> None:
        number = veil.draw(owner)
        self.changed(veil.user)
        self._start(self._look_into(veil, owner, number))

    async def _look_into(self, veil: Veil, owner: str, number: int) -> None:
        try:
            tie = (await self._facts.ties(veil.user, [owner]))[owner]
        except MantaError as error:
            tie = error
        if veil.settle(owner, number, not isinstance(tie, Tie) or tie.viewer.blocked):
            self.changed(veil.user)

    def _missed(self, number: int) -> None:
        if not self._veils and number not in self._missed_at:
            return
        self._gaps += 1
        self._missed_at[number] = self._gaps
        self.doubting(self.doubts)
        if self._boundaries.hears(number):
            self._start(self._hang_afresh(number, self._gaps))

    async def _hang_afresh(self, number: int, gap: int) -> None:
        await self.rest(SETTLED_S)
        users = list(self._veils)
        for at in range(0, len(users), AT_ONCE):
            asks = [Ask(user_ref(user), ReadVeil(), user, None) for user in users[at : at + AT_ONCE]]
            for ask, told in zip(asks, await self._cells.ask_many(asks)):
                veil = self._veils.get(ask.caller)
                if veil is None:
                    continue
                if not isinstance(told, Told):
                    self._missed(number)  # it is tried again
                    return
                veil.hang(told)
                self.changed(ask.caller)
            self._recall(users[at : at + AT_ONCE], self._now_s() - SETTLED_S)
        if self._missed_at.get(number) == gap:
            del self._missed_at[number]
        if not self._missed_at:
            self.doubting(None)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
