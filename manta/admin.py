"""The operator's way into a running process: a Unix socket, one JSON line in, one out.

What takes its time is told in steps, a line each, before the line with the answer. It goes on when who asked
hangs up. Who may open it is a matter of its folder, which is the owner's alone.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cluster.embedded.trouble import Trouble

SOCKET = "admin.sock"
ANSWER_WITHIN_S = 5.0
LINE_BYTES = 16 << 20

Answerer = Callable[[], Awaitable[Any]]
Worker = Callable[[str, Callable[[str], None]], Awaitable[Any]]
"""Does something to what is named, tells its steps, and gives what came of it; raises Trouble."""


class Question(msgspec.Struct):
    """What is asked."""

    ask: str
    of: str = ""  # whom it is about; for work


@asynccontextmanager
async def admitted(
    path: Path, works: Mapping[str, Worker] | None = None, **answerers: Answerer
) -> AsyncIterator[None]:
    """Answers while it is open: what can be asked is named by the arguments."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(**said: Any) -> None:
            if not writer.is_closing():
                writer.write(msgspec.json.encode(said) + b"\n")

        with suppress(ConnectionError):
            async for line in reader:
                say(**await _answer(line, answerers, works or {}, lambda step: say(step=step)))
                await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    path.chmod(0o600)
    inode = path.stat().st_ino
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            if path.stat().st_ino == inode:  # else a successor has the path already
                path.unlink()
        server.close()


async def _answer(
    line: bytes, answerers: Mapping[str, Answerer], works: Mapping[str, Worker], tell: Callable[[str], None]
) -> dict[str, Any]:
    try:
        question = msgspec.json.decode(line, type=Question)
    except msgspec.DecodeError as error:
        return {"error": f"not a question: {error}"}
    try:
        if (worker := works.get(question.ask)) is not None:
            return {question.ask: await worker(question.of, tell)}
        if (answerer := answerers.get(question.ask)) is not None:
            return {question.ask: await answerer()}
    except Trouble as trouble:
        return {"trouble": [trouble.code, trouble.text]}
    return {"error": f"unknown: {question.ask}; known are {', '.join([*answerers, *works])}"}


async def asked(path: Path, what: str, of: str = "") -> Any:
    """The answer, for who must not wait for it; raises OSError, DecodeError or KeyError."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=LINE_BYTES)
    try:
        writer.write(msgspec.json.encode(Question(what, of)) + b"\n")
        return msgspec.json.decode(await reader.readline())[what]
    finally:
        writer.close()


def ask(
    path: Path, what: str, of: str = "", hear: Callable[[str], None] | None = None,
    within_s: float = ANSWER_WITHIN_S,
) -> Any:  # fmt: skip
    """The answer of a running engine room; `hear` is told the steps, each of which may take that long."""
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(within_s)
            door.connect(str(path))
            door.sendall(msgspec.json.encode(Question(what, of)) + b"\n")
            with door.makefile("rb") as answers:
                answer = _heard(answers, hear)
    except (OSError, TimeoutError) as error:
        text = f"the engine does not answer on {path} ({error}): it is starting, or look into its log"
        raise Trouble("engine_failed", text) from error
    if "trouble" in answer:
        raise Trouble(*answer["trouble"])
    if "error" in answer:
        raise Trouble("engine_failed", f"the engine could not answer: {answer['error']}")
    return answer[what]


def _heard(answers: BinaryIO, hear: Callable[[str], None] | None) -> dict[str, Any]:
    """The answer, after all steps."""
    while line := answers.readline(LINE_BYTES):
        answer: dict[str, Any] = msgspec.json.decode(line)
        if "step" not in answer:
            return answer
        if hear is not None:
            hear(answer["step"])
    return {"error": "it hung up"}
