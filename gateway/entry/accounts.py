"""Registering, logging in and out: composed of asks to the name, the account and the user."""

import msgspec

from gateway.asking import Asker
from gateway.entry.factors import Factors
from gateway.entry.passwords import Passwords
from gateway.entry.tokens import AccessTokens, new_refresh, new_session, read_refresh
from gateway.pacing import Pacing
from protocol.account import (
    AccountCard,
    AccountSecret,
    ChangePassword,
    EndSession,
    EndSessions,
    OpenAccount,
    OpenSession,
    ReadSecret,
    RefreshSession,
    SessionsOver,
    SessionState,
    ViewAccount,
)
from protocol.account_life import AccountRest, RestAccount
from protocol.account_status import LIMITED
from protocol.boundaries import Boundary, BoundaryCount, DrawBoundary, boundaries_ref
from protocol.errors import Rejected
from protocol.ids import account_ref, derived_id, user_ref
from protocol.name import NameHolder, ReserveName, ResolveName, folded, name_ref
from protocol.revocations import RevocationList, RevokeSessions, revocations_ref
from protocol.user import CreateUser, Profile
from protocol.user_life import AwayState, SetAway

WRONG_LOGIN = "login.wrong"


class Entered(msgspec.Struct, frozen=True):
    """Someone is in."""

    user: str
    access: str
    refresh: str


class Accounts:
    """What is asked before anyone is someone.

    A write over several entities is reserve, create, confirm: the account tells name and user by itself, so
    that the gateway may die after any line. Asked here is what the next line needs to be there already.
    """

    def __init__(
        self, asker: Asker, passwords: Passwords, tokens: AccessTokens, pacing: Pacing, factors: Factors
    ) -> None:
        self._asker, self._passwords, self._tokens, self._pacing = asker, passwords, tokens, pacing
        self.factors = factors

    async def register(self, username: str, password: str, client: str, call: str) -> Entered:
        """A new account; the same call again comes back to the same one, if the password is the same too."""
        name, ref = folded(username), name_ref(username)
        user = derived_id("account", ref, call)
        holder = await self._asker.write(NameHolder, ref, ReserveName(user), user, "")
        made = ""
        if holder.until:
            made = await self._passwords.hash(password)
            opening = OpenAccount(name, made, holder.until)
            secret = await self._asker.write(AccountSecret, account_ref(user), opening, user, "")
        else:
            secret = await self._asker.read(AccountSecret, account_ref(user), ReadSecret(), user)
        is_ours = made != "" and secret.password == made
        if not is_ours and not await self._passwords.verify(secret.password, password):
            raise _taken()
        if secret.factor:
            raise _taken()  # it is no new account any more: log in
        await self._asker.write(Profile, user_ref(user), CreateUser(secret.username), user, "")
        return await self._enter(user, client)

    async def login(
        self, username: str, password: str, client: str, code: str = "", call: str = ""
    ) -> Entered:
        """In, with name, password, and a code where there is a second factor.

        Who is not known is answered like, and as late as, who is mistaken.
        """
        ref = name_ref(username)
        holder = await self._asker.read(NameHolder, ref, ResolveName(), "")
        user = holder.account or derived_id("nobody", ref, "")
        await self._pacing.spend(user, "login")
        secret = await self._asker.read(AccountSecret, account_ref(user), ReadSecret(), "")
        if not await self._passwords.verify(secret.password, password):
            raise Rejected(WRONG_LOGIN, "the username or the password is wrong")
        if secret.factor:
            await self.factors.use(user, secret.factor, code, call and f"login:{call}")
        return await self._enter(user, client)

    async def refresh(self, token: str) -> Entered:
        """The session goes on with new tokens."""
        shown = read_refresh(token)
        refresh, hashed = new_refresh(shown.user, shown.session)
        renewal = RefreshSession(shown.session, shown.hash, hashed)
        state = await self._asker.write(SessionState, account_ref(shown.user), renewal, shown.user, "")
        if not state.open:
            raise Rejected("session.ended", "this session has ended: log in again")
        limited = state.status == LIMITED
        return Entered(shown.user, self._tokens.issue(shown.user, shown.session, limited), refresh)

    async def logout(self, user: str, session: str) -> None:
        """The session ends; when this returns, no gateway believes its tokens any more."""
        await self._asker.write(SessionState, account_ref(user), EndSession(session), user, "")
        await self.revoke(user, [session])

    async def end(self, user: str, session: str) -> None:
        """One of the user's sessions ends; one that they do not have is nobody's business."""
        card = await self.card(user)
        if any(session == held.id for held in card.sessions):
            await self.logout(user, session)

    async def logout_all(self, user: str, keep: str, call: str) -> None:
        """All sessions end, but for one, if it is given."""
        over = await self._asker.write(SessionsOver, account_ref(user), EndSessions(keep), user, call)
        await self.revoke(user, over.sessions)

    async def change_password(self, user: str, old: str, new: str, keep: str, call: str) -> None:
        """Another password; all sessions end but the one that changed it."""
        secret = await self._secret(user)
        if not await self._passwords.verify(secret.password, old):
            if await self._passwords.verify(secret.password, new):
                return  # said again, as the answer was lost
            raise _not_yours()
        made = await self._passwords.hash(new)
        change = ChangePassword(secret.password, made, keep)
        over = await self._asker.write(SessionsOver, account_ref(user), change, user, call)
        await self.revoke(user, over.sessions)

    async def rest(self, user: str, password: str, code: str, erase: bool, call: str) -> int:
        """Nobody sees the user until they log in again; gives when (ms) all is erased, or 0."""
        await self.verify(user, password, code)
        resting = RestAccount(erase)
        rest = await self._asker.write(AccountRest, account_ref(user), resting, user, call)
        # Account and user tell the next ones by themselves; asked here, it holds when this returns.
        away = await self._asker.write(AwayState, user_ref(user), SetAway(True, rest.at), user, "")
        if away.away:
            boundary = Boundary(user, "", away.at)
            await self._asker.write(BoundaryCount, boundaries_ref(user), DrawBoundary(boundary), user, "")
        await self.revoke(user, rest.sessions)
        return rest.erase_at

    async def verify(self, user: str, password: str, code: str = "") -> AccountSecret:
        """Someone who is in shows once more that it is them, with a code too where there is a factor."""
        secret = await self._secret(user)
        if not await self._passwords.verify(secret.password, password):
            raise _not_yours()
        if secret.factor:
            await self.factors.use(user, secret.factor, code)
        return secret

    async def confirm_factor(self, user: str, code: str) -> list[str]:
        """A second factor is on once a code of it was shown; tried as often as a log-in may be."""
        await self._pacing.spend(user, "login")
        return await self.factors.confirm(user, code)

    async def _secret(self, user: str) -> AccountSecret:
        """What the account is opened by; asked as often as a log-in may be tried."""
        await self._pacing.spend(user, "login")
        return await self._asker.read(AccountSecret, account_ref(user), ReadSecret(), user)

    async def revoke(self, user: str, sessions: list[str]) -> None:
        """No gateway believes tokens of these sessions any more when this returns."""
        # The account tells the list too. Asked here, the answer stands for what all gateways have been sent.
        if sessions:
            revoke = RevokeSessions(sessions)
            await self._asker.write(RevocationList, revocations_ref(user), revoke, user, "")

    async def card(self, user: str) -> AccountCard:
        """The account, for its owner."""
        return await self._asker.read(AccountCard, account_ref(user), ViewAccount(), user)

    async def _enter(self, user: str, client: str) -> Entered:
        session = new_session()
        refresh, hashed = new_refresh(user, session)
        opening = OpenSession(session, hashed, client)
        state = await self._asker.write(SessionState, account_ref(user), opening, user, "")
        limited = state.status == LIMITED
        return Entered(user, self._tokens.issue(user, session, limited), refresh)


def _taken() -> Rejected:
    return Rejected("name.taken", "this username is taken")


def _not_yours() -> Rejected:
    return Rejected("password.not_yours", "this is not your password")
