"""Once: the first answers of calls, so that the same call again changes nothing and hears the same.

An answer is `recent` while the journal has it, then part of a page: a page's content lies with the
snapshots and only 8 bytes a call stay in memory, enough to know which page to ask: 24 h at 40/s are 28 MB.
"""

from array import array
from bisect import bisect_left
from collections import Counter, deque
from hashlib import blake2b

import msgspec

from actors.catalogue import UNREADABLE
from cluster.core.records import Raw, encode

Call = tuple[str, Raw, int]  # key, reply, at
PAGE_CALLS = 1_000
PAGE_REF = "#answers/"


class Header(msgspec.Struct, array_like=True):
    """What is known of a page without reading it: the newest call's time, sorted fingerprints."""

    newest: int
    prints: bytes


class Sealed(msgspec.Struct):
    """What a flush has to write so that the journal may forget these calls."""

    headers: dict[int, bytes] = {}
    contents: dict[str, bytes] = {}
    dropped: list[int] = []


_decode_header = msgspec.msgpack.Decoder(Header).decode
decode_page = msgspec.msgpack.Decoder(dict[str, Raw]).decode


def call_key(ref: str, caller: str, call: str) -> str:
    """One name for (entity, caller, call)."""
    return f"{ref}\n{caller}\n{call}"


def _print_of(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def _holds(prints: "array[int]", sought: int) -> bool:
    place = bisect_left(prints, sought)
    return place < len(prints) and prints[place] == sought


class Answers:
    """The first answers of one partition."""

    __slots__ = ("_all", "_calls", "_closed", "_newest", "_number", "_pages", "log", "recent", "restored")

    def __init__(self) -> None:
        self.recent: dict[str, Raw] = {}
        self.log: deque[tuple[int, list[Call]]] = deque()  # by journal entry
        self.restored: list[tuple[int, Call]] = []  # found in the journal at a take-over, in no order
        self._calls: dict[str, tuple[Raw, int]] = {}  # the page that still grows
        self._closed: dict[str, tuple[Raw, int]] = {}  # the page that is full, until the store has it
        self._number = 1
        self._pages: dict[int, tuple[int, array[int]]] = {}  # number -> newest call, fingerprints
        self._all: array[int] = array("Q")
        self._newest = 0

    def __len__(self) -> int:
        return len(self.recent) + len(self._calls) + len(self._all)

    def sealed(self) -> int:
        """How many answers lie in pages."""
        return len(self._all)

    def find(self, key: str) -> Raw | None:
        """The first answer, if it is in memory."""
        if (reply := self.recent.get(key)) is not None:
            return reply
        if self._calls and (call := self._calls.get(key)) is not None:
            return call[0]
        if self._closed and (call := self._closed.get(key)) is not None:
            return call[0]
        return None

    def written(self) -> None:
        """The store has what was sealed last."""
        self._closed = {}

    def page_of(self, key: str) -> str | None:
        """Where the first answer may lie instead: the ref under which the page can be loaded."""
        if not self._all or not _holds(self._all, sought := _print_of(key)):
            return None
        return next(
            (f"{PAGE_REF}{n}" for n, (_, prints) in self._pages.items() if _holds(prints, sought)), None
        )

    def restore(self, pages: dict[int, bytes]) -> list[int]:
        """Takes over the pages' headers from the store; the numbers of those that cannot be read."""
        unreadable: list[int] = []
        for number, raw in pages.items():
            self._number = max(self._number, number + 1)
            prints = array("Q")
            try:
                header = _decode_header(raw)
                prints.frombytes(header.prints)
            except (*UNREADABLE, ValueError):
                unreadable.append(number)
            else:
                self._pages[number] = (header.newest, prints)
        self._merge()
        return unreadable

    def seal(self, up_to: int, oldest: int, per_caller: int) -> Sealed:
        """Moves the calls of entries up to this one to pages; drops pages of which all calls are too old."""
        sealed = Sealed({}, {}, [n for n, (newest, _) in self._pages.items() if newest < oldest])
        for number in sealed.dropped:
            del self._pages[number]
        fresh: list[Call] = []
        while self.log and self.log[0][0] <= up_to:
            fresh.extend(self.log.popleft()[1])
        if self.restored:
            fresh.extend(call for entry, call in self.restored if entry <= up_to)
            self.restored = [known for known in self.restored if known[0] > up_to]
        for key, reply, at in fresh:
            self.recent.pop(key, None)
            self._calls[key] = (reply, at)
            self._newest = max(self._newest, at)
        if fresh:
            self._close_page(sealed, per_caller)
        if sealed.dropped:
            self._merge()
        return sealed

    def forget_oldest(self) -> int:
        """Gives up the oldest page before its time, to stay within a bound; how many calls that were."""
        if not self._pages:
            return 0
        number = min(self._pages)
        newest, prints = self._pages[number]
        self._pages[number] = (0, array("Q"))  # dropped from the store by the next seal
        self._merge()
        return len(prints) if newest else 0

    def _close_page(self, sealed: Sealed, per_caller: int) -> None:
        kept: Counter[str] = Counter()
        for key in reversed(list(self._calls)):
            caller = key.split("\n", 2)[1]
            kept[caller] += 1
            if kept[caller] > per_caller:
                del self._calls[key]
        prints = array("Q", sorted(_print_of(key) for key in self._calls))
        sealed.contents[f"{PAGE_REF}{self._number}"] = encode(
            {key: reply for key, (reply, _) in self._calls.items()}
        )
        sealed.headers[self._number] = encode(Header(self._newest, prints.tobytes()))
        if len(self._calls) >= PAGE_CALLS:
            self._pages[self._number] = (self._newest, prints)
            self._merge()
            self._closed, self._calls, self._newest = self._calls, {}, 0
            self._number += 1

    def _merge(self) -> None:
        merged = array("Q")
        for _, prints in self._pages.values():
            merged.extend(prints)
        self._all = array("Q", sorted(merged))
