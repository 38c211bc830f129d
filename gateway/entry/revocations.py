"""What this gateway knows of revoked sessions: all of it, by watching the lists that the cells keep."""

from collections.abc import Callable
from zlib import crc32

import msgspec

from gateway.asking import Asker
from gateway.entry.lists import Lists
from protocol.account import CheckSession, SessionState
from protocol.ids import account_ref
from protocol.messages import Command, Reply
from protocol.revocations import LISTS, TOKEN_S, ReadRevocations, RevocationList, RevocationsAdded

KEPT_S = TOKEN_S + 60.0

_decode = msgspec.msgpack.Decoder(RevocationsAdded).decode


class Watched:
    """One list."""

    def __init__(self) -> None:
        self.joined = False
        self.heard_s: dict[str, float] = {}  # by session, oldest first
        self.none_before_ms = 0


class Revocations:
    """Hears of revoked sessions; of a list that is not watched just now, it asks the account instead."""

    kind = "revocations"
    count = LISTS
    command: Command = ReadRevocations()

    def __init__(self, lists: Lists, asker: Asker, now_s: Callable[[], float]) -> None:
        self._asker, self._now_s = asker, now_s
        self._lists = [Watched() for _ in range(LISTS)]
        self._hearers: list[Callable[[str], None]] = []
        lists.add(self)

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

    def joined(self, number: int, reply: Reply) -> None:
        """All of a list, and from here on all that is added to it."""
        if not isinstance(reply, RevocationList):
            return
        self._add(number, reply.sessions, reply.none_before)
        self._lists[number].joined = True

    def told(self, number: int, message: msgspec.Raw) -> None:
        """More were revoked."""
        added = _decode(message)
        self._add(number, added.sessions, added.none_before)

    def lost(self, number: int) -> None:
        """Some may be missed."""
        self._lists[number].joined = False

    def tidy(self) -> None:
        """Forgets sessions of which no token can speak any more."""
        before_s = self._now_s() - KEPT_S
        for watched in self._lists:
            for session in [s for s, heard_s in watched.heard_s.items() if heard_s < before_s]:
                del watched.heard_s[session]

    def _add(self, number: int, sessions: list[str], none_before_ms: int) -> None:
        watched = self._lists[number]
        watched.none_before_ms = max(watched.none_before_ms, none_before_ms)
        for session in sessions:
            if session not in watched.heard_s:
                watched.heard_s[session] = self._now_s()
                for hear in self._hearers:
                    hear(session)
