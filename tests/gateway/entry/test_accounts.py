import asyncio
from collections.abc import Iterator

import pytest

from gateway.asking import Asker
from gateway.entry.accounts import Accounts, Entered
from gateway.entry.factors import Factors, Seals
from gateway.entry.passwords import Passwords
from gateway.entry.tokens import AccessTokens
from gateway.pacing import Pacing
from protocol.account import CheckSession, LoseName, SessionState
from protocol.allowance import PACES
from protocol.errors import Malformed, Rejected, TooFast, Unavailable
from protocol.ids import user_ref
from protocol.revocations import revocations_ref
from protocol.user import Profile, ViewProfile
from tests.gateway.little_cluster import LittleCluster

PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(threads=1)
    yield passwords
    passwords.close()


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(b"k" * 32, "here")


@pytest.fixture
def accounts(cluster: LittleCluster, passwords: Passwords, tokens: AccessTokens) -> Accounts:
    return Accounts(
        Asker(cluster), passwords, tokens, Pacing(cluster), Factors(Asker(cluster), Seals(b"k" * 32))
    )


async def code_of(work: "asyncio.Future[Entered] | object") -> str:
    with pytest.raises(Rejected) as caught:
        await work  # type: ignore[misc]
    return caught.value.code


async def is_open(cluster: LittleCluster, tokens: AccessTokens, entered: Entered) -> bool:
    access = tokens.read(entered.access)
    state = await cluster.ask(f"account:{access.user}", CheckSession(access.session))
    assert isinstance(state, SessionState)
    return state.open


async def test_who_registers_is_in_and_known_by_the_name(
    accounts: Accounts, cluster: LittleCluster, tokens: AccessTokens
):
    entered = await accounts.register("Ann.Lee", PASSWORD, "phone", "k1")
    assert await is_open(cluster, tokens, entered)
    profile = await cluster.ask(user_ref(entered.user), ViewProfile())
    assert isinstance(profile, Profile)
    assert profile.about.username == "ann.lee"
    assert entered.user != "ann.lee"
    card = await accounts.card(entered.user)
    assert [(session.client, session.refresh) for session in card.sessions] == [("phone", "")]


async def test_a_name_is_given_once(accounts: Accounts):
    await accounts.register("ann", PASSWORD, "", "k1")
    assert await code_of(accounts.register("ANN", PASSWORD, "", "k2")) == "name.taken"


async def test_the_same_call_again_comes_back_to_the_same_account(accounts: Accounts):
    first = await accounts.register("ann", PASSWORD, "", "k1")
    again = await accounts.register("ann", PASSWORD, "", "k1")
    assert again.user == first.user
    assert again.refresh != first.refresh


async def test_who_guesses_a_call_needs_the_password_too(accounts: Accounts):
    await accounts.register("ann", PASSWORD, "", "k1")
    assert await code_of(accounts.register("ann", "another one", "", "k1")) == "name.taken"


async def test_what_is_no_username_is_refused(accounts: Accounts):
    with pytest.raises(Malformed):
        await accounts.register("ann lee", PASSWORD, "", "k1")


async def test_who_knows_the_password_is_let_in(
    accounts: Accounts, cluster: LittleCluster, tokens: AccessTokens
):
    registered = await accounts.register("ann", PASSWORD, "", "k1")
    entered = await accounts.login("Ann", PASSWORD, "laptop")
    assert entered.user == registered.user
    assert await is_open(cluster, tokens, entered)


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(
    accounts: Accounts, cluster: LittleCluster
):
    await accounts.register("ann", PASSWORD, "", "k1")
    cluster.asked.clear()
    errors, asked = [], []
    for username in ("ann", "nobody"):
        with pytest.raises(Rejected) as caught:
            await accounts.login(username, "not the password", "")
        errors.append((caught.value.code, caught.value.text))
        asked.append([ref.partition(":")[0] for ref in cluster.asked])
        cluster.asked.clear()
    assert errors[0] == errors[1]
    assert asked[0] == asked[1] == ["name", "allowance", "account"]


async def test_an_account_that_lost_its_name_lets_nobody_in(accounts: Accounts, cluster: LittleCluster):
    entered = await accounts.register("ann", PASSWORD, "", "k1")
    cluster._outbox.append((f"account:{entered.user}", LoseName()))
    cluster._deliver()
    assert await code_of(accounts.login("ann", PASSWORD, "")) == "login.wrong"
    assert await code_of(accounts.register("ann", PASSWORD, "", "k1")) == "name.taken"


@pytest.mark.parametrize("username", ["ann", "nobody"])
async def test_who_tries_too_often_waits_whether_known_or_not(accounts: Accounts, username: str):
    await accounts.register("ann", PASSWORD, "", "k1")
    for _ in range(PACES["login"].burst):
        assert await code_of(accounts.login(username, "not the password", "")) == "login.wrong"
    with pytest.raises(TooFast) as caught:
        await accounts.login(username, PASSWORD, "")
    assert caught.value.after_s == PACES["login"].every_ms / 1_000


async def test_a_session_is_refreshed_with_a_new_token_each_time(
    accounts: Accounts, cluster: LittleCluster, tokens: AccessTokens
):
    first = await accounts.register("ann", PASSWORD, "", "k1")
    second = await accounts.refresh(first.refresh)
    third = await accounts.refresh(second.refresh)
    assert tokens.read(third.access).session == tokens.read(first.access).session
    assert await code_of(accounts.refresh(first.refresh)) == "session.ended"
    assert await code_of(accounts.refresh(third.refresh)) == "session.ended"
    assert not await is_open(cluster, tokens, third)


async def test_of_two_who_refresh_with_one_token_only_one_can_go_on(accounts: Accounts):
    first = await accounts.register("ann", PASSWORD, "", "k1")
    one, other = await asyncio.gather(accounts.refresh(first.refresh), accounts.refresh(first.refresh))
    assert await code_of(accounts.refresh(one.refresh)) == "session.ended"
    assert await code_of(accounts.refresh(other.refresh)) == "session.ended"


async def test_after_a_log_out_the_session_stands_in_the_list_of_revoked_ones(
    accounts: Accounts, cluster: LittleCluster, tokens: AccessTokens
):
    entered = await accounts.register("ann", PASSWORD, "", "k1")
    session = tokens.read(entered.access).session
    await accounts.logout(entered.user, session)
    assert not await is_open(cluster, tokens, entered)
    assert list(cluster.actors[revocations_ref(entered.user)].state.ended) == [session]
    assert await code_of(accounts.refresh(entered.refresh)) == "session.ended"


async def test_a_gateway_that_dies_half_way_leaves_a_name_that_can_be_registered_by_the_same_call(
    accounts: Accounts, cluster: LittleCluster
):
    real = cluster.ask
    for steps in range(6):
        left = steps

        async def dying(*asked, **more):
            nonlocal left
            if not left:
                raise Unavailable("the gateway is gone")
            left -= 1
            return await real(*asked, **more)

        cluster.ask = dying  # type: ignore[method-assign]
        try:
            await accounts.register(f"ann{steps}", PASSWORD, "", "k1")
        except Unavailable:
            pass
        cluster.ask = real  # type: ignore[method-assign]
        again = await accounts.register(f"ann{steps}", PASSWORD, "", "k1")
        assert (await accounts.login(f"ann{steps}", PASSWORD, "")).user == again.user
