"""Watchers of topics: they join, lose the link, come back elsewhere with what they have, and miss nothing."""

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from cluster.link.frames import Answer, Joined, Pushed
from tests.sim.words import Line, ReadRoom, View

if TYPE_CHECKING:
    from tests.sim.world import World

_decode_line = msgspec.msgpack.Decoder(Line).decode


class Beginning(msgspec.Struct):
    """Where a watcher began, or began afresh, and why."""

    at_s: float
    had: int
    number: int
    cause: str


class Watcher:
    """One phone that shows one topic."""

    def __init__(self, world: "World", name: str, topic: str) -> None:
        self.world = world
        self.name = name
        self.topic = topic
        self.ref = topic.partition("/")[0]
        self.gateway = world.gateways[world.chance.choice(world.gateway_names)]
        self.gateway.watchers.append(self)
        self.epoch = ""
        self.have = -1  # the newest number; -1: nothing yet
        self.begun: list[Beginning] = []
        self.seen: list[tuple[int, str]] = []  # number, mark
        self.joined = False
        self.away = False
        self._attempt = 0

    def join(self) -> None:
        """Asks for the topic, with what is there already."""
        if self.away:
            return
        self._attempt += 1
        self.joined = False
        since = None if self.have < 0 else (self.epoch, self.have)
        heard = partial(self._heard, self._attempt)
        self.gateway.send(self.ref, "", "", ReadRoom(), heard, self.topic, since)
        self.world.agenda.after(self.world.weather.patience_s, self._again, self._attempt)

    def lost(self) -> None:
        """The topic is served no more from there, or the link is gone."""
        self.joined = False
        self._attempt += 1
        self.world.agenda.after(0.1 * self.world.chance.random(), self._again, self._attempt)

    def leave(self, for_s: float) -> None:
        """The phone is in a tunnel; it comes back anywhere."""
        self.away, self.joined = True, False
        self._attempt += 1
        self.gateway.watchers.remove(self)
        if self.world.chance.random() < 0.5 and all(w.topic != self.topic for w in self.gateway.watchers):
            self.gateway.unwatch(self.topic)
        self.world.agenda.after(for_s, self.come_back)

    def come_back(self) -> None:
        """Out of the tunnel."""
        if self.away:
            self.away = False
            self.gateway = self.world.gateways[self.world.chance.choice(self.world.gateway_names)]
            self.gateway.watchers.append(self)
            self.join()

    def pushed(self, push: Pushed) -> None:
        """A push came."""
        if not self.joined or not push.number or push.number <= self.have:
            return
        if push.previous > self.have:
            self.world.say("%s misses something before %d", self.name, push.number)
            self.join()
        else:
            self._take(push)

    def _again(self, attempt: int) -> None:
        if attempt == self._attempt and not self.joined:
            self.join()

    def _heard(self, attempt: int, answer: Answer) -> None:
        if attempt != self._attempt or self.joined:
            return
        if answer.no is not None:
            self.world.agenda.after(0.05, self._again, attempt)
            return
        if answer.joined is None:
            self.world.wrong("not_joined", f"{self.name} was answered without being joined")
            return
        self._stand(answer.joined)
        view = self.world.catalogue.decode_reply(answer.reply)
        if self.topic == self.ref and isinstance(view, View) and view.count != answer.joined.number:
            self.world.wrong(
                "torn_read", f"{self.topic} is read at {view.count}, joined at {answer.joined.number}"
            )
        self.joined = True

    def _stand(self, joined: Joined) -> None:
        if self.have < 0 or joined.reset:
            if joined.reset in ("future", "epoch"):
                self.world.wrong("reset", f"{self.name} had {self.have}, and hears: {joined.reset}")
            self.begun.append(Beginning(self.world.agenda.now_s, self.have, joined.number, joined.reset))
            self.have = joined.number
        else:
            for push in joined.missed:
                if push.number > self.have:
                    self._take(push)
        if self.have != joined.number:
            self.world.wrong("silent_gap", f"{self.name} has {self.have} of {joined.number} without a reset")
        self.epoch = joined.epoch
        if self.world.tracing:
            self.world.say("%s joined at %d %s", self.name, joined.number, joined.reset)

    def _take(self, push: Pushed) -> None:
        if push.previous != self.have:
            self.world.wrong("broken_chain", f"{self.name} has {self.have}: {push.previous} -> {push.number}")
        self.have = push.number
        self.seen.append((push.number, _decode_line(push.message).mark))
