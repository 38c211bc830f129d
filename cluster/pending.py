"""What a client has asked and not heard of yet."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from cluster.lane import Lane
from cluster.link.frames import Joined, Op
from protocol.errors import MantaError, Unavailable, Unknown
from protocol.messages import Command

OnJoined = Callable[[Lane, Any, Joined], None]


class Ask(msgspec.Struct, frozen=True):
    """One of many asks."""

    ref: str
    command: Command
    caller: str = ""
    call: str | None = ""


class Pending(msgspec.Struct, gc=False):
    """An op without an answer yet."""

    op: Op
    future: "asyncio.Future[Any]"
    deadline_s: float
    lane: Lane
    on_joined: OnJoined | None = None
    tries: int = 0
    refused: MantaError | None = None  # the last refusal
    blind: bool = False  # it was in flight when a link broke: it may have happened

    def fail(self, error: MantaError) -> None:
        """Ends it without a reply."""
        if not self.future.done():
            self.future.set_exception(error)

    def give_up(self) -> None:
        """Ends it at its deadline: with the last refusal, unless it may have happened."""
        if self.blind:
            self.fail(Unknown())
        else:
            self.fail(self.refused or Unavailable("its cell could not be reached in time"))
