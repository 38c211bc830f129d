"""Who is limited reads and does not write: what they ask, over REST and sockets, is looked at on its way."""

import asyncio
from collections.abc import Collection, Sequence

from gateway.ports import Ask, Begun, Cells
from protocol.errors import MantaError, Rejected
from protocol.messages import ClientRead, Command, Reply, tag_of

# By the first word of their tags: what is no read and changes nothing that others see. All else is a write.
READING = frozenset(("view", "read", "look", "leave", "see", "fill", "resolve"))


class RestrictedCells:
    """Cells that take no writes of limited accounts: one look into a dictionary that is mostly empty."""

    def __init__(self, cells: Cells, begun: Begun, limited: Collection[str]) -> None:
        self._cells, self._begun, self._limited = cells, begun, limited

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity."""
        self._admit(command, caller, call)
        return await self._cells.ask(ref, command, caller, call, timeout_s)

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        """The reply to come."""
        self._admit(command, caller, call)
        return self._begun.begin(ref, command, caller, call, timeout_s)

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many: reads."""
        return await self._cells.ask_many(asks, timeout_s)

    def _admit(self, command: Command, caller: str, call: str | None) -> None:
        if caller in self._limited and call is not None and is_write(type(command)):
            raise Rejected("account.limited", "this account may read, but not write: write to the operator")


def is_write(command: type[Command]) -> bool:
    """Whether it changes what others see."""
    word = tag_of(command).partition(".")[2]
    return not issubclass(command, ClientRead) and word.partition("_")[0] not in READING
