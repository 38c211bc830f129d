"""The topic `cluster`: figures of the moment, once a second while an operator looks.

It is the gateway's own, so that it goes on when cells or the journal do not.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from gateway.own_words import with_word
from gateway.ports import ClientCommands, Figure, Figures, Joined, Listener, News, Topics
from protocol.cluster import ClusterFigures, ClusterMoved, FigureNow, SpreadNow, ViewCluster
from protocol.errors import Malformed, MantaError
from protocol.messages import Command, Reply

log = logging.getLogger("manta.gateway")

TOPIC = "cluster"
EVERY_S = 1.0

Admit = Callable[[str], Awaitable[None]]
"""Lets a user look, or raises Rejected."""


def with_overview(commands: ClientCommands) -> ClientCommands:
    """What a phone may say, this word included."""
    return with_word(commands, ViewCluster)


class Overview:
    """The `Topics` of the sockets: those of the cells, and this one."""

    def __init__(
        self, topics: Topics, figures: Figures, gateway: str, admit: Admit,
        rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._topics, self._figures, self._gateway, self._admit = topics, figures, gateway, admit
        self._rest = rest
        self._listener: Listener
        self._telling: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> None:
        """Says who hears the pushes."""
        self._listener = listener
        self._topics.listen(listener)

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        """Reads and joins at one moment."""
        if topic != TOPIC:
            await self._topics.watch(topic, ref, command, since, caller, on_joined, timeout_s)
            return
        if not isinstance(command, ViewCluster):
            raise Malformed("the topic cluster is watched with cluster.view")
        await self._admit(caller)
        figures, spreads = await self._gathered()
        on_joined(ClusterFigures(_now_ms(), figures, spreads), Joined(self._gateway, 0))
        if self._telling is None:
            self._telling = asyncio.ensure_future(self._tell())

    def unwatch(self, topics: Iterable[str]) -> None:
        """These topics are needed no more."""
        names = list(topics)
        if TOPIC in names:
            self.close()
        self._topics.unwatch([name for name in names if name != TOPIC])

    def close(self) -> None:
        """Tells nobody any more."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None

    async def _tell(self) -> None:
        while True:
            await self._rest(EVERY_S)
            try:
                figures, spreads = await self._gathered()
            except MantaError as error:
                log.warning("figures cannot be had: %s", error.code)
                continue
            message = msgspec.Raw(msgspec.msgpack.encode(ClusterMoved(_now_ms(), figures, spreads)))
            self._listener.pushed(News(TOPIC, self._gateway, 0, 0, message))

    async def _gathered(self) -> tuple[list[FigureNow], list[SpreadNow]]:
        """All figures; what is of no gateway in particular is told of by this one."""
        figures: list[FigureNow] = []
        spreads: list[SpreadNow] = []
        for each in await self._figures.figures():
            labels = {"gateway": self._gateway} | each.labels
            if isinstance(each, Figure):
                figures.append(FigureNow(each.name, labels, each.value))
            else:
                counts = list(each.counts)
                spreads.append(SpreadNow(each.name, labels, list(each.bounds_s), counts, each.sum_s))
        return figures, spreads


def _now_ms() -> int:
    return int(time.time() * 1_000)
