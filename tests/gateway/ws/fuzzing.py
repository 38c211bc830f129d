"""A million broken frames for one gateway: `python -m tests.gateway.ws.fuzzing --frames 1000000`.

Each socket says hello, or not, and then frames that are whole, cut, flipped, spliced or made of chance. No
exception may come out, each socket must end with a code of the protocol or still be open, and all that was
refused must have been refused by code.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import msgspec

from actors.nouns import manta
from gateway.deadlines import Deadlines
from gateway.ports import Joined, Listener, News
from gateway.ws.connection import Connection
from gateway.ws.floor import Floor, Ports
from gateway.ws.limits import Limits
from protocol.errors import Rejected
from protocol.messages import Command, Reply
from protocol.post import LikeCount, PostCard
from protocol.session import CAUSES
from tests.gateway.ws.ear import messages_in
from tests.gateway.ws.frames_sent import frame
from tests.gateway.ws.venue import LittleTokens, Notebook

CARD = PostCard("1", "ann", "The sea", None, 0, 0, False, 1)
CLOSES = {1000, 1002, 1007, 1009, *CAUSES}
ERRORS = {
    "malformed",
    "overloaded",
    "too_fast",
    "unavailable",
    "watch.left",
    "watch.not_a_read",
    "watch.too_many",
    "post.unknown",
}
COMMANDS: list[Any] = [
    {"type": "post.view"}, {"type": "post.like"}, {"type": "post.create", "caption": "x"},
    {"type": "post.comment", "text": "Grüße"}, {"type": "probe.beat", "n": 1}, {"type": ""}, {}, [], 7, None,
    [[[[[[[[[[[[]]]]]]]]]]]], {"type": "post.comment", "text": {"type": "post.view"}},
]  # fmt: skip
DEEP: list[Any] = [[] for _ in range(3)]  # deeper than anything may nest, and deep enough for any parser
for levels, start in ((16, 0), (200, 1), (900, 2)):
    for _ in range(levels):
        DEEP[start] = [DEEP[start]] if levels % 3 else {"type": DEEP[start]}


class Answering:
    """Cells and topics that answer at once, by chance with a refusal."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def begin(
        self, ref: str, command: Command, caller: str, call: str | None, timeout_s: float
    ) -> "asyncio.Future[Reply]":
        assert caller == "ann"
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        if self.chance.random() < 0.2:
            future.set_exception(Rejected("post.unknown"))
        else:
            future.set_result(LikeCount(1))
        return future

    def listen(self, listener: Listener) -> None:
        self.listener = listener

    async def watch(
        self, topic: str, ref: str, command: Command, since: tuple[str, int] | None, caller: str,
        on_joined: Callable[[Reply, Joined], None], timeout_s: float = 5.0,
    ) -> None:  # fmt: skip
        await asyncio.sleep(0)
        on_joined(CARD, Joined("e", 0))

    def unwatch(self, topics: Iterable[str]) -> None: ...

    def push(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self.listener.pushed(News(topic, "e", 0, 0, msgspec.Raw(msgspec.msgpack.encode(CARD))))


class Wire(asyncio.Transport):
    """Takes everything, and remembers it."""

    def __init__(self) -> None:
        self.sent = b""
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def close(self) -> None:
        self.closing = True

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


class Author:
    """Writes frames, most of them a little wrong."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def pick(self, right: Sequence[Any], wrong: Sequence[Any]) -> Any:
        """One of the right ones, most of the time."""
        return self.chance.choice(wrong if self.chance.random() < 0.01 else right)

    def message(self) -> dict[str, Any]:
        """One message, mostly as it should be."""
        chance, pick = self.chance, self.pick
        kind = pick(
            ["ask", "watch", "watch", "unwatch", "observe", "saver", "ping"], ["hello", "push", 1, ""]
        )
        ref = pick(["post:1", "post:2", "probe:1", "nothing"], ["", "post:" + "y" * 200, 5, None])
        command = pick(COMMANDS, DEEP) if chance.random() < 0.2 else chance.choice(COMMANDS)
        fields: dict[Any, dict[str, Any]] = {
            "hello": {"token": chance.choice(["ann", "", 1])},
            "ask": {"id": str(chance.randrange(9)), "to": ref, "command": command},
            "watch": {
                "id": "w", "topic": ref, "command": command,
                "since": pick([None, ["e", 0]], [["e", -1], "e"]),
            },
            "unwatch": {"topics": [ref, "post:1"]},
            "observe": {"seen": [{"what": pick(["visit", "dwell"], ["x"]), "ref": ref}]},
            "saver": {"on": pick([True, False], [1])},
            "ping": {"at": pick([0, 2**53], [-1, 2**63, "now", 1e300])},
        }  # fmt: skip
        return {"type": kind, **fields.get(kind, {})}

    def payload(self) -> tuple[int, bytes]:
        chance = self.chance
        said: Any = self.message()
        if chance.random() < 0.2:
            said = [self.message() for _ in range(self.pick([1, 2, 3], [0]))]
        opcode = chance.choice([1, 2])
        raw = msgspec.json.encode(said) if opcode == 1 else msgspec.msgpack.encode(said)
        return opcode, self.broken(raw) if chance.random() < 0.02 else raw

    def broken(self, raw: bytes) -> bytes:
        chance, changed = self.chance, bytearray(raw)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(changed) + 1)
            turn = chance.randrange(4)
            if turn == 0:
                changed[at:at] = chance.randbytes(chance.randrange(4))
            elif turn == 1:
                del changed[at : at + chance.randrange(8)]
            elif turn == 2 and at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            else:
                changed += changed[at:]
        return bytes(changed)

    def frame(self) -> bytes:
        chance = self.chance
        turn = chance.random()
        if turn < 0.85:
            return frame(*self.payload())
        if turn < 0.90:
            opcode, payload = self.payload()
            cut = chance.randrange(len(payload) + 1)
            return frame(opcode, payload[:cut], fin=False) + frame(0, payload[cut:])
        if turn < 0.95:
            return frame(self.pick([9, 10], [8]), chance.randbytes(chance.choice([0, 2, 60, 125])))
        if turn < 0.97:
            return self.broken(frame(*self.payload()))
        if turn < 0.99:
            payload = chance.randbytes(chance.choice([0, 5, 130]))
            fin, rsv, masked = chance.random() < 0.5, chance.randrange(8), chance.random() < 0.5
            return frame(chance.randrange(16), payload, fin=fin, rsv=rsv, masked=masked)
        return chance.randbytes(chance.randrange(1, 200))


class Fuzz:
    """One gateway's floor, and sockets that come and go on it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.loop = asyncio.get_running_loop()
        self.faults: list[str] = []
        self.loop.set_exception_handler(lambda _, context: self.faults.append(str(context)))
        self.answering = Answering(self.chance)
        tokens = LittleTokens(time.time)
        tokens.troubles[""] = Rejected("token.missing")
        commands = manta().decode_client_command
        ports = Ports(self.answering, self.answering, tokens, Notebook(), commands)
        self.floor = Floor(ports, Limits(messages_per_s=1e6, burst_messages=10**6), Deadlines(self.loop))
        self.ends: Counter[int] = Counter()
        self.answers: Counter[str] = Counter()

    async def run(self, frames: int) -> None:
        """So many frames, on as many sockets as it takes."""
        author, said = Author(self.chance), 0
        while said < frames:
            wire = Wire()
            connection = Connection(self.floor, wire)
            if self.chance.random() < 0.9:
                connection.data_received(frame(2, msgspec.msgpack.encode({"type": "hello", "token": "ann"})))
                await asyncio.sleep(0)
            for _ in range(self.chance.randrange(1, 60)):
                data = author.frame()
                cut = self.chance.randrange(len(data) + 1) if self.chance.random() < 0.2 else len(data)
                connection.data_received(data[:cut])
                connection.data_received(data[cut:])
                said += 1
                if self.chance.random() < 0.1:
                    await asyncio.sleep(0)
                    self.answering.push(["post:1", "post:2"])
                if wire.closing or not connection.is_open():
                    break
            await asyncio.sleep(0)
            connection.connection_lost(None)
            self._judge(wire.sent)
        assert self.floor.connections == 0
        assert self.floor.sessions() == 0
        await self.floor.close()
        assert len(self.floor.hub) == 0, "somebody left without leaving their topics"

    def _judge(self, sent: bytes) -> None:
        for opcode, payload in frames_in(sent):
            if opcode == 8:
                code = int.from_bytes(payload[:2])
                self.ends[code] += 1
                if code not in CLOSES and not 3000 <= code < 5000 and code not in range(1001, 1012):
                    self.faults.append(f"a socket was closed with {code}")
            elif opcode in (1, 2):
                self._answer(framed_again(opcode, payload))

    def _answer(self, whole: bytes) -> None:
        for message in messages_in(whole):
            kind = message["type"]
            self.answers[message["code"] if kind == "error" else kind] += 1
            if kind == "error" and message["code"] not in ERRORS:
                self.faults.append(f"refused without a known code: {message}")


def frames_in(sent: bytes) -> Iterable[tuple[int, bytes]]:
    """What a server sent, frame by frame."""
    while sent:
        size, at = sent[1], 2
        if size == 126:
            size, at = int.from_bytes(sent[2:4]), 4
        elif size == 127:
            size, at = int.from_bytes(sent[2:10]), 10
        yield sent[0] & 0x0F, sent[at : at + size]
        sent = sent[at + size :]


def framed_again(opcode: int, payload: bytes) -> bytes:
    """A frame for those who read frames."""
    return frame(opcode, payload, masked=False)


def main(words: Sequence[str] | None = None) -> int:
    """Runs it; non-zero when anything came out that should not."""
    parser = argparse.ArgumentParser(prog="python -m tests.gateway.ws.fuzzing", description=__doc__)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)

    async def fuzz() -> Fuzz:
        one = Fuzz(arguments.seed)
        await one.run(arguments.frames)
        return one

    done = asyncio.run(fuzz())
    told = {"frames": arguments.frames, "seed": arguments.seed, "faults": done.faults[:10]}
    print(json.dumps({**told, "ends": dict(done.ends), "answers": dict(done.answers)}))
    return 1 if done.faults else 0


if __name__ == "__main__":
    sys.exit(main())
