"""Lists that the cells keep and every gateway watches whole: what is on them is known here without asking."""

import asyncio
import logging
from functools import partial
from typing import Protocol

import msgspec

from gateway.ports import Joined, News, Topics
from protocol.errors import MantaError
from protocol.messages import Command, Reply

RETRY_S = 0.5
TIDY_EVERY_S = 60.0

log = logging.getLogger("manta.gateway.entry")


class Hearer(Protocol):
    """What is made of the lists of one kind: `kind:0`, `kind:1` and so on."""

    kind: str
    count: int
    command: Command  # that reads one of them

    def joined(self, number: int, reply: Reply) -> None:
        """A list is watched from here on, and this is how it stands."""

    def told(self, number: int, message: msgspec.Raw) -> None:
        """Something was added to it."""

    def lost(self, number: int) -> None:
        """It is watched no more: something may be missed until it is joined again."""

    def tidy(self) -> None:
        """Forgets what is over; asked about once a minute."""


class Lists:
    """Watches all lists that its hearers want, and watches them again when they are lost."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._hearers: dict[str, Hearer] = {}
        self._missing: dict[tuple[str, int], None] = {}
        self._wake = asyncio.Event()
        topics.listen(self)

    def add(self, hearer: Hearer) -> None:
        """Watches these too; before it begins."""
        self._hearers[hearer.kind] = hearer
        self._missing.update(((hearer.kind, number), None) for number in range(hearer.count))

    async def keep_watching(self) -> None:
        """Watches all lists until it is cancelled."""
        while True:
            self._wake.clear()
            await asyncio.gather(*[self._watch(kind, number) for kind, number in list(self._missing)])
            await self._rest(RETRY_S if self._missing else TIDY_EVERY_S)
            for hearer in self._hearers.values():
                hearer.tidy()

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _watch(self, kind: str, number: int) -> None:
        ref, command = f"{kind}:{number}", self._hearers[kind].command
        try:
            await self._topics.watch(ref, ref, command, None, "", partial(self._join, kind, number))
        except MantaError as error:
            log.warning("the list %s is not watched just now: %s", ref, error.code)
        except Exception:
            log.exception("the list %s is not watched; it is tried again", ref)

    def _join(self, kind: str, number: int, reply: Reply, joined: Joined) -> None:
        self._missing.pop((kind, number), None)
        self._hearers[kind].joined(number, reply)

    # what the topics tell

    def pushed(self, news: News) -> None:
        """Something was added."""
        kind, number = _list_of(news.topic)
        self._hearers[kind].told(number, news.message)

    def reset(self, topic: str, joined: Joined) -> None:
        """Some may have been missed: the list is read anew."""
        self._lost(topic)

    def closed(self, topic: str, error: MantaError) -> None:
        """The list must be watched anew."""
        self._lost(topic)

    def _lost(self, topic: str) -> None:
        kind, number = _list_of(topic)
        self._missing[kind, number] = None
        self._hearers[kind].lost(number)
        self._wake.set()


def _list_of(topic: str) -> tuple[str, int]:
    kind, _, number = topic.partition(":")
    return kind, int(number)
