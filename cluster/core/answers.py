"""Once: the first answers of calls, so that the same call again changes nothing and hears the same.

An answer is `recent` while the journal or no full page has it, then part of a page: a page's content lies
with the snapshots, and in memory stay its fingerprints, 4 bytes a call, and up to 4 in a field of bits that
says of nearly all new calls that no page has them: 24 h at 40/s are 28 MB. Two calls of one fingerprint cost
a look at a page: one in 300,000 where 14,000 are known.
"""

from array import array
from bisect import bisect_left
from collections import deque
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import count
from zlib import crc32

import msgspec

from actors.catalogue import UNREADABLE
from cluster.core.records import PageHeader, Raw, encode

Call = tuple[str, Raw, int]  # key, reply, at
PAGE_CALLS = 256  # closing a page takes 0.2 ms
BITS_A_PRINT = 16  # at least: two of them set, so that one new call in 70 is looked for in the pages
FIRST_MARKS_BYTES = 64
PAGE_REF = "#answers/"
PRINTS_OF_4_BYTES = 1
_order = count()


class Sealed:
    """What a flush has to write so that the journal may forget these calls."""

    __slots__ = ("calls", "contents", "dropped", "headers", "up_to")

    def __init__(self, up_to: int, dropped: list[int]) -> None:
        self.up_to = up_to
        self.calls = 0
        self.headers: dict[int, bytes] = {}
        self.contents: dict[str, bytes] = {}
        self.dropped = dropped


_decode_header = msgspec.msgpack.Decoder(PageHeader).decode
decode_page = msgspec.msgpack.Decoder(dict[str, Raw]).decode


def call_key(ref: str, caller: str, call: str) -> str:
    """One name for (entity, caller, call)."""
    return f"{ref}\n{caller}\n{call}"


def _print_of(key: str) -> int:
    """A fifth of what a cryptographic hash takes: it only says where to look."""
    return crc32(key.encode())


def _holds(prints: "array[int]", sought: int) -> bool:
    place = bisect_left(prints, sought)
    return place < len(prints) and prints[place] == sought


class Marks:
    """Fingerprints that may be known, as two bits each in a field; what was added is never taken out."""

    __slots__ = ("_bits", "_mask", "_room")

    def __init__(self, prints: int) -> None:
        size_bytes = FIRST_MARKS_BYTES
        while size_bytes * 8 < prints * BITS_A_PRINT:
            size_bytes *= 2
        self._bits = bytearray(size_bytes)
        self._mask = size_bytes * 8 - 1
        self._room = size_bytes * 8 // BITS_A_PRINT

    def may_hold(self, sought: int) -> bool:
        """False for what was never added."""
        bits, mask = self._bits, self._mask
        one, other = sought & mask, (sought >> 12) & mask
        return bits[one >> 3] >> (one & 7) & 1 == 1 and bits[other >> 3] >> (other & 7) & 1 == 1

    def add(self, prints: "array[int]") -> bool:
        """Takes a page's fingerprints in; False when there were too many already."""
        bits, mask = self._bits, self._mask
        for each in prints:
            one, other = each & mask, (each >> 12) & mask
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)
        self._room -= len(prints)
        return self._room >= 0


class Answers:
    """The first answers of one partition."""

    __slots__ = (
        "_closed", "_found", "_marks", "_number", "_old", "_page", "_pages", "_sealed", "log", "recent",
    )  # fmt: skip

    def __init__(self) -> None:
        self.recent: dict[str, Raw] = {}
        self.log: deque[tuple[int, list[Call]]] = deque()  # by journal entry
        self._found: list[tuple[int, int, Call]] = []  # at a take-over, all older than the log; a heap
        self._page: list[Call] = []  # that still grows
        self._closed: list[Call] = []  # of full pages, until the store has them
        self._number = 1
        self._pages: dict[int, tuple[int, array[int]]] = {}  # number -> newest call, fingerprints
        self._old: dict[int, array[int]] = {}  # number -> fingerprints of 8 bytes
        self._sealed = 0
        self._marks = Marks(0)

    def sealed(self) -> int:
        """How many answers lie in full pages."""
        return self._sealed

    def find(self, key: str) -> Raw | None:
        """The first answer, if it is in memory."""
        return self.recent.get(key)

    def written(self) -> None:
        """The store has what was sealed last."""
        if self._closed:
            closed, self._closed, recent = self._closed, [], self.recent
            for key, _, _ in closed:
                recent.pop(key, None)

    def found(self, entry: int, key: str, reply: Raw, at: int) -> None:
        """A call in the journal of whoever held the partition before; they are found in no order."""
        self.recent[key] = reply
        heappush(self._found, (entry, next(_order), (key, reply, at)))

    def page_of(self, key: str, beyond: int = 0) -> int:
        """The first page beyond that one where the first answer may lie; 0 if there is none."""
        if self._old and (number := self._old_page_of(key, beyond)):
            return number
        if not self._sealed or not self._marks.may_hold(sought := _print_of(key)):
            return 0
        for number, (_, prints) in self._pages.items():
            if number > beyond and _holds(prints, sought):
                return number
        return 0

    def _old_page_of(self, key: str, beyond: int) -> int:
        """Pages of before fingerprints had 4 bytes go when they are a day old, as all do."""
        sought = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")
        for number, prints in self._old.items():
            if number > beyond and _holds(prints, sought):
                return number
        return 0

    def restore(self, pages: dict[int, bytes]) -> list[int]:
        """Takes over the pages' headers from the store; the numbers of those that cannot be read."""
        unreadable: list[int] = []
        for number in sorted(pages):
            self._number = max(self._number, number + 1)
            try:
                header = _decode_header(pages[number])
                prints = array("I" if header.kind == PRINTS_OF_4_BYTES else "Q")
                prints.frombytes(header.prints)
            except (*UNREADABLE, ValueError):
                unreadable.append(number)
                continue
            if header.kind == PRINTS_OF_4_BYTES:
                self._keep(number, header.newest, prints)
            else:
                self._old[number] = prints
                self._keep(number, header.newest, array("I"))
        return unreadable

    def _keep(self, number: int, newest: int, prints: "array[int]") -> None:
        self._pages[number] = (newest, prints)
        self._sealed += len(prints)
        if not self._marks.add(
            prints
        ):  # also with what was dropped since: a page takes 50 us, all of them 2 ms
            self._marks = Marks(2 * self._sealed)
            for _, each in self._pages.values():
                self._marks.add(each)

    def seal(self, up_to: int, oldest: int) -> Sealed:
        """Moves calls of entries up to this one to a page, as far as it has room; drops pages too old."""
        sealed = Sealed(up_to, [n for n, (newest, _) in self._pages.items() if newest < oldest])
        for number in sealed.dropped:
            self._sealed -= len(self._pages.pop(number)[1])
            self._old.pop(number, None)
        page = self._page
        before = len(page)
        while (entry := self._oldest()) is not None and entry <= up_to:
            if len(page) >= PAGE_CALLS:
                sealed.up_to = entry - 1
                break
            self._take(entry, page)
        sealed.calls = len(page) - before
        if len(page) >= PAGE_CALLS:
            self._close_page(sealed)
        elif sealed.calls:
            self._write(sealed)
        return sealed

    def forget_oldest(self) -> int:
        """Gives up the oldest page before its time, to stay within a bound; how many calls that were."""
        if not self._pages:
            return 0
        number = min(self._pages)
        prints = self._pages[number][1]
        self._sealed -= len(prints)
        self._pages[number] = (0, array("I"))  # dropped from the store by the next seal
        return len(prints)

    def _oldest(self) -> int | None:
        """The oldest entry whose calls are in no page."""
        if self._found:
            return self._found[0][0]
        return self.log[0][0] if self.log else None

    def _take(self, entry: int, page: list[Call]) -> None:
        while self._found and self._found[0][0] == entry:
            page.append(heappop(self._found)[2])
        if self.log and self.log[0][0] == entry:
            page += self.log.popleft()[1]

    def _write(self, sealed: Sealed) -> "tuple[int, array[int]]":
        page = self._page
        newest = max([at for _, _, at in page])
        prints = array("I", sorted([_print_of(key) for key, _, _ in page]))
        sealed.contents[f"{PAGE_REF}{self._number}"] = encode({key: reply for key, reply, _ in page})
        sealed.headers[self._number] = encode(PageHeader(newest, prints.tobytes(), PRINTS_OF_4_BYTES))
        return newest, prints

    def _close_page(self, sealed: Sealed) -> None:
        newest, prints = self._write(sealed)
        self._keep(self._number, newest, prints)
        self._closed += self._page
        self._page = []
        self._number += 1
