"""The pool: hands orders to the stem, hears the workers, and outlives whatever becomes of either."""

import asyncio
import logging
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path

import msgspec

from media_workers.crew.hearing import READ_BYTES, Heard, Told
from media_workers.crew.trouble import Crashed, OverLimit
from media_workers.crew.words import Ended, Frames, FromStem, Kill, Limits, Order, Ready, Run, ToStem, frame
from media_workers.photo.result import PhotoMade

STEM = "media_workers.crew.stem"
START_WITHIN_S = 30.0
KILLED_WITHIN_S = 5.0

_log = logging.getLogger(__name__)
_decode_word = msgspec.msgpack.Decoder(FromStem).decode


class Cost(msgspec.Struct):
    """What workers have taken so far."""

    orders: int = 0
    cpu_s: float = 0.0
    largest_bytes: int = 0


class _Stem:
    """One life of the stem, and who waits for which worker."""

    def __init__(self, process: Process, line: socket.socket, ready: Ready) -> None:
        self.process, self.line, self.ready = process, line, ready
        self.waiting: dict[int, asyncio.Future[Ended]] = {}

    def heard(self, word: FromStem) -> None:
        """Wakes who waits for a worker that is gone."""
        if isinstance(word, Ended) and (waiting := self.waiting.get(word.number)) is not None:
            if not waiting.done():
                waiting.set_result(word)


class Pool:
    """Carries out orders, as many side by side as it is asked for; to be used as an async context."""

    def __init__(self, limits: Limits | None = None, stem: str = STEM) -> None:
        self.cost = Cost()
        self._module = stem
        self._limits = limits or Limits()
        self._stem: _Stem | None = None
        self._hearing: set[asyncio.Task[None]] = set()  # one for each stem that is not buried yet
        self._starting = asyncio.Lock()
        self._number = 0

    async def __aenter__(self) -> "Pool":
        await self._living()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._stem is not None:
            _hang_up(self._stem)
        await asyncio.gather(*self._hearing)

    @property
    def is_cut_off(self) -> bool:
        """Whether workers are without a network; not every system lets us take it from them."""
        return self._stem is not None and self._stem.ready.is_cut_off

    @property
    def is_walled(self) -> bool:
        """Whether workers reach no file outside their folders; older kernels know no wall."""
        return self._stem is not None and self._stem.ready.is_walled

    @property
    def stem_pid(self) -> int:
        """The process that forks the workers; 0 where there is none just now."""
        return self._stem.process.pid if self._stem is not None else 0

    async def carry_out(self, order: Order, folder: Path, heard: Heard | None = None) -> PhotoMade:
        """Carries out one order on the original in a folder; raises Unfit, OverLimit or Crashed."""
        stem = await self._living()
        self._number += 1
        number, told = self._number, Told(heard)
        ended = stem.waiting[number] = asyncio.get_running_loop().create_future()
        reading, writing = os.pipe()
        try:
            try:
                self._say(stem, Run(number, str(folder), order, self._limits), writing)
            finally:
                os.close(writing)
            end = await self._watched(stem, number, reading, told)
        finally:
            os.close(reading)
            if not ended.done():
                await self._kill(stem, number)
            del stem.waiting[number]
        self._count(end)
        return told.result(end, folder, self._limits)

    def _count(self, end: Ended) -> None:
        cost = self.cost
        cost.orders, cost.cpu_s = cost.orders + 1, cost.cpu_s + end.cpu_s
        cost.largest_bytes = max(cost.largest_bytes, end.memory_bytes)

    async def _kill(self, stem: _Stem, number: int) -> None:
        """Nobody waits for this worker any more; its folder is free when this returns."""
        with suppress(Crashed, TimeoutError):
            self._say(stem, Kill(number))
            async with asyncio.timeout(KILLED_WITHIN_S):
                await stem.waiting[number]

    async def _watched(self, stem: _Stem, number: int, reading: int, told: "Told") -> Ended:
        """Hears a worker until it is gone."""
        loop = asyncio.get_running_loop()
        os.set_blocking(reading, False)

        def hear() -> None:
            if not told.take(reading):
                loop.remove_reader(reading)
                if told.complaint:
                    self._say(stem, Kill(number))

        loop.add_reader(reading, hear)
        try:
            async with asyncio.timeout(self._limits.wall_s):
                end = await asyncio.shield(stem.waiting[number])
        except TimeoutError:
            raise OverLimit("wall_s", f"no end within {self._limits.wall_s:g} s") from None
        finally:
            loop.remove_reader(reading)
        while told.take(reading):
            pass  # what it said last may have come after we heard of its end
        return end

    def _say(self, stem: _Stem, word: ToStem, *pipes: int) -> None:
        try:
            sent = socket.send_fds(stem.line, [frame(word)], list(pipes))
        except OSError as error:
            self._lose(stem)
            raise Crashed(f"the stem is gone: {error}") from error
        if sent < len(frame(word)):
            self._lose(stem)
            stem.process.kill()  # half a word would be taken for another one
            raise Crashed("the stem does not hear")

    # the stem

    def _lose(self, stem: _Stem) -> None:
        """The next order starts another one."""
        if self._stem is stem:
            self._stem = None

    async def _living(self) -> _Stem:
        """The stem; a new one where it is gone."""
        async with self._starting:
            if self._stem is None:
                self._stem = await self._started()
                hearing = asyncio.get_running_loop().create_task(self._hear(self._stem))
                self._hearing.add(hearing)
                hearing.add_done_callback(self._hearing.discard)
            return self._stem

    async def _started(self) -> _Stem:
        ours, theirs = socket.socketpair()
        with theirs:
            ours.setblocking(False)
            words = ["-m", self._module, str(theirs.fileno()), str(os.getpid())]
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", *words, stdin=DEVNULL, stdout=DEVNULL, pass_fds=[theirs.fileno()],
                start_new_session=True, env={"LANG": "C.UTF-8", "PATH": os.defpath},
            )  # fmt: skip
        try:
            async with asyncio.timeout(START_WITHIN_S):
                first = await asyncio.get_running_loop().sock_recv(ours, READ_BYTES)
            ready = _decode_word(Frames().take(first)[0])
            if not isinstance(ready, Ready) or ready.threads != 1:
                raise ValueError(f"a fork of a stem like this could hang: {ready}")
        except (TimeoutError, OSError, IndexError, ValueError) as error:
            ours.close()
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise Crashed(f"the stem does not start: {error or type(error).__name__}") from error
        return _Stem(process, ours, ready)

    async def _hear(self, stem: _Stem) -> None:
        """Takes the ends of workers until the stem's own."""
        loop, frames = asyncio.get_running_loop(), Frames()
        try:
            while data := await loop.sock_recv(stem.line, READ_BYTES):
                for whole in frames.take(data):
                    stem.heard(_decode_word(whole))
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            _log.warning("the stem is given up: %s: %s", type(error).__name__, error)
        self._lose(stem)
        await self._buried(stem)
        for waiting in stem.waiting.values():
            if not waiting.done():
                waiting.set_exception(Crashed("the stem was killed, and the workers with it"))

    async def _buried(self, stem: _Stem) -> None:
        """Whatever it was doing: it is gone when this returns."""
        stem.line.close()
        try:
            async with asyncio.timeout(KILLED_WITHIN_S):
                await stem.process.wait()
        except TimeoutError:
            stem.process.kill()
            await stem.process.wait()


def _hang_up(stem: _Stem) -> None:
    """The stem ends its workers and itself when it hears no more of us."""
    with suppress(OSError):
        stem.line.shutdown(socket.SHUT_RDWR)
