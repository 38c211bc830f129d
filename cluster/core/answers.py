"""Once: the first answers of calls, so that the same call again changes nothing and hears the same.

An answer is `recent` while the journal or no full page has it, then part of a page: a page's content lies
with the snapshots and only 4 bytes a call stay in memory, twice, enough to know which page to ask: 24 h at
40/s are 28 MB. Two calls of one fingerprint cost a look at a page: one in 300,000 where 14,000 are known.
"""

from array import array
from bisect import bisect_left, insort
from collections import deque
from heapq import heappop, heappush
from itertools import count
from zlib import crc32

import msgspec

from actors.catalogue import UNREADABLE
from cluster.core.records import PageHeader, Raw, encode

Call = tuple[str, Raw, int]  # key, reply, at
PAGE_CALLS = 256  # closing a page takes 0.2 ms
BUCKETS = 64
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


class Prints:
    """Fingerprints, 8 bytes each; sorted in buckets, so that a change moves a few KB and never all."""

    __slots__ = ("_buckets", "_count")

    def __init__(self) -> None:
        self._buckets: list[array[int]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, sought: int) -> bool:
        return self._count > 0 and _holds(self._buckets[sought % BUCKETS], sought)

    def add(self, prints: "array[int]") -> None:
        """Takes a page's fingerprints in."""
        if not self._buckets:
            self._buckets = [array("I") for _ in range(BUCKETS)]
        for each in prints:
            insort(self._buckets[each % BUCKETS], each)
        self._count += len(prints)

    def remove(self, prints: "array[int]") -> None:
        """Lets go of a page's fingerprints."""
        for each in prints:
            bucket = self._buckets[each % BUCKETS]
            del bucket[bisect_left(bucket, each)]
        self._count -= len(prints)


class Answers:
    """The first answers of one partition."""

    __slots__ = ("_all", "_closed", "_found", "_number", "_page", "_pages", "log", "recent")

    def __init__(self) -> None:
        self.recent: dict[str, Raw] = {}
        self.log: deque[tuple[int, list[Call]]] = deque()  # by journal entry
        self._found: list[tuple[int, int, Call]] = []  # at a take-over, all older than the log; a heap
        self._page: list[Call] = []  # that still grows
        self._closed: list[Call] = []  # of full pages, until the store has them
        self._number = 1
        self._pages: dict[int, tuple[int, array[int]]] = {}  # number -> newest call, fingerprints
        self._all = Prints()

    def sealed(self) -> int:
        """How many answers lie in full pages."""
        return len(self._all)

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

    def page_of(self, key: str) -> str | None:
        """Where the first answer may lie instead: the ref under which the page can be loaded."""
        if not self._all or (sought := _print_of(key)) not in self._all:
            return None
        return next(
            (f"{PAGE_REF}{n}" for n, (_, prints) in self._pages.items() if _holds(prints, sought)), None
        )

    def restore(self, pages: dict[int, bytes]) -> list[int]:
        """Takes over the pages' headers from the store; the numbers of those that cannot be read."""
        unreadable: list[int] = []
        for number, raw in pages.items():
            self._number = max(self._number, number + 1)
            prints = array("I")
            try:
                header = _decode_header(raw)
                prints.frombytes(header.prints)
            except (*UNREADABLE, ValueError):
                unreadable.append(number)
                continue
            if header.kind != PRINTS_OF_4_BYTES:
                unreadable.append(number)
            else:
                self._pages[number] = (header.newest, prints)
                self._all.add(prints)
        return unreadable

    def seal(self, up_to: int, oldest: int) -> Sealed:
        """Moves calls of entries up to this one to a page, as far as it has room; drops pages too old."""
        sealed = Sealed(up_to, [n for n, (newest, _) in self._pages.items() if newest < oldest])
        for number in sealed.dropped:
            self._all.remove(self._pages.pop(number)[1])
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
        self._all.remove(prints)
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
        self._pages[self._number] = (newest, prints)
        self._all.add(prints)
        self._closed += self._page
        self._page = []
        self._number += 1
