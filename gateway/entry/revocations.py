"""What this gateway knows of revoked sessions: all of it, by watching the lists that the cells keep."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from zlib import crc32

import msgspec

from gateway.asking import Asker
from gateway.ports import Joined, News, Topics
from protocol.account import CheckSession, SessionState
from protocol.errors import MantaError
from protocol.ids import account_ref
from protocol.messages import Reply
from protocol.revocations import LISTS, TOKEN_S, ReadRevocations, RevocationList, RevocationsAdded

PREFIX = "revocations:"
RETRY_S = 0.5
FORGET_EVERY_S = 60.0
KEPT_S = TOKEN_S + 60.0

log = logging.getLogger("manta.gateway.entry")
_decode = msgspec.msgpack.Decoder(RevocationsAdded).decode


class Watched:
    """One list."""

    def __init__(self) -> None:
        self.joined = False
        self.heard_s: dict[str, float] = {}  # by session, oldest first
        self.none_before_ms = 0


class Revocations:
    """Hears of revoked sessions; of a list that it does not watch just now, it asks the account instead."""

    def __init__(self, topics: Topics, asker: Asker, now_s: Callable[[], float]) -> None:
        self._topics, self._asker, self._now_s = topics, asker, now_s
        self._lists = [Watched() for _ in range(LISTS)]
        self._hearers: list[Callable[[str], None]] = []
        self._wake = asyncio.Event()
        topics.listen(self)

    def on_revoked(self, hear: Callable[[str], None]) -> None:
        """From now on it is told of each revoked session."""
        self._hearers.append(hear)

    async def is_revoked(self, user: str, session: str, issued_at: int) -> bool:
        """Whether a token of this session, issued then (s), is believed no more."""
        watched = self._lists[crc32(user.encode()) % LISTS]
        if not watched.joined:
            state = await self._asker.read(SessionState, account_ref(user), CheckSession(session), user)
            return not state.open
        return session in watched.heard_s or issued_at * 1_000 < watched.none_before_ms

    async def keep_watching(self) -> None:
        """Watches all lists until it is cancelled."""
        while True:
            self._wake.clear()
            missing = [n for n, watched in enumerate(self._lists) if not watched.joined]
            await asyncio.gather(*[self._watch(number) for number in missing])
            again_s = FORGET_EVERY_S if all(watched.joined for watched in self._lists) else RETRY_S
            await self._rest(again_s)
            self._forget()

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _watch(self, number: int) -> None:
        ref = f"{PREFIX}{number}"
        try:
            await self._topics.watch(ref, ref, ReadRevocations(), None, "", partial(self._join, number))
        except MantaError as error:
            log.warning("the revocations of list %d are asked of the accounts: %s", number, error.code)
        except Exception:
            log.exception("list %d of revocations is not watched; it is tried again", number)

    def _join(self, number: int, reply: Reply, joined: Joined) -> None:
        if not isinstance(reply, RevocationList):
            return
        self._add(number, reply.sessions, reply.none_before)
        self._lists[number].joined = True

    def _add(self, number: int, sessions: list[str], none_before_ms: int) -> None:
        watched = self._lists[number]
        watched.none_before_ms = max(watched.none_before_ms, none_before_ms)
        for session in sessions:
            if session not in watched.heard_s:
                watched.heard_s[session] = self._now_s()
                for hear in self._hearers:
                    hear(session)

    def _forget(self) -> None:
        before_s = self._now_s() - KEPT_S
        for watched in self._lists:
            for session in [s for s, heard_s in watched.heard_s.items() if heard_s < before_s]:
                del watched.heard_s[session]

    # what the topics tell

    def pushed(self, news: News) -> None:
        """More were revoked."""
        added = _decode(news.message)
        self._add(_number(news.topic), added.sessions, added.none_before)

    def reset(self, topic: str, joined: Joined) -> None:
        """Some may have been missed: the list is read anew."""
        self._lost(topic)

    def closed(self, topic: str, error: MantaError) -> None:
        """The list must be watched anew."""
        self._lost(topic)

    def _lost(self, topic: str) -> None:
        self._lists[_number(topic)].joined = False
        self._wake.set()


def _number(topic: str) -> int:
    return int(topic.removeprefix(PREFIX))
