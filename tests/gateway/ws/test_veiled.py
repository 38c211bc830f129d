"""What the fan-out sends to the few from whom somebody is hidden; all others notice nothing of it."""

import asyncio

import msgspec
import pytest

from actors.catalogue import encode
from gateway.ports import Joined, News
from gateway.privacy.veils import Veil
from gateway.ws.forms import WRITTEN
from gateway.ws.hub import Hub
from gateway.ws.limits import Limits
from gateway.ws.outbox import Outbox
from gateway.ws.volley import OneByOne
from protocol.post import Comment, CommentAdded
from tests.cluster.site import passes
from tests.gateway.ws.ear import Ear, messages_in
from tests.gateway.ws.test_hub import Cluster, join

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def hub() -> Hub:
    loop = asyncio.get_running_loop()
    return Hub(Cluster(), Outbox(loop), OneByOne(), Limits(), loop)


def comment(hub: Hub, number: int, by: str) -> None:
    message = CommentAdded(Comment(f"{number}", by, "Oh", 5), number)
    hub.pushed(News("post:1", "e", number, number - 1, msgspec.Raw(encode(message))))


def veil(*hidden: str) -> Veil:
    veil = Veil("ann")
    veil.hidden.update(hidden)
    return veil


def heard(ear: Ear) -> list[tuple[int, str]]:
    """Numbers, and who is named."""
    return [
        (message["number"], message["message"].get("comment", [0, ""])[1])
        for _, data in ear.writes
        for message in messages_in(data)
    ]


@pytest.mark.parametrize("form", [None, WRITTEN])
async def test_a_hidden_one_is_not_named_and_no_number_is_missing(hub: Hub, form: object):
    plain, wary = Ear(), Ear() if form is None else Ear(WRITTEN)
    wary.hides = veil("bob")
    join(hub, plain)
    join(hub, wary)
    for number, by in enumerate(["cid", "bob", "cid"], 1):
        comment(hub, number, by)
    await passes(0.1)
    assert heard(plain) == [(1, "cid"), (2, "bob"), (3, "cid")]
    assert heard(wary) == [(1, "cid"), (2, ""), (3, "cid")]


async def test_where_nothing_is_hidden_all_get_the_same_bytes(hub: Hub):
    plain, wary = Ear(), Ear()
    wary.hides = veil("dan")
    join(hub, plain)
    join(hub, wary)
    comment(hub, 1, "bob")
    await passes(0.1)
    assert wary.writes[0][1] == plain.writes[0][1]
    assert hub.counts["deliveries"] == 2


async def test_a_veil_that_falls_before_the_tick_holds_for_what_waits(hub: Hub):
    ear = Ear()
    join(hub, ear)
    comment(hub, 1, "bob")
    ear.hides = veil("bob")
    hub.resort(ear, ["post:1"])
    await passes(0.1)
    assert heard(ear) == [(1, "")]
    ear.hides = None
    hub.resort(ear, ["post:1"])
    comment(hub, 2, "bob")
    await passes(0.1)
    assert heard(ear) == [(1, ""), (2, "bob")]


async def test_who_came_between_two_ticks_is_veiled_too(hub: Hub):
    ears = [Ear(), Ear()]
    join(hub, ears[0])
    comment(hub, 1, "cid")
    await asyncio.sleep(0)
    comment(hub, 2, "bob")
    comment(hub, 3, "bob")
    ears[1].hides = veil("bob")
    join(hub, ears[1], number=2)
    await passes(0.1)
    assert heard(ears[1]) == [(3, "")]


async def test_news_that_are_doubted_go_to_nobody_and_all_watch_again(hub: Hub):
    ear = Ear()
    join(hub, ear)
    hub.doubt(lambda news: True)
    comment(hub, 1, "bob")
    await passes(0.1)
    assert ear.heard() == ["unwatched"]
    assert ear.taken == ["post:1"]
    hub.doubt(None)
    topic = hub.joining("post:1")
    hub.joined(topic, ear, Joined("e", 1))
    hub.settled(topic)
    comment(hub, 2, "bob")
    await passes(0.1)
    assert ear.heard() == ["unwatched", 2]
