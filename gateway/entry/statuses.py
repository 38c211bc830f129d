"""What operators decide of accounts: their status and their badge."""

from gateway.asking import Asker
from protocol.account_status import SetBadge, SetStatus, StatusState, ViewStatus
from protocol.errors import Rejected
from protocol.ids import account_ref
from protocol.messages import Command
from protocol.name import NameHolder, ResolveName, name_ref
from protocol.restrictions import Restrict, Restriction, RestrictionList, restrictions_ref
from protocol.revocations import RevocationList, RevokeSessions, revocations_ref


class Statuses:
    """Asked by operators only: who may open their door is its own matter."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def view(self, username: str) -> StatusState:
        """How an account stands."""
        return await self._ask(await self._holder(username), ViewStatus())

    async def set_status(self, username: str, status: str) -> StatusState:
        """It holds on every gateway when this returns."""
        user = await self._holder(username)
        state = await self._ask(user, SetStatus(status))
        # The account tells the lists too. Asked here, the answer stands for what all gateways have been sent.
        restriction = Restriction(user, state.status, state.at)
        restrict = Restrict(restriction)
        await self._asker.write(RestrictionList, restrictions_ref(user), restrict, user, "")
        if state.sessions:
            revoke = RevokeSessions(state.sessions)
            await self._asker.write(RevocationList, revocations_ref(user), revoke, user, "")
        return state

    async def set_badge(self, username: str, verified: bool) -> StatusState:
        """It stands beside the name a moment later."""
        return await self._ask(await self._holder(username), SetBadge(verified))

    async def _holder(self, username: str) -> str:
        holder = await self._asker.read(NameHolder, name_ref(username), ResolveName(), "")
        if holder.account is None:
            raise Rejected("account.unknown", "there is no such account")
        return holder.account

    async def _ask(self, user: str, command: Command) -> StatusState:
        return await self._asker.write(StatusState, account_ref(user), command, user, "")
