"""Who may look at the installation as a whole."""

from collections.abc import Collection

from gateway.ports import Cells
from protocol.errors import Rejected
from protocol.ids import user_ref
from protocol.user import UserCard, ViewUserCard


class Operators:
    """Those whom the settings name; where they name nobody and only this machine can ask, everyone."""

    def __init__(self, cells: Cells, usernames: Collection[str], *, at_home: bool) -> None:
        self._cells = cells
        self._usernames = {name.lower() for name in usernames}
        self._everyone = at_home and not usernames
        self._known: set[str] = set()

    async def admit(self, user: str) -> None:
        """Lets a user look, or raises Rejected; one who was let in is known from then on, cells or not."""
        if self._everyone or user in self._known:
            return
        if self._usernames:
            card = await self._cells.ask(user_ref(user), ViewUserCard(), user, None)
            if isinstance(card, UserCard) and card.username in self._usernames:
                self._known.add(user)
                return
        raise Rejected("cluster.closed", "only operators look at the cluster: see the setting `operators`")
