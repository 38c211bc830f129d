"""Topics over sockets, gateways and cells: snapshots that join, resume anywhere, no gap and no double."""

import asyncio
from typing import Any, Union

import msgspec
import pytest
from msgspec.structs import fields, replace

from gateway.ws.limits import Limits
from gateway.ws.topic import Topic
from protocol import contracts
from protocol.messages import ClientCommand, ClientRead, noun_of, tag_of, words_of
from protocol.post import DeletePost, LikePost
from protocol.user import EditProfile
from tests.cluster.site import now_s, passes
from tests.gateway.ws.venue import Gate, Handset, Venue
from tests.gateway.ws.view import View, comment, commenting, follow, text_of

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("in_json", [False, True])
async def test_a_snapshot_joins_the_pushes_without_a_gap(venue: Venue, gate: Gate, in_json: bool):
    await venue.post("1")
    phones = [await venue.handset(gate, f"u{n}", in_json) for n in range(6)]

    async def look(phone: Handset, after_s: float) -> list[str]:
        await passes(after_s)
        view, watched = View(), await phone.watch("post:1")
        view.take(watched)
        known = watched["snapshot"]["comment_count"]
        await follow(phone, view, "c60")
        return [f"c{n}" for n in range(1, known + 1)] + view.texts

    looking = [asyncio.ensure_future(look(phone, 0.025 * n)) for n, phone in enumerate(phones)]
    await commenting(venue, 60, 0.003)
    for found in await asyncio.gather(*looking):
        assert found == [f"c{n}" for n in range(1, 61)]
    assert gate.sockets.counts()["topics"] == 1


async def test_a_gateway_watches_a_topic_once_for_all_its_sockets(venue: Venue, gate: Gate):
    await venue.post("1")
    phones = [await venue.handset(gate, f"u{n}") for n in range(3)]
    for phone in phones:
        await phone.watch("post:1")
    assert watchers(venue) == 1
    await phones[0].say({"type": "unwatch", "topics": ["post:1", "post:never"]})
    await phones[1].connection.close()
    await comment(venue, "hi")
    assert text_of(await phones[2].hear("push")) == "hi"
    await phones[2].say({"type": "unwatch", "topics": ["post:1"]}, {"type": "ping"})
    await phones[2].hear("pong")
    await comment(venue, "to nobody")
    assert watchers(venue) == 0
    await phones[0].say({"type": "ping"})
    await phones[0].hear("pong")
    assert [one["type"] for one in phones[0].heard] == ["welcome", "watched", "pong"]


def watchers(venue: Venue) -> int:
    """How many gateways the cells push to."""
    cores = [cell.core for cell in venue.cluster.cells.values()]
    return sum(len(topics) for core in cores for topics in core.desk.watched.values())


async def test_ephemeral_pushes_come_coalesced_and_not_to_data_savers(venue: Venue, gate: Gate):
    await venue.post("1")
    phone, saver = await venue.handset(gate, "ann"), await venue.handset(gate, "bob", data_saver=True)
    for one in (phone, saver):
        await one.watch("post:1")
    counts: list[int] = []
    began_s = now_s()
    for number in range(1, 101):
        await venue.cluster.client.ask("post:1", LikePost(), f"u{number}", "like")
        await passes(0.01)
    while counts[-1:] != [100]:
        push = await phone.hear("push")
        assert push["number"] == 0
        counts.append(push["message"]["like_count"])
    assert counts == sorted(counts)
    assert 4.0 <= len(counts) / (now_s() - began_s) <= 6.5
    await comment(venue, "hi")
    assert text_of(await saver.hear("push")) == "hi"
    assert [one["type"] for one in saver.heard] == ["welcome", "watched", "push"]
    await saver.say({"type": "saver", "on": False}, {"type": "ping"})
    await saver.hear("pong")
    await venue.cluster.client.ask("post:1", LikePost(), "one more", "like")
    assert (await saver.hear("push"))["message"]["like_count"] == 101


@pytest.mark.parametrize(
    ("topic", "command", "code"),
    [
        ("post:nowhere", "post.view", "post.unknown"),
        ("post:1", "user.view", "malformed"),
        ("post:1", "post.create", "malformed"),
        ("nothing:1", "post.view", "malformed"),
        ("post:1/any0", "post.view", "topic.unknown"),
        ("post:1/", "post.view", "topic.unknown"),
        ("post:1/typing/fast", "post.view", "topic.unknown"),
        ("post:1/feed", "post.view", "topic.unknown"),
        ("user:ann/any", "user.view_profile", "topic.unknown"),
        ("user:bob/feed", "user.view_profile", "topic.not_yours"),
    ],
)
async def test_what_may_not_be_watched_is_refused(
    venue: Venue, gate: Gate, topic: str, command: str, code: str
):
    await venue.post("1")
    for name in ("ann", "bob"):
        await venue.cluster.client.ask(f"user:{name}", EditProfile(name=name), name, "edit")
    phone = await venue.handset(gate, "ann")
    answer = await phone.watch(topic, command)
    assert (answer["type"], answer["code"]) == ("error", code)
    assert (gate.sockets.counts()["topics"], watchers(venue)) == (0, 0)


contracts.listing()  # declares every word there is
ASKED = [word for word in words_of(ClientCommand) if word.__module__.startswith("protocol.")]
COMMANDS = msgspec.msgpack.Decoder(Union[tuple(ASKED)]).decode  # noqa: UP007
FIELDS = {"user": "bob", "text": "hi", "comment": "0" * 16, "private": True, "part": "blocked"}


@pytest.mark.parametrize("word", ASKED, ids=tag_of)
async def test_a_watch_reads_and_does_nothing_else(
    venue: Venue, gate: Gate, word: type[ClientCommand], monkeypatch: pytest.MonkeyPatch
):
    ref = await venue.post("1") if noun_of(word) == "post" else f"{noun_of(word)}:ann"
    phone, asked, hub = await venue.handset(gate, "ann"), [ref], gate.sockets.floor.hub
    joining = hub.joining

    def begun(name: str) -> Topic:
        asked.remove(name)
        return joining(name)

    monkeypatch.setattr(hub, "joining", begun)
    # what gateways carry out themselves is said too
    monkeypatch.setattr(gate.sockets.floor, "ports", replace(gate.ports, commands=COMMANDS))
    command = {field.name: FIELDS[field.name] for field in fields(word) if field.required}
    said = {"type": "watch", "id": "w", "topic": ref, "command": {"type": tag_of(word), **command}}
    await phone.say(said)
    answer = await phone.answer("w")
    if issubclass(word, ClientRead):
        assert answer.get("code") in (None, "malformed", "user.unknown", "media.unknown")
    else:
        assert (answer["code"], answer["retry"], asked) == ("watch.not_a_read", False, [ref])


async def test_a_comment_in_a_watch_is_not_written(venue: Venue, gate: Gate):
    await venue.post("1")
    phone = await venue.handset(gate, "bob")
    command = {"type": "post.comment", "text": "hi"}
    for _ in range(3):
        await phone.say({"type": "watch", "id": "w", "topic": "post:1", "command": command})
        assert (await phone.answer("w"))["code"] == "watch.not_a_read"
    assert (await phone.ask("post:1", {"type": "post.view"}))["reply"]["comment_count"] == 0


async def test_a_topic_left_before_it_was_joined_is_not_joined(venue: Venue, gate: Gate):
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    watch: dict[str, Any] = {"type": "watch", "topic": "post:1", "command": {"type": "post.view"}}
    await phone.say({**watch, "id": "a"}, {"type": "unwatch", "topics": ["post:1"]})
    assert (await phone.answer("a"))["code"] == "watch.left"
    assert gate.sockets.counts()["topics"] == 0
    await phone.say({**watch, "id": "b"}, {**watch, "id": "c"})
    answers = {answer["id"]: answer for answer in [await phone.hear(), await phone.hear()]}
    assert (answers["b"]["code"], answers["c"]["type"]) == ("watch.left", "watched")
    await comment(venue, "hi")
    assert text_of(await phone.hear("push")) == "hi"


async def test_topics_of_a_session_are_counted(venue: Venue):
    gate = await venue.gate(Limits(topics=2))
    phone = await venue.handset(gate, "ann")
    for number in range(3):
        await venue.post(f"{number}")
    answers = [await phone.watch(f"post:{number}") for number in range(3)]
    assert [answer["type"] for answer in answers] == ["watched", "watched", "error"]
    assert answers[2]["code"] == "watch.too_many"
    await phone.say({"type": "unwatch", "topics": ["post:0"]})
    assert (await phone.watch("post:2"))["type"] == "watched"


async def test_a_topic_that_is_closed_is_taken_from_all_who_look(venue: Venue, gate: Gate):
    await venue.post("1")
    phones = [await venue.handset(gate, f"u{n}", in_json=n == 1) for n in range(2)]
    for phone in phones:
        await phone.watch("post:1")
    await venue.cluster.client.ask("post:1", DeletePost(), "ann", "delete")
    for name in list(venue.cluster.cells):
        await venue.cluster.kill_cell(name)
        await venue.cluster.start_cell(name)
    for phone in phones:
        taken = await phone.hear("unwatched")
        assert (taken["topic"], taken["code"]) == ("post:1", "watch.again")
        assert (await phone.watch("post:1"))["code"] == "post.gone"
    assert gate.sockets.counts()["topics"] == 0


async def test_a_topic_named_twice_is_left_once(venue: Venue, gate: Gate):
    await venue.post("1")
    phone = await venue.handset(gate, "ann")
    await phone.watch("post:1")
    await phone.say({"type": "unwatch", "topics": ["post:1", "post:1"]}, {"type": "ping"})
    await phone.hear("pong")
    assert (watchers(venue), gate.sockets.counts()["topics"]) == (0, 0)
