"""The links of one cell to the others, opened when there is something to say."""

import asyncio
import logging
from functools import partial

from cluster.directory import Directory
from cluster.link.frames import Frame, Hello
from cluster.link.link import Link
from cluster.link.transport import Transport

WAITING_FRAMES = 1_000  # while a link is being opened; what is dropped is told again by the core
OPEN_WITHIN_S = 5.0
PAUSE_S = 0.2  # after a cell was not reached

_log = logging.getLogger(__name__)


class Peers:
    """What this cell says to other cells; what gets lost is repeated by who said it."""

    def __init__(self, directory: Directory, transport: Transport, mine: Hello) -> None:
        self._directory, self._transport, self._mine = directory, transport, mine
        self._links: dict[str, Link] = {}
        self._waiting: dict[str, list[Frame]] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}

    def send(self, cell: str, frame: Frame) -> None:
        """Says something to a cell, once there is a link."""
        if (link := self._links.get(cell)) is not None:
            link.send(frame)
            return
        waiting = self._waiting.setdefault(cell, [])
        if len(waiting) < WAITING_FRAMES:
            waiting.append(frame)
        if cell not in self._opening:
            task = asyncio.get_running_loop().create_task(self._open(cell))
            self._opening[cell] = task
            task.add_done_callback(lambda _: self._opening.pop(cell, None))

    def stay_in_touch(self) -> None:
        """Lets go of cells that do not answer; to be called every second or so."""
        for link in list(self._links.values()):
            link.stay_in_touch()

    def __len__(self) -> int:
        return len(self._links)

    async def close(self) -> None:
        """Ends all links."""
        for task in list(self._opening.values()):
            task.cancel()
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for link in list(self._links.values()):
            link.close()

    async def _open(self, cell: str) -> None:
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                if (address := await self._directory.address(cell)) is not None:
                    welcome = partial(self._welcome, cell)
                    await self._transport.connect(address, self._mine, welcome, expect=cell)
        except Exception as error:
            _log.info("%s does not reach %s: %s", self._mine.name, cell, error)
        if cell not in self._links:
            await asyncio.sleep(PAUSE_S)
            self._waiting.pop(cell, None)

    def _welcome(self, cell: str, link: Link) -> None:
        self._links[cell] = link
        link.on_closed = partial(self._closed, cell, link)
        for frame in self._waiting.pop(cell, ()):
            link.send(frame)

    def _closed(self, cell: str, link: Link, cause: str) -> None:
        if self._links.get(cell) is link:
            del self._links[cell]
