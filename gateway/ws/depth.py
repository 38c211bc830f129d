"""How deep a frame nests and how much it holds, found out before it is decoded.

Most frames are known to be flat by the number of bytes that may open a list or a map: 0.3 µs for 150 bytes.
Only those that hold more of them than may nest are walked through.
"""

import re

from protocol.session import DEPTH_LIMIT, PARTS_LIMIT

# msgpack: bytes that may open a list or a map, and the size of what opens none and says no size of its own
_OPENERS = bytes([*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])
_NUMBERS = {0xCC: 2, 0xD0: 2, 0xCD: 3, 0xD1: 3, 0xCA: 5, 0xCE: 5, 0xD2: 5, 0xCB: 9, 0xCF: 9, 0xD3: 9}
_EXTENSIONS = {0xD4 + power: 2 + (1 << power) for power in range(5)}
_WORDS = {0xA0 + length: 1 + length for length in range(32)}
_FLAGS = dict.fromkeys((*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC1, 0xC2, 0xC3), 1)
_SIZES = [(_NUMBERS | _EXTENSIONS | _WORDS | _FLAGS).get(byte, 0) for byte in range(256)]
# of what says its size: how many bytes that takes, and how many come on top of it
_SAID = {0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0), 0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0),
         0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)}  # fmt: skip

# JSON: a string, also one without an end, which would else be sought from each of its quotes
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_BESIDE = bytes(set(range(256)) - set(b"[]{}"))


def packed_fits(raw: bytes) -> bool:
    """Whether msgpack stays in bounds; what is cut or broken is for the decoder to refuse."""
    if len(raw) - len(raw.translate(None, _OPENERS)) <= DEPTH_LIMIT:
        return True
    at, end, left = 0, len(raw), 1
    outer: list[int] = []  # what is left to come in those around this one
    for _ in range(PARTS_LIMIT + 1):
        while not left:
            if not outer:
                return True
            left = outer.pop()
        if at >= end:
            return True
        byte = raw[at]
        left -= 1
        if size := _SIZES[byte]:
            at += size
        elif byte in _SAID:
            width, more = _SAID[byte]
            at += 1 + width + more + int.from_bytes(raw[at + 1 : at + 1 + width])
        else:
            if len(outer) == DEPTH_LIMIT:
                return False
            outer.append(left)
            at, left = _opened(raw, at, byte)
    return False


def _opened(raw: bytes, at: int, byte: int) -> tuple[int, int]:
    """Where the content of a list or a map begins, and of how many parts it is."""
    if byte < 0xA0:
        return at + 1, (byte & 0x0F) << (byte < 0x90)
    width = 4 if byte & 1 else 2
    return at + 1 + width, int.from_bytes(raw[at + 1 : at + 1 + width]) << (byte >= 0xDE)


def written_fits(raw: bytes) -> bool:
    """Whether JSON stays in bounds; what is cut or broken is for the decoder to refuse."""
    if raw.count(b"[") + raw.count(b"{") <= DEPTH_LIMIT:
        return True
    bare = _STRING.sub(b"", raw)
    left = bare.translate(_SQUARE, _BESIDE)
    if 1 + bare.count(b",") + bare.count(b":") + left.count(b"[") > PARTS_LIMIT:
        return False
    for _ in range(DEPTH_LIMIT):
        left = left.replace(b"[]", b"")  # the inmost ones
    return b"[]" not in left and left.count(b"[") <= DEPTH_LIMIT
