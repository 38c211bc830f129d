"""A post that moves, with own writes shown at once, over a gateway's death."""

import asyncio
from collections.abc import Callable

import pytest

from protocol.errors import Rejected
from sdk import GivenToken, LivePost, Manta
from sdk.post_view import PostShown
from tests.cluster.site import passes
from tests.gateway.ws.venue import Gate, Venue
from tests.gateway.ws.view import comment
from tests.sdk.conftest import POST

pytestmark = pytest.mark.virtual_time

REF = f"post:{POST}"


async def until(live: LivePost, holds: Callable[[PostShown], bool]) -> PostShown:
    """The first that is shown for which it holds."""
    async for shown in live:
        if holds(shown):
            return shown
    raise AssertionError


async def test_what_others_do_is_shown_and_what_one_does_oneself_is_shown_at_once(venue: Venue, gate: Gate):
    ann, bob = Manta(f"http://{gate.url}", GivenToken("ann")), Manta(f"http://{gate.url}", GivenToken("bob"))
    async with ann, bob, ann.post(POST).live() as live:
        await until(live, lambda shown: shown.author == "ann")
        async with bob.post(POST).typing():
            await until(live, lambda shown: shown.typists == ("bob",))
        await until(live, lambda shown: shown.typists == ())
        await bob.post(POST).like()
        await until(live, lambda shown: shown.like_count == 1)
        liking = asyncio.ensure_future(live.like())
        await passes(0.0)
        assert (live.shown.like_count, live.shown.liked) == (2, True)
        await liking
        writing = asyncio.ensure_future(live.comment("mine"))
        await passes(0.0)
        assert [one.text for one in live.shown.pending] == ["mine"]
        await writing
        shown = await until(live, lambda shown: not shown.pending)
        assert (shown.comment_count, [one.text for one in shown.comments]) == (1, ["mine"])


async def test_it_goes_on_after_a_gateways_death_and_what_was_written_meanwhile_settles(
    venue: Venue, gate: Gate
):
    async with Manta(f"http://{gate.url}", GivenToken("ann")) as ann, ann.post(POST).live() as live:
        await until(live, lambda shown: shown.author == "ann")
        await gate.close()
        writing = asyncio.ensure_future(live.comment("mine"))
        await comment(venue, "theirs", REF)
        await passes(1.0)
        assert [one.text for one in live.shown.pending] == ["mine"]
        await venue.gate(port=int(gate.url.rpartition(":")[2]))
        await writing
        shown = await until(live, lambda shown: shown.comment_count == 2 and not shown.pending)
        assert [one.text for one in shown.comments] == ["theirs", "mine"]


async def test_what_is_refused_is_taken_back(venue: Venue, gate: Gate):
    async with Manta(f"http://{gate.url}", GivenToken("ann")) as ann, ann.post(POST).live() as live:
        await until(live, lambda shown: shown.author == "ann")
        with pytest.raises(Rejected):
            await live.comment("x" * 2_000)
        assert (live.shown.comment_count, live.shown.pending) == (0, ())
        await ann.post(POST).delete()
        await until(live, lambda shown: shown.gone)
        with pytest.raises(Rejected):
            await live.like()
        assert not live.shown.liked
