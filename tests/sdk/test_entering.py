"""In with a username and a password, over a gateway with accounts and REST."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from protocol.errors import MantaError, Rejected, Unavailable
from sdk import MantaError as PublicError
from sdk import entered
from sdk.rest import Rest
from sdk.tokens import TokenKeeper
from tests.sdk.installation import Installation, installed

PASSWORD = "open sesame"


@pytest.fixture
async def house() -> AsyncIterator[Installation]:
    async with installed() as house:
        yield house


async def test_who_registers_is_in_and_who_logs_in_is_the_same_user(house: Installation):
    async with house.gateway() as url:
        async with entered(url, "ann", PASSWORD, register=True) as manta:
            user = await manta.user()
            post = await manta.publish("The sea", "Brighton")
            assert (await post.read()).caption == "The sea"
            assert (await manta.rest.post(post.id)).location == "Brighton"
        async with entered(url, "ann", PASSWORD) as manta:
            assert await manta.user() == user
            assert [held.post_id for held in (await manta.rest.feed()).posts] == [post.id]


async def test_a_wrong_password_is_an_error_with_its_code(house: Installation):
    async with house.gateway() as url, entered(url, "ann", PASSWORD, register=True):
        with pytest.raises(Rejected) as refused:
            async with entered(url, "ann", "close sesame"):
                pass
        assert refused.value.code.endswith(".wrong")
        assert not refused.value.retry
        assert PublicError is MantaError


async def test_leaving_logs_the_device_out(house: Installation):
    async with house.gateway() as url:
        async with entered(url, "ann", PASSWORD, register=True) as manta:
            await manta.user()
            kept = Rest(url)
            kept.tokens = manta.rest.tokens
        with pytest.raises(MantaError) as refused:
            await kept.feed()
        assert refused.value.code == "token.revoked"
        await kept.close()


async def test_tokens_are_renewed_for_all_who_ask_at_once_and_stay_good(house: Installation):
    async with house.gateway() as url:
        rest = Rest(url)
        keeper = TokenKeeper(await rest.register("ann", PASSWORD), rest.refresh)
        rest.tokens = keeper
        first = await keeper.access()
        assert await keeper.access() is first
        renewed = await asyncio.gather(*(keeper.access(first.text) for _ in range(5)))
        assert all(token is not first for token in renewed)
        assert all(token is renewed[0] for token in renewed)
        assert (await rest.feed()).posts == []
        await rest.close()


async def test_posts_of_someone_come_as_they_are_published_over_a_restart(house: Installation):
    async with house.gateway() as url:
        async with entered(url, "bob", PASSWORD, register=True) as bob:
            await bob.publish("one")
    async with house.gateway() as url:
        follower, writer = entered(url, "ann", PASSWORD, register=True), entered(url, "bob", PASSWORD)
        async with follower as manta, writer as author:
            posts = manta.posts_of("bob")
            assert (await anext(posts)).caption == "one"
            for caption in ("two", "three"):
                await author.publish(caption)
                assert (await anext(posts)).caption == caption
            await posts.aclose()


async def test_an_address_where_nobody_serves_is_unavailable(
    house: Installation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sdk.rest.WITHIN_S", 0.0)
    async with house.gateway() as url:
        pass
    with pytest.raises(Unavailable):
        async with entered(url, "ann", PASSWORD):
            pass


async def test_an_address_is_confirmed_and_a_forgotten_password_is_set_by_links(house: Installation):
    async with house.gateway() as url:
        rest = Rest(url)
        rest.tokens = TokenKeeper(await rest.register("ann", PASSWORD, "ann@example.org"), rest.refresh)
        while not house.mailbox.letters:
            assert (await rest.email()).pending == "ann@example.org"
        assert (await rest.confirm_email(house.mailbox.ticket())).email == "ann@example.org"
        assert (await rest.change_email("ann@example.net", PASSWORD)).pending == "ann@example.net"
        await rest.forget_password("ann@example.org")
        while house.mailbox.letters[-1].subject != "Choose a new password":
            await rest.email()
        await rest.reset_password(house.mailbox.ticket(), "close sesame")
        with pytest.raises(Rejected):
            await rest.email()
        rest.tokens = TokenKeeper(await rest.log_in("ann", "close sesame"), rest.refresh)
        await rest.remove_email("close sesame")
        assert (await rest.email()).email is None
        await rest.close()
