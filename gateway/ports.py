"""What the gateway asks of the outside: cells that answer, and word of how the rest is."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from protocol.errors import MantaError
from protocol.messages import Command, Reply


class Ask(msgspec.Struct, frozen=True):
    """One of many asks; a `call` of None is a read, which needs no id."""

    ref: str
    command: Command
    caller: str = ""
    call: str | None = ""


class Cells(Protocol):
    """The entities, wherever they live.

    (`caller`, `call`) make a command the same one again; an empty call is made up, None is for reads. Retries
    are the cells' matter: what is raised or given back holds at the end of the time.
    """

    async def ask(
        self, ref: str, command: Command, caller: str = "", call: str | None = "", timeout_s: float = 5.0
    ) -> Reply:
        """The reply of one entity; raises MantaError."""

    async def ask_many(self, asks: Sequence[Ask], timeout_s: float = 5.0) -> list[Reply | MantaError]:
        """The replies of many entities in the order of the asks; errors stand in their places."""


class Missing(msgspec.Struct, frozen=True):
    """A part that is not there, and what is known of why."""

    part: str
    text: str


class Health(Protocol):
    """What the rest of the installation says of itself."""

    def missing(self) -> list[Missing]:
        """What is not there just now; answers at once."""
