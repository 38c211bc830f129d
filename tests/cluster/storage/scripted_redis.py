"""Servers that misbehave to order: one that answers by script, one that stands before a real one and cuts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import hiredis

Answer = Callable[[list[bytes]], bytes]


@asynccontextmanager
async def scripted(path: Path, answer: Answer) -> AsyncIterator[list[list[bytes]]]:
    """Answers each command as told; an empty answer ends the connection. Gives the commands seen."""
    seen: list[list[bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = hiredis.Reader()
        while data := await reader.read(65_536):
            parser.feed(data)
            while command := parser.gets():
                seen.append(command)
                if not (said := answer(command)):
                    writer.close()
                    return
                writer.write(said)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield seen
    finally:
        server.close()


class Cutter:
    """Stands between a client and a real server; cuts the connection after so many bytes of answers."""

    def __init__(self, path: Path, target: str) -> None:
        self._path, self._target = path, target.removeprefix("unix://")
        self.left_bytes: int | None = None  # None: everything passes
        self.cuts = 0

    @asynccontextmanager
    async def standing(self) -> AsyncIterator["Cutter"]:
        """While it stands, `url` leads through it."""
        server = await asyncio.start_unix_server(self._serve, self._path)
        try:
            yield self
        finally:
            server.close()

    @property
    def url(self) -> str:
        """Where a client reaches it."""
        return f"unix://{self._path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_unix_connection(self._target)
        asking = asyncio.ensure_future(_pass_on(reader, behind_writer))
        try:
            while data := await behind_reader.read(65_536):
                if self.left_bytes is not None:
                    data, self.left_bytes = data[: self.left_bytes], self.left_bytes - len(data)
                writer.write(data)
                if self.left_bytes is not None and self.left_bytes < 0:
                    self.left_bytes = None
                    self.cuts += 1
                    break
        except ConnectionError:
            return
        finally:
            asking.cancel()
            writer.close()
            behind_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()
