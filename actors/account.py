"""An account: the name and the password's hash that open it, and the devices that are logged in."""

from collections.abc import Sequence

from actors.account_end import AccountEnd
from actors.account_status import AccountStatus, Standing
from actors.email import Email
from actors.factor import Factor, SecondFactor
from actors.kernel import Actor, Call, Outcome, Rejected, State, Tell, applies, handles
from protocol import account as words
from protocol.ids import user_ref
from protocol.name import ConfirmName, name_ref
from protocol.revocations import NoteRevoked, revocations_ref
from protocol.user import NameUser, Note, NoteActivity

SESSIONS = 30  # 6 KB; one more ends the one that was not used for longest
IDLE_MS = 60 * 86_400_000  # a session that was not used for so long is over
CLIENT_CHARACTERS = 100


class AccountState(State):
    """What is remembered of an account; one that never was, or that lost its name, has no username."""

    username: str = ""
    password: str = ""
    created_at: int = 0
    sessions: dict[str, words.Session] = {}  # the one that was used last stands last
    factor: Factor | None = None
    rested_at: int = 0
    erase_at: int = 0
    erased: bool = False  # its id is not used again
    email: Email | None = None
    standing: Standing | None = None  # what operators decided


class AccountActor(SecondFactor, AccountEnd, AccountStatus, Actor[AccountState], kind="account"):
    """Only edges ask it. Passwords never come here: the edge verifies them against the hash."""

    __slots__ = ()

    @handles
    def open(self, command: words.OpenAccount, call: Call) -> Outcome:
        """Exists from now on; the name and the user hear of it from here, whatever becomes of the edge."""
        state = self.state
        if state.erased:
            raise Rejected("account.gone", "this account was erased: register under another key")
        if state.username:
            return Outcome(words.AccountSecret(state.username, state.password))
        if call.at >= command.until:
            raise Rejected("account.late", "the name is reserved no more: register again")
        opened = words.AccountOpened(command.username, command.password, call.at)
        effects = [
            Tell(name_ref(command.username), ConfirmName(self.key)),
            Tell(user_ref(self.key), NameUser(command.username)),
        ]
        return Outcome(words.AccountSecret(command.username, command.password), [opened], effects)

    @handles
    def lose_name(self, command: words.LoseName, call: Call) -> Outcome:
        """Nobody can get in any more, and the user is no more known by that name."""
        if not self.state.username:
            return Outcome()
        unnamed = Tell(user_ref(self.key), NameUser(self.key))
        told = [unnamed, *self._email_released(), *self._revoked(list(self.state.sessions))]
        return Outcome(None, [words.AccountVoided()], told)

    @handles
    def read_secret(self, command: words.ReadSecret, call: Call) -> Outcome:
        """What the edge verifies a password against."""
        return Outcome(words.AccountSecret(self.state.username, self.state.password, self._factor().secret))

    @handles
    def view(self, command: words.ViewAccount, call: Call) -> Outcome:
        """The account, without secrets."""
        self._only_known()
        sessions = [
            words.Session(s.id, s.opened_at, s.used_at, "", client=s.client)
            for s in reversed(self.state.sessions.values())
        ]
        return Outcome(words.AccountCard(self.state.username, self.state.created_at, sessions))

    # sessions

    @handles
    def open_session(self, command: words.OpenSession, call: Call) -> Outcome:
        """Lets a device in; too many of them, and the idlest one is out."""
        self._only_known()
        self._only_let_in()
        client = command.client[:CLIENT_CHARACTERS]
        held = self.state.sessions.get(command.session)
        opened_at = held.opened_at if held is not None else call.at
        session = words.Session(command.session, opened_at, call.at, command.refresh, client=client)
        others = self._others(command.session)
        over = others[: max(0, len(others) + 1 - SESSIONS)]
        ended = [words.SessionsEnded(over)] if over else []
        reply = words.SessionState(session.id, True, self._standing().status)
        woken, told = self._woken(call.at)
        effects = [*self._revoked(over), *told]
        if others and held is None:
            note = Note("new_device", self.key, session.id, call.at)
            effects.append(Tell(user_ref(self.key), NoteActivity(note)))
        return Outcome(reply, [*woken, *ended, words.SessionOpened(session)], effects)

    @handles
    def refresh_session(self, command: words.RefreshSession, call: Call) -> Outcome:
        """Changes the token; one that was used up before, and is no lost answer, was stolen from someone."""
        self._only_let_in()
        held = self._session(command.session, call)
        if held is None:
            return Outcome(words.SessionState(command.session, False))
        lost_answer = command.shown == held.spent and not held.forgiven
        if command.shown != held.refresh and not lost_answer:
            return self._end(held.id)
        renewed = words.Session(
            held.id, held.opened_at, call.at, command.refresh, command.shown, lost_answer, held.client
        )
        reply = words.SessionState(held.id, True, self._standing().status)
        return Outcome(reply, [words.SessionOpened(renewed)])

    @handles
    def check_session(self, command: words.CheckSession, call: Call) -> Outcome:
        """Whether it is open."""
        is_open = self._session(command.session, call) is not None
        return Outcome(words.SessionState(command.session, is_open, self._standing().status))

    @handles
    def end_session(self, command: words.EndSession, call: Call) -> Outcome:
        """Lets a device in no more; a second time changes nothing."""
        if command.session not in self.state.sessions:
            return Outcome(words.SessionState(command.session, False))
        return self._end(command.session)

    @handles
    def end_sessions(self, command: words.EndSessions, call: Call) -> Outcome:
        """Lets the other devices in no more."""
        over = self._others(command.keep)
        reply = words.SessionsOver(over)
        return Outcome(reply, [words.SessionsEnded(over)] if over else [], self._revoked(over))

    @handles
    def change_password(self, command: words.ChangePassword, call: Call) -> Outcome:
        """Takes another password in place of the one that was verified; of two at once, one is late."""
        self._only_known()
        if command.was != self.state.password:
            raise Rejected("password.late", "the password was changed meanwhile")
        over = self._others(command.keep)
        changed = words.PasswordChanged(command.password, call.at)
        ended = [words.SessionsEnded(over)] if over else []
        return Outcome(words.SessionsOver(over), [changed, *ended], self._revoked(over))

    def _others(self, keep: str) -> list[str]:
        return [session for session in self.state.sessions if session != keep]

    def _end(self, session: str) -> Outcome:
        ended = words.SessionsEnded([session])
        return Outcome(words.SessionState(session, False), [ended], self._revoked([session]))

    def _session(self, session: str, call: Call) -> words.Session | None:
        held = self.state.sessions.get(session)
        return held if held is not None and call.at - held.used_at < IDLE_MS else None

    def _revoked(self, sessions: Sequence[str]) -> list[Tell]:
        return [Tell(revocations_ref(self.key), NoteRevoked(list(sessions)))] if sessions else []

    def _only_known(self) -> None:
        if not self.state.username:
            raise Rejected("account.unknown", "there is no such account")

    # what follows

    @applies
    def opened(self, event: words.AccountOpened) -> None:
        """The account is there."""
        state = self.state
        state.username, state.password, state.created_at = event.username, event.password, event.at

    @applies
    def voided(self, event: words.AccountVoided) -> None:
        """As if it never was."""
        self.state.username, self.state.password, self.state.sessions = "", "", {}
        self.state.email = None

    @applies
    def password_changed(self, event: words.PasswordChanged) -> None:
        """Another password."""
        self.state.password = event.password
        self._unreset()

    @applies
    def session_opened(self, event: words.SessionOpened) -> None:
        """The device is in, and the one that was used last."""
        self.state.sessions.pop(event.session.id, None)
        self.state.sessions[event.session.id] = event.session

    @applies
    def sessions_ended(self, event: words.SessionsEnded) -> None:
        """The devices are out."""
        for session in event.sessions:
            self.state.sessions.pop(session, None)
