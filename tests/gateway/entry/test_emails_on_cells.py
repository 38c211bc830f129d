"""Sign-up with an e-mail address on real cells in one process: races, and a death after each step."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import cast

import pytest

from actors.address import RESERVED_MS
from actors.nouns import manta
from cluster.local import LocalCluster
from gateway.asking import Asker
from gateway.entry.accounts import Accounts, Entered
from gateway.entry.emails import Emails
from gateway.entry.factors import Factors, Seals
from gateway.entry.letters import CONFIRM, RESET, Letters
from gateway.entry.postbox import Postbox
from gateway.entry.resets import Resets
from gateway.entry.tickets import Tickets
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from gateway.ports import Cells
from protocol.account_email import CONFIRM_MS, RESET_MS, AskEmail, AskReset, EmailState, ResetState
from protocol.address import AddressHolder, ResolveAddress, address_ref
from protocol.errors import Unavailable
from protocol.ids import account_ref
from protocol.name import NameHolder, ResolveName, name_ref
from tests.gateway.entry.test_on_cells import PASSWORD, DyingCells, QuickPasswords, outcome
from tests.gateway.mailbox import Mailbox

HOME = "ann@example.org"


class Side:
    """What one gateway has at its entrance; all share the mailbox."""

    def __init__(self, cells: object, mailbox: Mailbox) -> None:
        asker, passwords = Asker(cast(Cells, cells)), QuickPasswords()
        pacing = Pacing(cast(Cells, cells), counts=False)
        tokens = AccessTokens(b"k" * 32, "here")
        self.accounts = Accounts(asker, passwords, tokens, pacing, Factors(asker, Seals(b"k" * 32)))
        self.tickets, letters = Tickets(b"k" * 32, "here"), Letters("http://here")
        self.postbox = Postbox(mailbox)
        self.emails = Emails(asker, self.accounts, pacing, self.tickets, self.postbox, letters)
        self.resets = Resets(asker, self.accounts, passwords, pacing, self.tickets, self.postbox, letters)

    async def sign_up(self, username: str, password: str, key: str) -> Entered:
        """As the door does it."""
        entered = await self.accounts.register(username, password, "", key)
        await self.emails.ask(entered.user, HOME)
        return entered


class Site:
    """A cluster, a gateway that may die, and one that does not."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.cluster, self.mailbox = cluster, Mailbox()
        self.dying = DyingCells(cluster)
        self.mortal, self.side = Side(self.dying, self.mailbox), Side(cluster.client, self.mailbox)

    async def signed_up(self, side: Side, username: str, key: str = "k1") -> tuple[Entered, str]:
        """In, and the ticket that came by mail."""
        entered = await side.sign_up(username, PASSWORD, key)
        await side.postbox.emptied()
        return entered, self.mailbox.ticket()

    async def ticket(self, user: str) -> str:
        """One that confirms the address for this user."""
        text, hashed = self.side.tickets.issue(CONFIRM, user, CONFIRM_MS)
        state = await self.cluster.client.ask(account_ref(user), AskEmail(HOME, hashed), user)
        assert isinstance(state, EmailState)
        return text

    async def holder(self) -> str | None:
        """Whose the address is, as soon as it is settled: tells arrive a little later than answers."""
        while True:
            reply = await self.cluster.client.ask(address_ref(HOME), ResolveAddress(), call=None)
            assert isinstance(reply, AddressHolder)
            if not reply.until:
                return reply.account


@pytest.fixture
def clock() -> dict[str, float]:
    """Seconds that have passed beside those of the loop."""
    return {"ahead_s": 0.0}


@pytest.fixture
async def site(clock: dict[str, float]) -> AsyncIterator[Site]:
    loop = asyncio.get_running_loop()

    def mono_s() -> float:
        return loop.time() + clock["ahead_s"]

    async with LocalCluster(manta(), 2, wall_s=lambda: 1.7e9 + mono_s(), mono_s=mono_s) as cluster:
        yield Site(cluster)


async def test_of_a_hundred_accounts_that_confirm_one_address_one_gets_it(site: Site):
    accounts = site.side.accounts
    entered = [await accounts.register(f"ann_{n}", PASSWORD, "", f"k{n}") for n in range(100)]
    tickets = [await site.ticket(one.user) for one in entered]
    results = await asyncio.gather(
        *[site.side.emails.confirm(ticket) for ticket in tickets], return_exceptions=True
    )
    assert Counter(getattr(result, "code", result) for result in results) == {HOME: 1, "address.taken": 99}
    won = entered[results.index(HOME)]
    assert await site.holder() == won.user
    states = await asyncio.gather(*[site.side.emails.state(one.user) for one in entered])
    assert [one.user for one, state in zip(entered, states) if state.address] == [won.user]


async def test_of_a_hundred_who_open_one_link_for_a_reset_one_sets_the_password(site: Site):
    entered, ticket = await site.signed_up(site.side, "ann")
    await site.side.emails.confirm(ticket)
    await site.holder()
    text, hashed = site.side.tickets.issue(RESET, entered.user, RESET_MS)
    state = await site.cluster.client.ask(account_ref(entered.user), AskReset(hashed), entered.user)
    assert isinstance(state, ResetState)
    results = await asyncio.gather(
        *[outcome(site.side.resets.reset(text, f"another {n:03}", f"k{n}")) for n in range(100)]
    )
    assert Counter(getattr(result, "code", "won") for result in results) == {"won": 1, "link.gone": 99}
    won = f"another {results.index(None):03}"
    assert (await site.side.accounts.login("ann", won, "")).user == entered.user


@pytest.mark.parametrize("step", range(1, 6))
async def test_a_gateway_that_dies_at_any_step_of_a_sign_up_leaves_neither_name_nor_address_stuck(
    site: Site, clock: dict[str, float], step: int
):
    site.dying.dies_at = step
    with pytest.raises(Unavailable):
        await site.mortal.sign_up("ann", PASSWORD, "k1")
    clock["ahead_s"] += RESERVED_MS / 1_000
    name = await site.cluster.client.ask(name_ref("ann"), ResolveName(), call=None)
    assert isinstance(name, NameHolder)
    if name.account is not None:  # it was opened: name and password are enough
        assert (await site.side.accounts.login("ann", PASSWORD, "")).user == name.account
    assert await site.holder() is None
    other, ticket = await site.signed_up(site.side, "bob", "k2")
    assert await site.side.emails.confirm(ticket) == HOME
    assert await site.holder() == other.user


@pytest.mark.parametrize("step", range(1, 4))
async def test_a_gateway_that_dies_while_an_address_is_confirmed_leaves_it_free_or_taken_but_not_stuck(
    site: Site, clock: dict[str, float], step: int
):
    entered, ticket = await site.signed_up(site.side, "ann")
    site.dying.dies_at = step
    with pytest.raises(Unavailable):
        await site.mortal.emails.confirm(ticket)
    clock["ahead_s"] += RESERVED_MS / 1_000
    other, others = await site.signed_up(site.side, "bob", "k2")
    assert await site.side.emails.confirm(others) == HOME
    assert await site.holder() == other.user
    assert (await outcome(site.side.emails.confirm(ticket))).code == "address.taken"
    assert (await site.side.emails.state(entered.user)).address == ""


@pytest.mark.parametrize("step", range(1, 4))
async def test_cells_that_die_while_an_address_is_confirmed_lose_nothing(site: Site, step: int):
    entered, ticket = await site.signed_up(site.side, "ann")
    site.dying.cell_dies_at = step
    assert await site.mortal.emails.confirm(ticket) == HOME
    assert await site.holder() == entered.user
    assert (await site.side.emails.state(entered.user)).address == HOME


@pytest.mark.parametrize("step", range(1, 6))
async def test_cells_that_die_at_any_step_of_a_sign_up_lose_nothing(site: Site, step: int):
    site.dying.cell_dies_at = step
    entered, ticket = await site.signed_up(site.mortal, "ann")
    assert await site.side.emails.confirm(ticket) == HOME
    assert await site.holder() == entered.user
    other = await outcome(site.side.accounts.register("ann", PASSWORD, "", "k2"))
    assert other.code == "name.taken"


async def test_an_address_that_was_left_is_free_for_another_account(site: Site):
    entered, ticket = await site.signed_up(site.side, "ann")
    await site.side.emails.confirm(ticket)
    await site.side.emails.change(entered.user, "ann@example.net", PASSWORD, "")
    await site.side.postbox.emptied()
    assert await site.side.emails.confirm(site.mailbox.ticket()) == "ann@example.net"
    while await site.holder():
        pass  # the account tells the address
    other, others = await site.signed_up(site.side, "bob", "k2")
    assert await site.side.emails.confirm(others) == HOME
    assert await site.holder() == other.user
