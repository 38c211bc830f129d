"""The fan-out by itself: ticks, coalescing, who gets what, in virtual time and without sockets."""

import asyncio
from collections.abc import Callable, Collection, Iterable

import msgspec
import pytest

from actors.catalogue import encode
from gateway.ports import Joined, Listener, News
from gateway.ws.forms import WRITTEN
from gateway.ws.hub import Hub
from gateway.ws.limits import Limits
from gateway.ws.outbox import Outbox
from gateway.ws.volley import Aim, OneByOne, Short
from protocol.errors import Unavailable
from protocol.messages import Command, Reply
from protocol.post import LikesChanged, PostRemoved
from tests.cluster.site import now_s, passes
from tests.gateway.ws.ear import Ear

pytestmark = pytest.mark.virtual_time


class Cluster:
    """Topics that remember what is unwatched."""

    def __init__(self) -> None:
        self.left: list[str] = []

    def listen(self, listener: Listener) -> None:
        self.listener = listener

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None: ...  # fmt: skip

    def unwatch(self, topics: Iterable[str]) -> None:
        self.left.extend(topics)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
async def hub(cluster: Cluster) -> Hub:
    loop = asyncio.get_running_loop()
    return Hub(cluster, Outbox(loop), OneByOne(), Limits(), loop)


def join(hub: Hub, ear: Ear, number: int = 0, name: str = "post:1", epoch: str = "e") -> None:
    topic = hub.joining(name)
    try:
        hub.joined(topic, ear, Joined(epoch, number))
    finally:
        hub.settled(topic)


def push(hub: Hub, number: int, name: str = "post:1", epoch: str = "e") -> None:
    hub.pushed(News(name, epoch, number, number - 1, msgspec.Raw(encode(PostRemoved()))))


def like(hub: Hub, count: int, name: str = "post:1") -> None:
    hub.pushed(News(name, "e", 0, 0, msgspec.Raw(encode(LikesChanged(count)))))


async def test_the_first_push_after_silence_leaves_at_once_and_the_next_in_one_tick(hub: Hub):
    ear = Ear()
    join(hub, ear)
    began_s = now_s()
    push(hub, 1)
    push(hub, 2)
    await asyncio.sleep(0)
    assert ear.heard() == [1, 2]
    for number in range(3, 9):
        push(hub, number)
        await passes(0.002)
    await passes(0.1)
    assert [round(at_s - began_s, 3) for at_s, _ in ear.writes] == [0.0, 0.02]
    assert ear.heard() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert hub.lag.sum_s == pytest.approx(0.02, abs=0.003)
    await passes(5.0)
    push(hub, 9)
    await asyncio.sleep(0)
    assert ear.heard()[-1] == 9


async def test_topics_of_one_tick_leave_in_one_write_for_each_socket(hub: Hub):
    both, one, written = Ear(), Ear(), Ear(WRITTEN)
    for name in ("post:1", "post:2"):
        join(hub, both, name=name)
        join(hub, written, name=name)
    join(hub, one, name="post:2")
    for name in ("post:1", "post:2", "post:1"):
        push(hub, 1 + (hub._topics[name].number), name)
    await passes(0.1)
    assert [len(ear.writes) for ear in (both, one, written)] == [1, 1, 1]
    assert (both.heard(), one.heard(), written.heard()) == ([1, 2, 1], [1], [1, 2, 1])


async def test_who_looks_at_one_topic_of_a_tick_is_in_a_volley_and_nobody_is_in_two(hub: Hub):
    volleys: list[tuple[int, bytes]] = []

    class Noted(OneByOne):
        def fire(self, aims: Collection[Aim], data: bytes) -> Short:
            volleys.append((len(aims), data))
            return super().fire(aims, data)

    hub._volley = Noted()
    both, ones, twos = Ear(), [Ear(), Ear()], [Ear()]
    for name, ears in (("post:1", [both, *ones]), ("post:2", [both, *twos])):
        for ear in ears:
            join(hub, ear, name=name)
        push(hub, 1, name)
    await passes(0.1)
    assert [count for count, _ in volleys] == [2, 1]
    assert both.writes[0][1] == volleys[0][1] + volleys[1][1]
    assert [ear.heard() for ear in (both, *ones, *twos)] == [[1, 1], [1], [1], [1]]
    assert hub.counts["deliveries"] == 5


async def test_all_quick_sockets_get_the_same_bytes(hub: Hub):
    ears = [Ear() for _ in range(3)]
    for ear in ears:
        join(hub, ear)
    push(hub, 1)
    await passes(0.1)
    assert len({data for ear in ears for _, data in ear.writes}) == 1
    assert hub.counts["deliveries"] == 3


async def test_a_socket_that_breaks_keeps_nothing_from_the_others(hub: Hub):
    ears = [Ear() for _ in range(3)]
    for ear in ears:
        join(hub, ear)
    ears[1].breaks = True
    push(hub, 1)
    await passes(0.1)
    assert [ear.heard() for ear in ears] == [[1], [], [1]]


async def test_ephemeral_pushes_are_the_latest_of_their_kind_four_to_five_times_a_second(hub: Hub):
    ear = Ear()
    join(hub, ear)
    for count in range(1, 301):
        like(hub, count)
        if count % 60 == 0:
            push(hub, count // 60)
        await passes(0.01)
    await passes(1.0)
    counts = [int(heard) for heard in ear.heard() if isinstance(heard, str)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 300)
    assert 12 <= len(counts) <= 16
    assert [heard for heard in ear.heard() if isinstance(heard, int)] == [1, 2, 3, 4, 5]


async def test_reluctant_sockets_get_what_is_numbered_only(hub: Hub):
    ear, saver = Ear(), Ear()
    saver.saves = True
    for one in (ear, saver):
        join(hub, one)
    like(hub, 1)
    push(hub, 1)
    await passes(0.1)
    assert (ear.heard(), saver.heard()) == ([1, "1"], [1])
    saver.saves = False
    hub.resort(saver, ["post:1", "post:unknown"])
    like(hub, 2)
    await passes(0.5)
    assert saver.heard() == [1, "2"]


async def test_who_joins_within_a_tick_gets_no_push_that_the_snapshot_knows(hub: Hub):
    early, late, later = Ear(), Ear(), Ear()
    join(hub, early)
    push(hub, 1)
    await asyncio.sleep(0)
    push(hub, 2)
    push(hub, 3)
    join(hub, late, 2)
    join(hub, later, 5)  # ahead of what has come: those pushes are still on their way
    await passes(0.1)
    for number in (4, 5, 6):
        push(hub, number)
        await passes(0.1)
    assert (early.heard(), late.heard(), later.heard()) == ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6], [6])
    assert len(hub._topics["post:1"].quick) == 3


async def test_who_would_join_with_a_gap_is_sent_back(hub: Hub, cluster: Cluster):
    early = Ear()
    join(hub, early)
    push(hub, 1)
    await passes(0.1)
    with pytest.raises(Unavailable):
        join(hub, Ear(), 0)
    push(hub, 2)
    join(hub, Ear(), 1)
    assert cluster.left == []


async def test_a_topic_is_left_when_the_last_one_goes_and_nobody_is_joining(hub: Hub, cluster: Cluster):
    ear = Ear()
    join(hub, ear)
    topic = hub.joining("post:1")
    hub.leave(ear, ["post:1", "post:unknown"])
    assert cluster.left == []
    hub.settled(topic)
    assert cluster.left == ["post:1"]
    push(hub, 1)
    like(hub, 1)
    await passes(1.0)
    assert (ear.writes, len(hub)) == ([], 0)


async def test_a_reset_is_told_to_all_but_those_who_know_more(hub: Hub):
    ear, ahead, written = Ear(), Ear(), Ear(WRITTEN)
    join(hub, ear)
    join(hub, written)
    push(hub, 1)
    join(hub, ahead, 7, epoch="f")
    hub.reset("post:1", Joined("f", 5, reset="epoch"))
    hub.reset("post:unknown", Joined("f", 5, reset="epoch"))
    for number in (6, 7, 8):
        push(hub, number, epoch="f")
    await passes(0.1)
    assert ear.heard() == written.heard() == [1, "watched", 6, 7, 8]
    assert ahead.heard() == [8]
    assert hub.counts["resets"] == 2


async def test_a_topic_that_is_closed_says_its_last_words_first(hub: Hub, cluster: Cluster):
    ear, written = Ear(), Ear(WRITTEN)
    for one in (ear, written):
        join(hub, one)
    push(hub, 1)
    hub.closed("post:1", Unavailable("away"))
    await passes(0.1)
    assert ear.heard() == written.heard() == [1, "unwatched"]
    assert (ear.taken, cluster.left) == (["post:1"], ["post:1"])
    hub.close()
