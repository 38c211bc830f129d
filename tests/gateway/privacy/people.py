"""Gateways' guard over a little cluster, and what ought to be seen as a model of a few sets says."""

import asyncio
from typing import Any

from gateway.entry.lists import Lists
from gateway.ports import Joined, News
from gateway.presence.attendance import Attendance
from gateway.presence.topics import PresenceTopics
from gateway.privacy.boundaries import Boundaries
from gateway.privacy.guard import Guard, GuardedCells
from gateway.privacy.veils import Veils
from gateway.privacy.watches import GuardedTopics
from protocol.errors import MantaError
from protocol.messages import Command, Reply
from protocol.user import EditProfile
from tests.gateway.little_cluster import LittleCluster
from tests.gateway.little_topics import LittleTopics, Pushes


class Guarded:
    """A gateway as people meet it; `standing` is what is open on its sockets, by viewer and topic."""

    def __init__(self, cluster: LittleCluster) -> None:
        self.cluster = cluster
        self.news = LittleTopics(cluster)
        lists = Lists(self.news)
        self.boundaries = Boundaries(lists)
        self.guard = Guard(cluster, self.boundaries)
        self.veils = Veils(cluster, self.guard.facts, self.boundaries)
        self.attendance = Attendance(cluster, "gateway", lambda: cluster.at / 1_000)
        self.cells = GuardedCells(cluster, _Begun(cluster), self.guard, self.attendance.completed)
        self.told = LittleTopics(cluster)
        topics = PresenceTopics(self.told, cluster, self.attendance)
        self.topics = GuardedTopics(topics, cluster, self.guard, self.boundaries, self.veils)
        self.topics.shut = self._shut
        self.topics.listen(self)
        self.heard: list[tuple[str, News]] = []  # what came to whom, as a hub would send it
        self.standing: set[tuple[str, str]] = set()
        self.keep_watching = lists.keep_watching

    async def ask(self, ref: str, command: Command, caller: str, call: str | None = None) -> Reply | str:
        """The reply, or the code of what was raised."""
        try:
            return await self.cells.ask(ref, command, caller, call)
        except MantaError as error:
            return error.code

    async def introduce(self, *names: str) -> None:
        """These are somebody."""
        for name in names:
            await self.ask(f"user:{name}", EditProfile(name=name), name, f"introduce {name}")

    async def watch(self, topic: str, command: Command, viewer: str) -> Reply | str:
        """The snapshot of what stands open from now on, or the code of what was raised."""
        seen: list[Reply] = []

        def joined(reply: Reply, at: Joined) -> None:
            seen.append(reply)
            self.standing.add((viewer, topic))

        try:
            await self.topics.watch(topic, topic.partition("/")[0], command, None, viewer, joined)
        except MantaError as error:
            return error.code
        return seen[0]

    def _shut(self, topic: str, viewer: str) -> None:
        self.standing -= {one for one in self.standing if one[1] == topic and viewer in ("", one[0])}

    # what the topics tell

    def pushed(self, news: News) -> None:
        for viewer, topic in sorted(self.standing):
            if topic == news.topic:
                veil = self.veils.of(viewer)
                self.heard.append((viewer, news if veil is None else veil.over(news)))

    def reset(self, topic: str, joined: Joined) -> None: ...

    def closed(self, topic: str, error: MantaError) -> None: ...


def connected(cluster: LittleCluster, *gateways: Guarded) -> None:
    """What is pushed is with all gateways before it is answered."""

    def deliver() -> None:
        for gateway in gateways:
            gateway.news.deliver()
            gateway.told.deliver()

    cluster.pushes = Pushes(deliver)


class _Begun:
    """What begins is asked at once."""

    def __init__(self, cluster: LittleCluster) -> None:
        self._cluster = cluster

    def begin(self, *asked: Any) -> "asyncio.Future[Reply]":
        """The reply to come."""
        return asyncio.ensure_future(self._cluster.ask(*asked))


class Model:
    """Who ought to see what, told by sets alone."""

    def __init__(self) -> None:
        self.private: set[str] = set()
        self.follows: set[tuple[str, str]] = set()
        self.asks: set[tuple[str, str]] = set()
        self.close: set[tuple[str, str]] = set()  # owner, friend
        self.blocks: set[tuple[str, str]] = set()
        self.mutes: set[tuple[str, str]] = set()
        self.away: set[str] = set()
        self.posts: dict[str, tuple[str, str]] = {}
        self.comments: dict[str, list[str]] = {}
        self.comment: dict[str, str] = {}  # who may, by owner
        self.activity: dict[str, str] = {}  # who sees when they are here

    def apart(self, one: str, other: str) -> bool:
        """Whether one of the two blocks the other, or is away."""
        return bool(self.away & {one, other} or self.blocks & {(one, other), (other, one)})

    def near(self, viewer: str, owner: str) -> bool:
        """Whether posts and people of the owner are open to the viewer at all."""
        if viewer == owner:
            return True
        is_open = owner not in self.private or (viewer, owner) in self.follows
        return is_open and not self.apart(viewer, owner)

    def sees(self, viewer: str, post: str) -> bool:
        """Whether the viewer sees a post."""
        owner, audience = self.posts[post]
        if viewer == owner:
            return True
        among = {
            "public": True, "followers": (viewer, owner) in self.follows,
            "close_friends": (owner, viewer) in self.close, "only_me": False,
        }  # fmt: skip
        return self.near(viewer, owner) and among[audience]

    def comments_on(self, viewer: str, post: str) -> bool:
        """Whether the viewer may comment on a post."""
        owner, _ = self.posts[post]
        return viewer == owner or (
            self.sees(viewer, post) and self._among(self.comment.get(owner), viewer, owner)
        )

    def meets(self, viewer: str, owner: str) -> bool:
        """Whether the viewer sees when the owner is here: two show it to each other, or neither does."""
        shown = self._among(self.activity.get(owner), viewer, owner)
        return viewer == owner or (
            self.near(viewer, owner) and shown and self._among(self.activity.get(viewer), owner, viewer)
        )

    def _among(self, who: str | None, one: str, owner: str) -> bool:
        follows, followed = (one, owner) in self.follows, (owner, one) in self.follows
        return {
            None: True, "everyone": True, "followers": follows, "followed": followed,
            "mutuals": follows and followed, "nobody": False,
        }[who]  # fmt: skip

    def part(self, one: str, other: str) -> None:
        """Nothing is left between the two."""
        for pairs in (self.follows, self.asks, self.close):
            pairs -= {(one, other), (other, one)}
