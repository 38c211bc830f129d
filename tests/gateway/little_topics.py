"""The topics of a little cluster: pushes reach the listener when the test hands them over."""

from collections.abc import Callable, Iterable

from msgspec import Raw

from actors.catalogue import encode
from actors.kernel import Push
from gateway.ports import Joined, Listener, News
from protocol.errors import MantaError, Unavailable
from protocol.messages import Command, Reply
from tests.gateway.little_cluster import LittleCluster


class Pushes(list[Push]):
    """What was pushed; whoever waits for it is told at once."""

    def __init__(self, told: Callable[[], None]) -> None:
        super().__init__()
        self._told = told

    def append(self, push: Push) -> None:
        super().append(push)
        self._told()


class LittleTopics:
    """Watches are kept by name; `deliver` hands over what was pushed since the last time."""

    def __init__(self, cluster: LittleCluster, at_once: bool = False) -> None:
        self.cluster = cluster
        if at_once:
            cluster.pushes = Pushes(self.deliver)
        self.watched: set[str] = set()
        self.down = False
        self._listener: Listener | None = None
        self._delivered = 0

    def listen(self, listener: Listener) -> None:
        self._listener = listener

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        if self.down:
            raise Unavailable("the cell does not answer")
        reply = await self.cluster.ask(ref, command, caller, None)
        self.watched.add(topic)
        on_joined(reply, Joined("e", len(self.cluster.pushes)))

    def unwatch(self, topics: Iterable[str]) -> None:
        self.watched.difference_update(topics)

    def deliver(self) -> None:
        """Hands over what was pushed."""
        pushes = self.cluster.pushes[self._delivered :]
        self._delivered += len(pushes)
        for number, push in enumerate(pushes, self._delivered):
            if push.topic in self.watched and self._listener is not None:
                raw = Raw(encode(push.message))
                self._listener.pushed(News(push.topic, "e", number, number - 1, raw))

    def lose(self, topic: str, error: MantaError | None = None) -> None:
        """The topic is watched no more, or with a gap."""
        assert self._listener is not None
        if error is not None:
            self.watched.discard(topic)
            self._listener.closed(topic, error)
        else:
            self._listener.reset(topic, Joined("e", 0, (), "overflow"))
