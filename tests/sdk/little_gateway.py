"""A gateway's side of one simulated socket, by docs/protocol.md, with all that may go wrong on it."""

from collections.abc import Callable, Iterable

import msgspec

from protocol import session as words
from protocol.messages import Message
from sdk.frames import Heard, messages_of
from tests.sdk.little_cluster import TOPIC, LittleCluster

TOGETHER = 3  # missed pushes that come in one message with their snapshot
AFTER_S = 0.4


class LittleGateway:
    """What is said to it is done at once; `say` takes what it answers."""

    def __init__(self, cluster: LittleCluster, say: Callable[[list[Heard]], None], trouble: float) -> None:
        self.cluster, self._say, self._trouble = cluster, say, trouble
        self.leaving = False
        self.closed = 0
        self._user = ""
        self._saver = False

    def heard(self, messages: Iterable[words.PhoneMessage]) -> None:
        """One frame of the client."""
        for message in messages:
            match message:
                case words.Hello(token=token, data_saver=saver):
                    self._user, self._saver = token, saver
                    self._tell(words.Welcome(token, "s"))
                case words.Ask():
                    self._ask(message)
                case words.Watch():
                    self._watch(message)
                case words.Unwatch():
                    self.gone()
                case words.Ping(at=at):
                    self._tell(words.Pong(at, at))
                case words.Saver(on=on):
                    self._saver = on
                case words.Observe():
                    pass

    def pushed(self, number: int, previous: int, message: Message) -> None:
        """News for this socket; what is ephemeral may stay away."""
        if number or not (self._saver or self._is_in_trouble()):
            self._tell(words.Push(TOPIC, self.cluster.epoch, number, previous, message))

    def drain(self) -> None:
        """Takes its leave; what it still says comes before the end."""
        self.leaving = True
        self._tell(words.Goodbye(words.DRAINING, "draining", True, self.cluster.chance.uniform(0.1, 2.0)))

    def lose(self) -> None:
        """It lost pushes on its own way to the cluster."""
        if self in self.cluster.watchers:
            cluster = self.cluster
            self._tell(words.Watched("", TOPIC, cluster.epoch, cluster.number, None, reset="history"))

    def take_away(self) -> None:
        """The topic is taken; whoever asks may have it again."""
        if self in self.cluster.watchers:
            self.gone()
            self._tell(words.Unwatched(TOPIC, "watch.again"))

    def gone(self) -> None:
        """It watches no more."""
        if self in self.cluster.watchers:
            self.cluster.watchers.remove(self)

    def _ask(self, ask: words.Ask) -> None:
        if self.leaving or self._is_in_trouble():
            self._tell(words.Failed(ask.id, "unavailable", "just now", True, AFTER_S))
            return
        text = msgspec.msgpack.decode(ask.command)["text"]
        answer = self.cluster.comment(self._user, ask.id, text)
        if self._is_in_trouble():
            self._tell(words.Failed(ask.id, "unknown", "no answer in time", True, AFTER_S))
        elif not self._is_in_trouble():  # else it is never answered
            self._tell(words.Replied(ask.id, answer))

    def _watch(self, watch: words.Watch) -> None:
        if self.leaving or self._is_in_trouble():
            self._tell(words.Failed(watch.id, "unavailable", "just now", True, AFTER_S))
            return
        cluster = self.cluster
        missed, reset = cluster.missed(watch.since)
        self.gone()
        cluster.watchers.append(self)
        known = self._saver and watch.since is not None and not reset
        pushes = [words.Push(TOPIC, cluster.epoch, *one) for one in missed]
        snapshot = None if known else cluster.card()
        together, rest = pushes[:TOGETHER], pushes[TOGETHER:]
        self._tell(
            words.Watched(watch.id, watch.topic, cluster.epoch, cluster.number, snapshot, together, reset)
        )
        for push in rest:
            self._tell(push)

    def _is_in_trouble(self) -> bool:
        return self.cluster.chance.random() < self._trouble

    def _tell(self, message: words.GatewayMessage) -> None:
        self._say(messages_of(msgspec.msgpack.encode(message)))
