"""A long journal that no snapshot covers: what is written into it, and what must be read afterwards."""

from collections.abc import Callable, Iterator

from bench.fixtures import EPOCH, by_partition, write_entries
from bench.nouns import Line, PageState, WholePage, Written
from cluster.core.records import LeanBody, Raw, encode
from cluster.ports import JournalStore

EVENTS_AN_ENTITY = 10
LINES = 4
RECORDS_AN_ENTRY = 32  # what a busy cell puts into one
ENTRIES_AN_APPEND = 32
AT_MS = 1_700_000_000_000


class LongJournal:
    """Many entities, ten events each, in turn, as if all of them had been busy at the same time."""

    def __init__(self, events: int) -> None:
        self.refs = [f"small_page:{number:08d}" for number in range(events // EVENTS_AN_ENTITY)]
        self.events = len(self.refs) * EVENTS_AN_ENTITY

    def expected(self, ref: str) -> WholePage:
        """What an entity must say when nothing was lost."""
        state = PageState()
        for event in _events(ref):
            state.lines.extend([""] * (event.line + 1 - len(state.lines)))
            state.lines[event.line] = event.text
        return WholePage(state.lines, EVENTS_AN_ENTITY)

    async def write(self, store: JournalStore, done: Callable[[int], None]) -> int:
        """Writes all of it; how many bytes that were."""
        written = size = 0
        for number, refs in by_partition(self.refs).items():
            head, entries = 0, list[bytes]()
            for entry in _entries(refs):
                size += len(entry)
                entries.append(entry)
                if len(entries) == ENTRIES_AN_APPEND:
                    head = await write_entries(store, number, head, entries)
                    entries = []
            if entries:
                await write_entries(store, number, head, entries)
            written += len(refs) * EVENTS_AN_ENTITY
            done(written)
        return size


def _events(ref: str) -> list[Written]:
    return [Written(turn % LINES, f"{ref[-8:]} says {turn}") for turn in range(EVENTS_AN_ENTITY)]


def _entries(refs: list[str]) -> Iterator[bytes]:
    records: list[tuple[str, Raw]] = []
    histories = [(ref, _events(ref)) for ref in refs]
    for turn in range(EVENTS_AN_ENTITY):
        for ref, events in histories:
            event = events[turn]
            reply = Raw(encode(Line(event.text, turn + 1)))
            body = LeanBody(turn + 1, AT_MS + turn, f"user{ref[-5:]}", f"write-{turn}", reply, [event])
            records.append((ref, Raw(encode(body))))
            if len(records) == RECORDS_AN_ENTRY:
                yield encode((EPOCH, records))  # an entry without tells ends here
                records = []
    if records:
        yield encode((EPOCH, records))
