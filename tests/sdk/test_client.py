"""The client against real gateways: killed, drained, restarted, and told to go away."""

import asyncio

import pytest

from protocol.errors import MantaError, Rejected, Unavailable
from protocol.post import CommentAdded, LikeCount, LikePost, PostCard, ViewPost
from protocol.session import Seen
from sdk import GivenToken, Left, Manta, News, SessionEnded, Snapshot, Subscription
from tests.cluster.site import now_s, passes
from tests.gateway.ws.venue import Gate, Venue
from tests.gateway.ws.view import comment
from tests.sdk.conftest import POST

pytestmark = pytest.mark.virtual_time

REF = f"post:{POST}"


def client_of(gate: Gate, user: str = "ann", saver: bool = False) -> Manta:
    return Manta(f"http://{gate.url}", GivenToken(user), saver=saver)


async def again(venue: Venue, gate: Gate) -> Gate:
    """Another gateway at the same address."""
    return await venue.gate(port=int(gate.url.rpartition(":")[2]))


async def texts(news: Subscription, last: str) -> list[str]:
    """The comments that come, until that one."""
    found: list[str] = []
    async for item in news:
        if isinstance(item, News) and isinstance(item.message, CommentAdded):
            found.append(item.message.comment.text)
        if found[-1:] == [last]:
            break
    return found


async def test_what_is_asked_is_answered_in_words(gate: Gate):
    async with client_of(gate) as manta:
        post = manta.post(POST)
        assert await post.like() == 1
        assert (await post.read()).liked_by_viewer
        made = await post.comment("first")
        assert [held.text for held in (await post.comments()).comments] == ["first"]
        assert await post.delete_comment(made.id) == 0
        assert await post.unlike() == 0
        await post.delete()
        with pytest.raises(Rejected) as refused:
            await post.like()
        assert (refused.value.code, refused.value.retry) == ("post.gone", False)


async def test_many_asks_at_once_stay_within_the_gateways_limits(gate: Gate):
    async with client_of(gate) as manta:
        answers = await asyncio.gather(*(manta.post(POST).comment(f"c{n}") for n in range(400)))
        assert len({answer.id for answer in answers}) == 400
        assert (await manta.post(POST).read()).comment_count == 400
        assert gate.sockets.counts()["too_fast"] == 0
        assert gate.sockets.counts()["failed_overloaded"] == 0


async def test_a_snapshot_comes_first_and_the_news_join_it(venue: Venue, gate: Gate):
    await comment(venue, "before", REF)
    async with client_of(gate) as manta, manta.post(POST).watch() as news:
        first = await anext(news)
        assert isinstance(first, Snapshot)
        assert isinstance(first.reply, PostCard)
        assert first.reply.comment_count == 1
        await comment(venue, "after", REF)
        assert await texts(news, "after") == ["after"]


async def test_news_are_complete_over_a_gateways_death(venue: Venue, gate: Gate):
    async with client_of(gate) as manta, manta.post(POST).watch() as news:
        await anext(news)
        for number in range(1, 4):
            await commenting_on(venue, 5, first=10 * number)
            await gate.close()
            await commenting_on(venue, 5, first=10 * number + 5)
            gate = await again(venue, gate)
            found = await texts(news, f"c{10 * number + 9}")
            assert found == [f"c{n}" for n in range(10 * number, 10 * number + 10)]


async def test_a_drain_says_when_to_come_back_and_nothing_is_lost(venue: Venue, gate: Gate):
    async with client_of(gate) as manta, manta.post(POST).watch() as news:
        await anext(news)
        writing = asyncio.ensure_future(commenting_on(venue, 60, pause_s=0.02))
        for _ in range(4):
            await passes(0.25)
            draining, before_s = asyncio.ensure_future(gate.sockets.drain(0.5, 0.2, 5.0)), now_s()
            await draining
            await gate.close()
            gate = await again(venue, gate)
            while not gate.sockets.counts()["sessions"]:
                await passes(0.01)
            assert 0.5 <= now_s() - before_s < 1.0
        await writing
        assert await texts(news, "c60") == [f"c{n}" for n in range(1, 61)]


async def test_a_write_whose_answer_was_lost_is_made_once(venue: Venue, gate: Gate):
    async with client_of(gate) as manta:
        await manta.stands()
        await venue.cluster.kill_cell("cell-0")
        await venue.cluster.kill_cell("cell-1")
        writing = asyncio.ensure_future(manta.post(POST).comment("once"))
        await passes(0.2)
        await gate.close()
        await venue.cluster.start_cell("cell-0")
        await venue.cluster.start_cell("cell-1")
        await again(venue, gate)
        assert (await writing).text == "once"
        page = await manta.post(POST).comments()
        assert [held.text for held in page.comments] == ["once"]


async def test_an_ask_ends_with_its_time_and_says_what_is_known(gate: Gate):
    async with client_of(gate) as manta:
        await manta.stands()
        await gate.close()
        began_s = now_s()
        with pytest.raises(MantaError) as refused:
            await manta.ask(LikeCount, REF, LikePost(), within_s=7.0)
        assert refused.value.retry
        assert now_s() - began_s == pytest.approx(7.0)
        with pytest.raises(Unavailable, match="not sent"):
            await manta.ask(LikeCount, REF, LikePost(), within_s=1.0)


async def test_a_revoked_session_ends_all_that_waits(gate: Gate):
    async with client_of(gate) as manta, manta.post(POST).watch() as news:
        await anext(news)
        gate.tokens.revoke("ann-1")
        with pytest.raises(SessionEnded) as ended:
            await anext(news)
        assert (ended.value.code, ended.value.retry) == ("revoked", False)
        with pytest.raises(SessionEnded):
            await manta.post(POST).like()


async def test_a_topic_that_may_not_be_watched_says_why(gate: Gate):
    async with client_of(gate) as manta, manta.watch("post:7777777777777777", ViewPost()) as news:
        with pytest.raises(Rejected) as refused:
            await anext(news)
        assert refused.value.code == "post.unknown"


async def test_a_closed_client_leaves_nobody_waiting(gate: Gate):
    async with client_of(gate) as manta:
        news = manta.post(POST).watch()
        await anext(news)
        await gate.close()
        asking = asyncio.ensure_future(manta.post(POST).like())
        await passes(0.0)
    with pytest.raises(Left):
        await asking
    assert [item async for item in news] == []


async def test_an_idle_session_stands_for_as_long_as_its_token(gate: Gate):
    async with client_of(gate) as manta:
        await manta.stands()
        await passes(600.0)
        assert gate.sockets.counts()["connections"] == 1
        assert gate.sockets.counts()["goodbye_idle"] == 0


async def test_a_token_that_is_over_is_no_end(gate: Gate):
    gate.tokens.life_s = 30.0
    async with client_of(gate) as manta:
        await passes(100.0)
        assert await manta.post(POST).like() == 1
        assert gate.sockets.counts()["goodbye_token_expired"] >= 3


async def test_what_was_seen_is_told_coalesced(gate: Gate):
    async with client_of(gate) as manta:
        manta.observe(Seen("dwell", REF, 200))
        manta.observe(Seen("dwell", REF, 300), Seen("impression", REF))
        await passes(10.0)
        assert sorted(gate.notebook.seen) == [("ann", "dwell", REF, 500), ("ann", "impression", REF, 0)]


async def test_data_savers_hear_only_what_lasts(venue: Venue, gate: Gate):
    async with client_of(gate, saver=True) as manta, manta.post(POST).watch() as news:
        await anext(news)
        await manta.post(POST).like()
        await comment(venue, "lasting", REF)
        item = await anext(news)
        assert isinstance(item, News)
        assert isinstance(item.message, CommentAdded)
        manta.save_data(False)
        await manta.post(POST).unlike()
        item = await anext(news)
        assert isinstance(item, News)
        assert item.number == 0


async def test_who_reads_slowly_holds_little_and_misses_nothing(venue: Venue, gate: Gate):
    async with client_of(gate) as manta, manta.post(POST).watch() as news:
        await anext(news)
        await commenting_on(venue, 1_200)
        await passes(1.0)
        assert await texts(news, "c1200") == [f"c{n}" for n in range(1, 1_201)]
        assert gate.sockets.counts()["resets"] == 0


async def commenting_on(venue: Venue, count: int, first: int = 1, pause_s: float = 0.0) -> None:
    """So many comments by someone else."""
    for number in range(first, first + count):
        await comment(venue, f"c{number}", REF)
        await passes(pause_s)
