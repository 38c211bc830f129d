"""A list of sessions that ended while their access tokens may still be about."""

from itertools import islice, takewhile

from actors.kernel import Actor, Call, Outcome, Push, State, applies, handles
from protocol import revocations as words

KEPT_MS = (words.TOKEN_S + 60) * 1_000  # a minute more, for clocks that disagree
HELD = 10_000  # 260 KB; with 16 lists that is 170 log-outs a second


class RevocationsState(State):
    """Sessions with the time (ms) of their end, oldest first."""

    ended: dict[str, int] = {}
    none_before: int = 0  # set when sessions had to be forgotten too early: what is older must be renewed


class RevocationsActor(Actor[RevocationsState], kind="revocations"):
    """Told by accounts, asked by edges, watched by every gateway."""

    __slots__ = ()

    @handles
    def revoke(self, command: words.RevokeSessions, call: Call) -> Outcome:
        """These sessions have ended."""
        return self._added(command.sessions, call)

    @handles
    def note(self, command: words.NoteRevoked, call: Call) -> Outcome:
        """These sessions have ended."""
        return self._added(command.sessions, call)

    @handles
    def read(self, command: words.ReadRevocations, call: Call) -> Outcome:
        """All that still matter."""
        live = [session for session, at in self.state.ended.items() if call.at - at < KEPT_MS]
        return Outcome(words.RevocationList(live, self.state.none_before))

    def _added(self, sessions: list[str], call: Call) -> Outcome:
        new = [session for session in sessions if session not in self.state.ended]
        if not new:
            return Outcome(words.RevocationList([], self.state.none_before))
        event = words.SessionsRevoked(new, call.at)
        none_before = max(self.state.none_before, self._overflow(len(new), call.at)[1])
        push = Push(f"revocations:{self.key}", words.RevocationsAdded(new, none_before))
        return Outcome(words.RevocationList(new, none_before), [event], [push])

    @applies
    def revoked(self, event: words.SessionsRevoked) -> None:
        """The old ones go, of too many the oldest."""
        gone, none_before = self._overflow(len(event.sessions), event.at)
        for session in gone:
            del self.state.ended[session]
        self.state.none_before = max(self.state.none_before, none_before)
        self.state.ended.update(dict.fromkeys(event.sessions, event.at))

    def _overflow(self, more: int, at: int) -> tuple[list[str], int]:
        """Who leaves to make room, and the time of the newest that leaves before its time."""
        ended = self.state.ended
        old = len(list(takewhile(lambda ended_at: at - ended_at >= KEPT_MS, ended.values())))
        going = list(islice(ended, max(old, len(ended) + more - HELD)))
        return going, ended[going[-1]] if len(going) > old else 0
