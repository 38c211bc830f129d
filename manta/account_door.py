"""The operator's way to an account: asked on a socket of a gateway, which only the operator may open."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from cluster.embedded.trouble import Trouble
from gateway.entry.statuses import Statuses
from manta.admin import admitted
from protocol.account_status import STATUSES, StatusState
from protocol.errors import MantaError

WHAT = "account"
PREFIX, SUFFIX = "account-", ".sock"
BADGES = {"on": True, "off": False}


class Order(msgspec.Struct, frozen=True):
    """What is asked: `show`, `status` or `badge`, of whom, and which."""

    deed: str
    username: str
    choice: str = ""


class AccountDoor:
    """Answers `manta account`; any gateway will do."""

    def __init__(self, name: str, folder: Path, statuses: Statuses) -> None:
        self._path, self._statuses = folder / f"{PREFIX}{name}{SUFFIX}", statuses

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answers while it is open."""
        self._path.unlink(missing_ok=True)  # of a life that ended without a word
        async with admitted(self._path, {WHAT: self._carry_out}):
            yield

    async def _carry_out(self, packed: str, tell: Callable[[str], None]) -> dict[str, Any]:
        try:
            order = msgspec.json.decode(packed, type=Order)
            state = await self._done(order)
        except msgspec.DecodeError as error:
            raise Trouble("usage", f"not an order: {error}") from error
        except MantaError as error:
            raise Trouble(error.code, error.text) from error
        return {"username": state.username, "status": state.status, "verified": state.verified}

    async def _done(self, order: Order) -> StatusState:
        if order.deed == "status" and order.choice in STATUSES:
            return await self._statuses.set_status(order.username, order.choice)
        if order.deed == "badge" and order.choice in BADGES:
            return await self._statuses.set_badge(order.username, BADGES[order.choice])
        if order.deed == "show":
            return await self._statuses.view(order.username)
        raise Trouble("usage", f"nobody knows how to {order.deed} {order.choice}")


def doors(folder: Path) -> list[Path]:
    """Where gateways answer."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))
