"""Two people and their devices, over a gateway with all that it has."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from protocol.errors import MantaError
from protocol.user_reach import PresenceCard
from sdk import Manta, entered
from sdk.topic import Snapshot
from tests.sdk.installation import installed

PASSWORD = "open sesame"


@pytest.fixture
async def two() -> AsyncIterator[tuple[Manta, Manta]]:
    async with installed() as house, house.gateway() as url, AsyncExitStack() as stack:
        ann = await stack.enter_async_context(entered(url, "ann", PASSWORD, register=True))
        bob = await stack.enter_async_context(entered(url, "bob", PASSWORD, register=True))
        yield ann, bob


async def code_of(work: object) -> str:
    with pytest.raises(MantaError) as refused:
        await work  # type: ignore[misc]
    return refused.value.code


async def asking(manta: Manta) -> list[str]:
    while not (users := [user async for user in manta.circle.people("requests")]):
        pass  # tells arrive a little later than answers
    return users


async def test_who_asked_is_accepted_and_sees_a_private_account(two: tuple[Manta, Manta]):
    ann, bob = two
    assert await ann.circle.set_private()
    post = await ann.publish("Mine")
    assert await code_of(bob.post(post.id).read()) == "post.unknown"
    assert (await bob.rest.follow(await ann.user())).requested
    assert await asking(ann) == [await bob.user()]
    assert (await ann.circle.accept(await bob.user())).follows_you
    while not (await bob.circle.relation(await ann.user())).following:
        pass
    assert (await bob.post(post.id).read()).caption == "Mine"
    assert not (await ann.circle.dismiss(await bob.user())).follows_you
    assert await code_of(bob.post(post.id).like()) == "post.unknown"


async def test_lists_are_kept_by_those_whose_they_are(two: tuple[Manta, Manta]):
    ann, other = two[0], await two[1].user()
    assert (await ann.circle.befriend(other)).close_friend
    assert (await ann.circle.mute(other, for_s=60)).muted
    assert (await ann.circle.block(other)).blocked
    assert [user async for user in ann.circle.people("muted")] == [other]
    assert [user async for user in ann.circle.people("close_friends")] == []
    assert not (await ann.circle.block(other, on=False)).blocked
    assert not (await ann.circle.mute(other, on=False)).muted
    assert not (await ann.circle.befriend(other, on=False)).close_friend
    assert not (await ann.circle.decline(other)).requests_you


async def test_devices_are_seen_and_ended(two: tuple[Manta, Manta]):
    ann = two[0]
    other = await ann.rest.log_in("ann", PASSWORD)
    devices = await ann.rest.devices()
    assert sorted(device.current for device in devices) == [False, True]
    await ann.rest.end_device(next(device.session_id for device in devices if not device.current))
    assert await code_of(ann.rest.refresh(other.refresh_token)) == "session.ended"
    await ann.rest.log_in("ann", PASSWORD)
    await ann.rest.end_devices()
    assert len(await ann.rest.devices()) == 1
    await ann.rest.change_password(PASSWORD, "close sesame")
    assert await code_of(ann.rest.log_in("ann", PASSWORD)) == "login.wrong"


async def test_it_is_said_who_may_and_two_who_look_see_of_each_other_when_they_are_here(
    two: tuple[Manta, Manta],
):
    ann, bob = two
    me = await ann.user()
    assert (await bob.circle.presence(me)).online
    async with bob.circle.watch_presence(me) as presence:
        item = await anext(presence)
        assert isinstance(item, Snapshot)
        assert isinstance(item.reply, PresenceCard)
        assert item.reply.online
    assert (await ann.circle.set_reach(activity="followers", comment="nobody")).comment == "nobody"
    assert (await ann.circle.reach()).activity == "followers"
    assert await code_of(bob.circle.presence(me)) == "presence.private"
    assert await code_of(ann.circle.presence(await bob.user())) == "presence.private"
    post = await ann.publish("Mine")
    assert await code_of(bob.post(post.id).comment("Oh")) == "post.limited"


async def test_who_follows_back_and_whom_one_knows_is_listed(two: tuple[Manta, Manta]):
    ann, bob = two
    me, other = await ann.user(), await bob.user()
    await bob.rest.follow(me)
    await ann.rest.follow(other)
    while [user async for user in ann.circle.mutuals()] != [other]:
        pass  # tells arrive a little later than answers
    assert [user async for user in ann.circle.known_followers(other)] == []
    assert [user async for user in bob.circle.known_followers(other)] == [me]
