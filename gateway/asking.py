"""Asks whose replies are of the kind that was expected."""

from collections.abc import Sequence
from typing import TypeVar

from gateway.ports import Ask, Cells
from protocol.errors import Broken, MantaError
from protocol.messages import Command, Reply

CHUNK = 500  # asks at once: someone who follows 7,500 must not crowd out the others

R = TypeVar("R", bound=Reply)


class Asker:
    """Asks the cells."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells

    async def read(self, kind: type[R], ref: str, command: Command, caller: str) -> R:
        """Reads from one entity."""
        return _fits(kind, await self._cells.ask(ref, command, caller, None))

    async def write(self, kind: type[R], ref: str, command: Command, caller: str, call: str) -> R:
        """Has one entity do something, once for each call id."""
        return _fits(kind, await self._cells.ask(ref, command, caller, call))

    async def read_many(
        self, kind: type[R], asks: Sequence[tuple[str, Command]], caller: str
    ) -> list[R | MantaError]:
        """Reads from many entities; an error stands in the place of its reply."""
        replies: list[Reply | MantaError] = []
        for start in range(0, len(asks), CHUNK):
            some = [Ask(ref, command, caller, None) for ref, command in asks[start : start + CHUNK]]
            replies += await self._cells.ask_many(some)
        return [reply if isinstance(reply, MantaError) else _fits(kind, reply) for reply in replies]


def _fits(kind: type[R], reply: Reply) -> R:
    if not isinstance(reply, kind):
        raise Broken(f"a {type(reply).__name__} came where a {kind.__name__} was expected")
    return reply
