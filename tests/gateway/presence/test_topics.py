from typing import Any

import msgspec
import pytest

from actors.user import UserState
from gateway.ports import Joined, News
from gateway.presence.attendance import Attendance
from gateway.presence.topics import PresenceTopics
from protocol.about import About
from protocol.errors import Malformed, MantaError
from protocol.messages import Command, Reply
from protocol.user import EditProfile, Profile, ViewProfile
from protocol.user_reach import PresenceCard, PresenceChanged, ViewPresence
from tests.gateway.little_cluster import CATALOGUE, LittleCluster
from tests.gateway.little_topics import LittleTopics

TOPIC = "user:ann/presence"


class Ears:
    """Hears the pushes."""

    def __init__(self) -> None:
        self.heard: list[News] = []

    def pushed(self, news: News) -> None:
        self.heard.append(news)

    def reset(self, topic: str, joined: Joined) -> None: ...

    def closed(self, topic: str, error: MantaError) -> None: ...


class Stage:
    """Topics of presence, and those who look."""

    def __init__(self) -> None:
        self.cluster, self.ears = LittleCluster(), Ears()
        self.inner = LittleTopics(self.cluster)
        self.attendance = Attendance(self.cluster, "g", lambda: self.cluster.at / 1_000)
        self.here: set[str] = set()
        self.attendance.is_here = self.here.__contains__
        self.topics = PresenceTopics(self.inner, self.cluster, self.attendance)
        self.topics.listen(self.ears)
        ann = UserState(about=About(username="ann", created_at=1))
        self.cluster._cold["user:ann"] = CATALOGUE.kind_of("user:ann").encode_state(ann)

    async def watch(self, topic: str = TOPIC, command: Command = ViewPresence()) -> Any:  # noqa: B008
        seen: list[Reply] = []
        ref = topic.partition("/")[0]
        await self.topics.watch(topic, ref, command, None, "bob", lambda reply, _: seen.append(reply))
        return seen[0]


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_watch_tells_how_it_is_and_each_change_is_pushed_once(stage: Stage):
    stage.here.add("ann")
    assert await stage.watch() == PresenceCard("ann", True, None)
    await stage.attendance.beat()
    stage.here.clear()
    stage.cluster.at += 60_000
    await stage.attendance.beat()
    await stage.attendance.beat()
    assert [news.topic for news in stage.ears.heard] == [TOPIC]
    message = msgspec.msgpack.decode(stage.ears.heard[0].message, type=PresenceChanged)
    assert not message.online
    assert message.last_seen


async def test_nobody_is_asked_about_when_nobody_looks_any_more(stage: Stage):
    await stage.watch()
    stage.topics.unwatch([TOPIC, "post:1"])
    stage.cluster.asked.clear()
    await stage.attendance.beat()
    assert stage.cluster.asked == []


async def test_other_topics_are_those_of_the_cells(stage: Stage):
    await stage.cluster.ask("user:ann", EditProfile(name="Ann"), "ann", "c")
    assert isinstance(await stage.watch("user:ann", ViewProfile()), Profile)
    assert stage.inner.watched == {"user:ann"}
    stage.topics.unwatch(["user:ann"])
    assert stage.inner.watched == set()


async def test_presence_is_watched_by_its_own_word_only(stage: Stage):
    with pytest.raises(Malformed):
        await stage.watch(TOPIC, ViewProfile())
