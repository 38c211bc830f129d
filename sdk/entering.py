"""The short way in: a username and a password, and a session that stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from protocol.errors import MantaError
from sdk.client import Manta
from sdk.rest import Rest
from sdk.tokens import TokenKeeper


@asynccontextmanager
async def entered(
    address: str, username: str, password: str, *,
    register: bool = False, code: str = "", client: str = "manta-sdk", saver: bool = False,
) -> AsyncIterator[Manta]:  # fmt: skip
    """A session while it is open, then logged out; `register` opens the account first."""
    rest = Rest(address, client)
    try:
        tokens = await (
            rest.register(username, password) if register else rest.log_in(username, password, code)
        )
        keeper = TokenKeeper(tokens, rest.refresh)
        async with Manta(address, keeper, client=client, saver=saver, rest=rest) as manta:
            try:
                yield manta
            finally:
                with suppress(MantaError):  # it is logged out already, or its token will be over by itself
                    await rest.log_out()
    finally:
        await rest.close()
