import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from gateway.operators import Operators
from gateway.overview import EVERY_S, TOPIC, Overview, with_overview
from gateway.ports import Figure, Joined, News, Spread
from protocol.cluster import ClusterFigures, ClusterMoved, FigureNow, SpreadNow, ViewCluster
from protocol.errors import Malformed, MantaError, Rejected
from protocol.messages import Reply
from protocol.post import ViewPost
from protocol.user import CreateUser
from tests.gateway.little_cluster import CATALOGUE, LittleCluster
from tests.gateway.little_topics import LittleTopics

POST = "post:0123456789abcdef"


class Counting:
    """One number that grows whenever it is looked at, and one histogram."""

    def __init__(self) -> None:
        self.looks = 0

    async def figures(self) -> list[Figure | Spread]:
        self.looks += 1
        return [
            Figure("manta_connections", "sockets", {}, self.looks),
            Figure("manta_cell_up", "whether it answers", {"cell": "cell-0", "gateway": "gateway-1"}, 1),
            Spread("manta_op_seconds", "time", {"kind": "post.like"}, (0.1,), (2, 1), 0.5),
        ]


class Hearer:
    """Puts down what it hears."""

    def __init__(self) -> None:
        self.news: list[News] = []

    def pushed(self, news: News) -> None:
        self.news.append(news)

    def reset(self, topic: str, joined: Joined) -> None:
        raise AssertionError

    def closed(self, topic: str, error: MantaError) -> None:
        raise AssertionError


class Desk:
    """An overview over a little cluster; seconds pass when the test says so."""

    def __init__(self, cluster: LittleCluster, operators: Operators) -> None:
        self.figures, self.hearer = Counting(), Hearer()
        self.topics = LittleTopics(cluster)
        self.overview = Overview(self.topics, self.figures, "gateway-7", operators.admit, self.rest)
        self.overview.listen(self.hearer)
        self.rests: list[asyncio.Future[None]] = []
        self.joined: list[tuple[Reply, Joined]] = []

    async def rest(self, pause_s: float) -> None:
        assert pause_s == EVERY_S
        self.rests.append(asyncio.get_running_loop().create_future())
        await self.rests[-1]

    async def look(self, topic: str = TOPIC, by: str = "ann") -> None:
        command = ViewCluster() if topic == TOPIC else ViewPost()
        await self.overview.watch(topic, topic, command, None, by, lambda *found: self.joined.append(found))
        await asyncio.sleep(0)

    async def second(self) -> None:
        self.rests[-1].set_result(None)
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
async def desk(cluster: LittleCluster) -> AsyncIterator[Desk]:
    desk = Desk(cluster, Operators(cluster, (), at_home=True))
    yield desk
    desk.overview.close()


async def test_who_looks_sees_the_figures_of_the_moment(desk: Desk):
    await desk.look()
    ((reply, joined),) = desk.joined
    assert isinstance(reply, ClusterFigures)
    assert reply.figures == [
        FigureNow("manta_connections", {"gateway": "gateway-7"}, 1),
        FigureNow("manta_cell_up", {"cell": "cell-0", "gateway": "gateway-1"}, 1),
    ]
    labels = {"gateway": "gateway-7", "kind": "post.like"}
    assert reply.spreads == [SpreadNow("manta_op_seconds", labels, [0.1], [2, 1], 0.5)]
    assert (joined.number, joined.reset) == (0, "")


async def test_they_move_once_a_second_for_all_who_look(desk: Desk):
    await desk.look()
    await desk.look(by="bob")
    await desk.second()
    (news,) = desk.hearer.news
    moved = msgspec.msgpack.decode(news.message, type=ClusterMoved)
    assert (news.topic, news.number, moved.figures[0].value) == (TOPIC, 0, 3)
    await desk.second()
    assert len(desk.hearer.news) == 2


async def test_nobody_is_asked_when_nobody_looks(desk: Desk):
    await desk.look()
    desk.overview.unwatch([TOPIC])
    desk.rests[-1].cancel()
    looks = desk.figures.looks
    await asyncio.sleep(0)
    assert (desk.figures.looks, desk.hearer.news) == (looks, [])
    await desk.look()
    assert len(desk.rests) == 2


async def test_all_other_topics_are_those_of_the_cells(desk: Desk, cluster: LittleCluster):
    with pytest.raises(Rejected, match="no such post"):
        await desk.look(POST)
    desk.topics.watched.add(POST)
    desk.overview.unwatch([POST, TOPIC])
    assert desk.topics.watched == set()


async def test_another_word_does_not_open_the_topic(desk: Desk):
    with pytest.raises(Malformed):
        await desk.overview.watch(TOPIC, TOPIC, ViewPost(), None, "ann", lambda *found: None)


async def test_only_those_who_are_named_are_let_in(cluster: LittleCluster):
    operators = Operators(cluster, ["Ann"], at_home=True)
    await cluster.ask("user:1", CreateUser("ann"), "1", "a")
    await cluster.ask("user:2", CreateUser("bob"), "2", "b")
    await operators.admit("1")
    with pytest.raises(Rejected) as refused:
        await operators.admit("2")
    assert refused.value.code == "cluster.closed"
    asked = len(cluster.asked)
    await operators.admit("1")
    assert len(cluster.asked) == asked


async def test_where_nobody_is_named_strangers_see_nothing(cluster: LittleCluster):
    await Operators(cluster, (), at_home=True).admit("1")
    with pytest.raises(Rejected):
        await Operators(cluster, (), at_home=False).admit("1")


def test_a_phone_may_say_one_word_more():
    read = with_overview(CATALOGUE.decode_client_command)
    assert read(msgspec.msgpack.encode(ViewCluster())) == ViewCluster()
    assert read(msgspec.msgpack.encode(ViewPost())) == ViewPost()
    for raw in (b"", b"\xc1", msgspec.msgpack.encode({"type": "cluster.view", "more": 1})):
        with pytest.raises(Malformed):
            read(raw)
