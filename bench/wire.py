"""What phones of a crowd say, as bytes on the wire: each side of a bench is spoken to in its own words."""

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

STAMP = "@" * 16  # the crowd puts the intended moment there, in hex
MARK = "~t" + STAMP  # and reads it where this comes back
BINARY = 0x82


def upgrade(path: str) -> bytes:
    """The request that makes a connection a WebSocket."""
    lines = (
        f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: bWFudGEtYmVuY2gtcGhvbg==", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def frame(payload: bytes) -> bytes:
    """One frame of a client, masked with zeros: the mask costs the server the same, and the crowd nothing."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
    return bytes([BINARY]) + length + bytes(4) + payload


def message(words: Mapping[str, Any]) -> bytes:
    """One message of the native protocol."""
    return frame(msgspec.msgpack.encode(words))


def hello(token: str) -> bytes:
    """Who speaks."""
    return message({"type": "hello", "token": token})


def watch(post: str) -> bytes:
    """Looks at a post."""
    return message({"type": "watch", "id": "w", "topic": post, "command": {"type": "post.view"}})


def ask(to: str, command: Mapping[str, Any]) -> bytes:
    """Asks under an id that is the intended moment, and comes back with the answer."""
    return message({"type": "ask", "id": MARK, "to": to, "command": command})


def comment(post: str, characters: int, of: str = " manta") -> bytes:
    """A comment that tells its intended moment."""
    text = (MARK + of * characters)[: max(len(MARK), characters)]
    ask = {"type": "ask", "id": STAMP, "to": post, "command": {"type": "post.comment", "text": text}}
    return message(ask)


def plain(size: int) -> bytes:
    """What peers send on: a message of so many bytes that tells its intended moment."""
    return frame((MARK + "x" * size)[:size].encode())


def write(path: Path, blobs: Iterable[bytes]) -> str:
    """The file that a crowd reads."""
    path.write_bytes(b"".join(struct.pack("<I", len(blob)) + blob for blob in blobs))
    return str(path)
