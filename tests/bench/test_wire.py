"""What a crowd says, read back by those who must understand it."""

import struct
from pathlib import Path

import msgspec

from bench import wire
from gateway.ws.frames import FrameReader
from gateway.ws.handshake import answer_to
from protocol.session import Ask, Hello, PhoneMessage, Watch


def _read(raw: bytes) -> PhoneMessage:
    (_, payload) = next(iter(FrameReader(1 << 16).feed(raw)))
    message: PhoneMessage = msgspec.msgpack.decode(payload, type=PhoneMessage)
    return message


def test_an_upgrade_makes_a_websocket():
    assert answer_to(wire.upgrade("/ws"), ()).accepted


def test_every_message_is_one_of_the_native_protocol():
    assert _read(wire.hello("a token")) == Hello("a token")
    assert isinstance(_read(wire.watch("post:1")), Watch)
    said = _read(wire.comment("post:1", 900))
    assert isinstance(said, Ask)
    assert len(msgspec.msgpack.decode(said.command)["text"]) == 900


def test_an_ask_is_known_by_its_moment_again():
    asked = _read(wire.ask("post:1", {"type": "post.look"}))
    assert isinstance(asked, Ask)
    assert asked.id == wire.MARK


def test_a_file_holds_each_with_its_size(tmp_path: Path):
    file = Path(wire.write(tmp_path / "says", [b"one", b"three"]))
    assert file.read_bytes() == struct.pack("<I", 3) + b"one" + struct.pack("<I", 5) + b"three"
