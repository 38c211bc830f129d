"""One socket: its hello, its deadlines, what it may not do, its end; over real sockets and a real cluster."""

import pytest

from tests.gateway.ws.venue import Gate, Venue


@pytest.mark.parametrize("in_json", [False, True])
async def test_a_session_asks_and_is_answered(venue: Venue, gate: Gate, in_json: bool):
    await venue.post("1")
    phone = await venue.handset(gate, "bob", in_json)
    assert await phone.ask("post:1", {"type": "post.like"}, "c1") == {
        "type": "reply", "id": "c1", "reply": {"type": "post.like_count", "like_count": 1},
    }  # fmt: skip
    assert (await phone.ask("post:1", {"type": "post.like"}, "c1"))["reply"]["like_count"] == 1
