"""The operator's way into a running process: a Unix socket, one JSON line in, one out.

Who may open it is a matter of its folder, which is the owner's alone.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from cluster.embedded.trouble import Trouble

SOCKET = "admin.sock"
ANSWER_WITHIN_S = 5.0
LINE_BYTES = 16 << 20

Answerer = Callable[[], Awaitable[Any]]


class Question(msgspec.Struct):
    """What is asked."""

    ask: str


@asynccontextmanager
async def admitted(path: Path, **answerers: Answerer) -> AsyncIterator[None]:
    """Answers while it is open: what can be asked is named by the arguments."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            async for line in reader:
                writer.write(msgspec.json.encode(await _answer(line, answerers)) + b"\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _answer(line: bytes, answerers: dict[str, Answerer]) -> dict[str, Any]:
    try:
        question = msgspec.json.decode(line, type=Question)
    except msgspec.DecodeError as error:
        return {"error": f"not a question: {error}"}
    answerer = answerers.get(question.ask)
    if answerer is None:
        return {"error": f"unknown: {question.ask}; known are {', '.join(answerers)}"}
    return {question.ask: await answerer()}


async def asked(path: Path, what: str) -> Any:
    """The answer, for who must not wait for it; raises OSError, DecodeError or KeyError."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_BYTES)
    try:
        writer.write(msgspec.json.encode(Question(what)) + b"\n")
        return msgspec.json.decode(await reader.readline())[what]
    finally:
        writer.close()


def ask(path: Path, what: str) -> Any:
    """The answer of a running engine room."""
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(ANSWER_WITHIN_S)
            door.connect(str(path))
            door.sendall(msgspec.json.encode(Question(what)) + b"\n")
            with door.makefile("rb") as answers:
                line = answers.readline(LINE_BYTES)
    except (OSError, TimeoutError) as error:
        text = f"the engine does not answer on {path} ({error}): it is starting, or look into its log"
        raise Trouble("engine_failed", text) from error
    answer = msgspec.json.decode(line or b'{"error": "it hung up"}')
    if "error" in answer:
        raise Trouble("engine_failed", f"the engine could not answer: {answer['error']}")
    return answer[what]
