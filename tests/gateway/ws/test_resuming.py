"""Resume on any gateway, over killed cells and moved partitions: no gap, no double, resets with a cause."""

import asyncio
from random import Random
from typing import Any

import pytest

from gateway.ws.limits import Limits
from tests.cluster.site import passes
from tests.gateway.ws.venue import Gate, Handset, Venue
from tests.gateway.ws.view import View, comment, commenting, follow, text_of

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("in_json", [False, True])
async def test_a_phone_resumes_on_another_gateway(venue: Venue, in_json: bool):
    gates = [await venue.gate(), await venue.gate()]
    await venue.post("1")
    view, phone = View(), await venue.handset(gates[0], "ann", in_json)
    view.take(await phone.watch("post:1"))
    await commenting(venue, 3, 0.1)
    await follow(phone, view, "c3")
    await phone.connection.close()
    await commenting(venue, 300, 0.01, first=4)
    back = await venue.handset(gates[1], "ann", in_json)
    watched = await back.watch("post:1", since=view.at)
    view.take(watched)
    assert watched["reset"] == ""
    assert watched["snapshot"]["comment_count"] == 303
    await comment(venue, "c304")
    await follow(back, view, "c304")
    assert view.texts == [f"c{n}" for n in range(1, 305)]


async def test_missed_pushes_beyond_one_frame_follow_it(venue: Venue, gate: Gate):
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    first = await phone.watch("post:1")
    await phone.connection.close()
    for number in range(100):
        await comment(venue, f"{number:03}" + "x" * 900)
    back = await venue.handset(gate, "ann", data_saver=True)
    watched = await back.watch("post:1", since=(first["epoch"], first["number"]))
    assert 30 <= len(watched["missed"]) < 60
    assert watched["snapshot"] is None  # a data saver has it already
    view = View()
    view.at = (first["epoch"], first["number"])
    for push in watched["missed"]:
        view.take(push)
    await follow(back, view, "099" + "x" * 900)
    assert len(view.texts) == 100


async def test_what_cannot_be_resumed_is_a_reset_with_its_cause(venue: Venue):
    gate = await venue.gate(Limits(missed_bytes=2_000))
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    first = await phone.watch("post:1")
    at = (first["epoch"], first["number"])
    for number in range(20):
        await comment(venue, f"{number}" * 50)
    assert (await phone.watch("post:1", since=("before", 3)))["reset"] == "epoch"
    assert (await phone.watch("post:1", since=(at[0], 10**6)))["reset"] == "future"
    watched = await phone.watch("post:1", since=at)
    assert (watched["reset"], watched["missed"]) == ("history", [])
    assert watched["snapshot"]["comment_count"] == 20
    assert (await phone.watch("post:1", since=(at[0], watched["number"])))["reset"] == ""


async def test_a_killed_cell_leaves_no_gap_and_no_double(venue: Venue):
    gates = [await venue.gate(), await venue.gate()]
    await venue.post("1")
    views, phones = [], []
    for number in range(4):
        view, phone = View(), await venue.handset(gates[number % 2], f"u{number}", in_json=number == 3)
        view.take(await phone.watch("post:1"))
        views.append(view)
        phones.append(phone)
    writing = asyncio.ensure_future(commenting(venue, 120, 0.02))
    joined = asyncio.ensure_future(_join_and_leave(venue, gates, Random(4)))
    for name in ("cell-0", "cell-1", "cell-0", "cell-1"):
        await passes(0.4)
        await venue.cluster.kill_cell(name)
        await passes(0.2)
        await venue.cluster.start_cell(name)
    await writing
    for view, phone in zip(views, phones):
        await follow(phone, view, "c120")
        assert view.texts == [f"c{n}" for n in range(1, 121)]
        assert view.resets == []
    for view in await joined:
        numbers = [int(text[1:]) for text in view.texts]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert view.resets == []


async def _join_and_leave(venue: Venue, gates: list[Gate], chance: Random) -> list[View]:
    """Phones that come, go, and resume elsewhere, all the time."""
    views = []
    for number in range(6):
        view = View()
        for turn in range(4):
            phone = await venue.handset(gates[(number + turn) % 2], f"m{number}")
            watched = await phone.watch("post:1", since=view.at)
            if watched["type"] == "watched":  # else the cell is away: it comes again
                view.take(watched)
                await _listen(phone, view, chance.uniform(0.0, 0.2))
            await phone.connection.close()
        if view.texts:
            views.append(view)
    return views


async def _listen(phone: Handset, view: View, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                view.take(await phone.hear())
    except TimeoutError:
        pass


async def test_topics_move_with_their_partitions(venue: Venue, gate: Gate):
    posts = [await venue.post(f"{n}") for n in range(12)]
    phone, views = await venue.handset(gate, "ann"), {post: View() for post in posts}
    for post in posts:
        views[post].take(await phone.watch(post))

    async def write(post: str) -> None:
        for number in range(20):
            await comment(venue, f"c{number}", post)
            await passes(0.1)

    writing = asyncio.gather(*[write(post) for post in posts])
    await passes(0.5)
    await venue.cluster.resize(4)
    await passes(0.5)
    await venue.cluster.resize(2)
    await writing
    while any(len(view.texts) < 20 for view in views.values()):
        message = await phone.hear()
        views[message["topic"]].take(message)
    assert all(view.texts == [f"c{n}" for n in range(20)] for view in views.values())


async def test_a_lost_past_is_told_to_all_who_look(venue: Venue, gate: Gate):
    await venue.post("1")
    phones = [await venue.handset(gate, f"u{n}", in_json=n == 1) for n in range(2)]
    for phone in phones:
        await phone.watch("post:1")
    for cell in list(venue.cluster.cells.values()):
        cell.core.desk.generation = "restored"  # as after a restore from a backup
    for link in [link for client in venue.cluster._clients for link in _links(client)]:
        link.lost("cut")
    for phone in phones:
        again = await phone.hear("watched")
        assert (again["id"], again["reset"], again["snapshot"]) == ("", "epoch", None)
        await phone.watch("post:1", since=(again["epoch"], again["number"]))
    await comment(venue, "after")
    for phone in phones:
        assert text_of(await phone.hear("push")) == "after"


def _links(client: Any) -> list[Any]:
    return [lane.link for lane in client._routes.lanes() if lane.link is not None]
