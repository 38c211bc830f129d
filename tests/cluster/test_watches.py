"""Watches: no push is lost, doubled or out of order, whatever happens to links and cells."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from cluster.client import ClusterClient
from cluster.link.frames import Answer, Answers, Closed, Joined, Op, Pushed, Pushes, Unwatch
from cluster.ports import PARTITIONS
from protocol.errors import MantaError, Rejected
from protocol.probe import LastBeat
from tests.cluster.scripted_cell import ScriptedCell, ScriptedDirectory, client_of, no, yes

pytestmark = pytest.mark.virtual_time

TOPIC = "probe:1/beats"


def push(number: int, previous: int | None = None, epoch: str = "e1", topic: str = TOPIC) -> Pushed:
    before = number - 1 if previous is None else previous
    return Pushed(topic, epoch, number, before, "ann", msgspec.Raw(b"\x01"))


def joined(op: Op, number: int, missed: tuple[int, ...] = (), reset: str = "", epoch: str = "e1") -> Answer:
    answer = yes(op, number)
    answer.joined = Joined(epoch, number, [push(one) for one in missed], reset)
    return answer


class Ear:
    """Remembers all that a watcher is told."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.resets: list[tuple[str, str, int]] = []
        self.ends: list[tuple[str, str]] = []
        self._news = asyncio.Event()

    def pushed(self, push: Pushed) -> None:
        self.numbers.append(push.number)
        self._news.set()

    def reset(self, topic: str, reply: Any, joined: Joined) -> None:
        self.resets.append((topic, joined.reset, joined.number))
        self._news.set()

    def closed(self, topic: str, error: MantaError) -> None:
        self.ends.append((topic, error.code))
        self._news.set()

    async def until(self, numbers: list[int]) -> None:
        """Returns when exactly these pushes were heard."""
        while self.numbers != numbers:
            assert self.numbers == numbers[: len(self.numbers)]
            await self.news()

    async def news(self) -> None:
        self._news.clear()
        await self._news.wait()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
async def client(cell: ScriptedCell, directory: ScriptedDirectory, ear: Ear) -> AsyncIterator[ClusterClient]:
    async with client_of(cell, directory, watcher=ear) as client:
        yield client


async def watched(cell: ScriptedCell, client: ClusterClient, number: int = 0) -> None:
    """Joins the topic at a number."""
    cell.script = lambda op: joined(op, number)
    await client.watch(TOPIC, "probe:1", LastBeat())


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_watch_reads_and_joins_at_once(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    cell.script = lambda op: joined(op, 7, (6, 7))
    reply, place = await client.watch(TOPIC, "probe:1", LastBeat(), since=("e1", 5), caller="ann")
    assert reply == msgspec.msgpack.encode(7)
    assert (place.epoch, place.number, [one.number for one in place.missed]) == ("e1", 7, [6, 7])
    (op,) = cell.ops
    assert (op.watch, op.since, op.caller, op.call) == (TOPIC, ("e1", 5), "ann", "")
    cell.say(Pushes([push(8), push(9)]))
    await ear.until([8, 9])


async def test_joining_is_heard_before_the_push_that_follows(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    def script(op: Op) -> Answer:
        asyncio.get_running_loop().call_soon(cell.say, Pushes([push(8)]))
        return joined(op, 7)

    cell.script = script
    heard_when_joined: list[list[int]] = []

    def hear(reply: Any, place: Joined) -> None:
        heard_when_joined.append(list(ear.numbers))

    await client.watch(TOPIC, "probe:1", LastBeat(), on_joined=hear)
    await ear.until([8])
    assert heard_when_joined == [[]]


async def test_a_push_that_overtakes_the_answer_is_kept(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    cell.script = lambda op: None
    asked = asyncio.ensure_future(client.watch(TOPIC, "probe:1", LastBeat()))
    (op,) = await cell.got(1)
    cell.say(Pushes([push(7), push(8), push(0)]))
    cell.say(Answers([joined(op, 7)]))
    await asked
    await ear.until([8])


async def test_pushes_come_once_and_ephemeral_ones_pass(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    cell.say(Pushes([push(1), push(0), push(1), push(2)]))
    await ear.until([1, 0, 2])


async def test_a_gap_is_filled_by_asking_again(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    cell.script = lambda op: joined(op, 4, (2, 3, 4))
    cell.say(Pushes([push(1), push(4)]))
    await ear.until([1, 2, 3, 4])
    assert cell.ops[-1].since == ("e1", 1)


async def test_numbers_may_have_holes_that_are_none(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    cell.say(Pushes([push(3, 0), push(9, 3)]))
    await ear.until([3, 9])
    assert len(cell.ops) == 1


async def test_a_broken_link_loses_no_push(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    cell.say(Pushes([push(1)]))
    await ear.until([1])
    cell.script = lambda op: joined(op, 3, (2, 3))
    cell.cut()
    await ear.until([1, 2, 3])
    cell.say(Pushes([push(4)]))
    await ear.until([1, 2, 3, 4])
    assert cell.ops[-1].since == ("e1", 1)


async def test_what_cannot_be_resumed_is_reset_with_its_cause(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client, 5)
    cell.script = lambda op: joined(op, 2, reset="epoch", epoch="e2")
    cell.cut()
    await ear.news()
    assert ear.resets == [(TOPIC, "epoch", 2)]
    cell.say(Pushes([push(3, epoch="e2")]))
    await ear.until([3])


async def test_a_topic_that_its_cell_closes_is_asked_for_again(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client)
    cell.script = lambda op: joined(op, 1, (1,))
    cell.say(Closed([TOPIC, "probe:9/other"], "moved"))
    await ear.until([1])


async def test_a_topic_moves_with_its_entity(
    cell: ScriptedCell, directory: ScriptedDirectory, client: ClusterClient, ear: Ear
):
    await watched(cell, client)
    other = await ScriptedCell("cell-2", cell.network).start()
    other.script = lambda op: joined(op, 1, (1,))
    directory.cells["cell-2"] = other
    directory.place(dict.fromkeys(range(PARTITIONS), "cell-2"))
    await ear.until([1])
    assert (await cell.got_frame(Unwatch)).topics == [TOPIC]


async def test_a_watch_survives_a_long_absence_of_its_cell(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client)
    await cell.stop()
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(60.0, later.set)
    await later.wait()
    cell.script = lambda op: joined(op, 1, (1,))
    await cell.start()
    await ear.until([1])


async def test_a_watch_that_is_not_allowed_any_more_ends(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    cell.script = lambda op: no(op, "blocked")
    cell.cut()
    await ear.news()
    assert ear.ends == [(TOPIC, "blocked")]
    count = len(cell.ops)
    cell.cut()
    await turns()
    assert len(cell.ops) == count


async def test_a_refused_watch_is_raised_and_forgotten(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    cell.script = lambda op: no(op, "blocked")
    with pytest.raises(Rejected):
        await client.watch(TOPIC, "probe:1", LastBeat())
    cell.say(Pushes([push(1)]))
    assert (await cell.got_frame(Unwatch)).topics == [TOPIC]
    assert ear.numbers == []


async def test_a_topic_that_was_left_is_left_everywhere(cell: ScriptedCell, client: ClusterClient, ear: Ear):
    await watched(cell, client)
    client.unwatch([TOPIC, "probe:2/never"])
    assert (await cell.got_frame(Unwatch)).topics == [TOPIC]
    cell.say(Pushes([push(1)]))
    await turns()
    count = len(cell.ops)
    cell.cut()
    await client.ask("probe:1", LastBeat())
    assert [op.watch for op in cell.ops[count:]] == [""]
    assert ear.numbers == []


async def test_a_topic_that_is_left_while_it_joins_is_left_again(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    cell.script = lambda op: None
    asked = asyncio.ensure_future(client.watch(TOPIC, "probe:1", LastBeat()))
    (op,) = await cell.got(1)
    client.unwatch([TOPIC])
    cell.say(Answers([joined(op, 7)]))
    await asked
    assert (await cell.got_frame(Unwatch)).topics == [TOPIC]


async def test_a_second_watcher_of_a_topic_takes_nothing_from_the_first(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client)
    cell.script = lambda op: joined(op, 2)  # its pushes 1 and 2 are still to come
    _, place = await client.watch(TOPIC, "probe:1", LastBeat())
    assert place.number == 2
    cell.say(Pushes([push(1), push(2), push(3)]))
    await ear.until([1, 2, 3])


async def test_a_failing_second_watch_leaves_the_first_one(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client)
    cell.script = lambda op: no(op, "blocked")
    with pytest.raises(Rejected):
        await client.watch(TOPIC, "probe:1", LastBeat(), caller="eve")
    cell.say(Pushes([push(1)]))
    await ear.until([1])


async def test_one_who_joins_while_the_others_rejoin_costs_them_no_push(
    cell: ScriptedCell, client: ClusterClient, ear: Ear
):
    await watched(cell, client, 5)
    cell.script = lambda op: None
    cell.cut()
    (_, rejoining) = await cell.got(2)
    newcomer = asyncio.ensure_future(client.watch(TOPIC, "probe:1", LastBeat(), caller="bob"))
    (_, _, second) = await cell.got(3)
    cell.say(Answers([joined(second, 7)]))
    assert (await newcomer)[1].number == 7
    cell.say(Pushes([push(8)]))
    cell.say(Answers([joined(rejoining, 7, (6, 7))]))
    await ear.until([6, 7, 8])
    cell.say(Pushes([push(9)]))
    await ear.until([6, 7, 8, 9])
