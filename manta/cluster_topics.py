"""The gateway's `Topics`: what its parts watch, over one client of the cluster."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from cluster.client import ClusterClient
from cluster.link.frames import Joined as ClusterJoined
from cluster.link.frames import Pushed
from gateway.ports import Joined, Listener, News
from protocol.errors import MantaError
from protocol.messages import Command, Reply


class ClusterTopics:
    """The one watcher of a client, which must be named here before the first watch."""

    def __init__(self) -> None:
        self.client: ClusterClient
        self._parts: list[PartsTopics] = []

    def part(self) -> "PartsTopics":
        """Topics for one more part of the gateway."""
        part = PartsTopics(self)
        self._parts.append(part)
        return part

    def pushed(self, push: Pushed) -> None:
        """One push, for those parts that watch its topic."""
        news = _news(push)
        for part in self._parts:
            if push.topic in part.names:
                part.listener.pushed(news)

    def reset(self, topic: str, reply: Any, joined: ClusterJoined) -> None:
        """Pushes were lost; the reply is the view of whoever watched first, and is nobody else's."""
        for part in self._parts:
            if topic in part.names:
                part.listener.reset(topic, _joined(joined))

    def closed(self, topic: str, error: MantaError) -> None:
        """The topic is watched no more."""
        for part in self._parts:
            if topic in part.names:
                part.names.discard(topic)
                part.listener.closed(topic, error)

    def unwatch(self, topics: Iterable[str]) -> None:
        """A part needs these no more; another may."""
        self.client.unwatch([name for name in topics if not any(part.needs(name) for part in self._parts)])


class PartsTopics:
    """The `Topics` of one part of the gateway."""

    def __init__(self, all_topics: ClusterTopics) -> None:
        self.names: set[str] = set()
        self.listener: Listener
        self._all = all_topics
        self._joining: Counter[str] = Counter()

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self.listener = listener

    def needs(self, name: str) -> bool:
        """Whether it watches a topic, or is about to."""
        return name in self.names or self._joining[name] > 0

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment."""

        def stands(reply: Any, joined: ClusterJoined) -> None:
            on_joined(reply, _joined(joined))
            self.names.add(topic)

        self._joining[topic] += 1
        try:
            await self._all.client.watch(topic, ref, command, since, caller, timeout_s, stands)
        finally:
            self._joining[topic] -= 1
            if not self._joining[topic]:
                del self._joining[topic]

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more."""
        names = list(topics)
        self.names.difference_update(names)
        self._all.unwatch(names)


def _news(push: Pushed) -> News:
    return News(push.topic, push.epoch, push.number, push.previous, push.message)


def _joined(joined: ClusterJoined) -> Joined:
    return Joined(joined.epoch, joined.number, [_news(push) for push in joined.missed], joined.reset)
