"""Entities come back as they were, or are set aside."""

import pytest

from actors.catalogue import Catalogue
from cluster.ports import PARTITIONS
from cluster.storage.memory import MemoryJournal
from tests.cluster.core.driven import Driven, heir, name_in
from tests.cluster.core.odd_nouns import Grow, LookOddly, Odd
from tests.sim.words import ReadRoom, Say

ODD = name_in("odd", 0)
ROOM = name_in("room", 0)


@pytest.fixture
def odd() -> Driven:
    return Driven(MemoryJournal(), catalogue=Catalogue([Odd])).take(0)


def _code(cell: Driven, by: int = 0) -> str:
    answer = cell.reply(ODD, Grow(by) if by else LookOddly(), call=f"{by}")
    return answer.no.code if answer.no is not None else ""


def test_a_state_that_cannot_be_unpacked_is_answered_as_quarantined(odd: Driven):
    odd.core.desk.limits.pack_after_s = 1.0
    odd.reply(ODD, Grow(11), call="1")
    for _ in range(3):
        odd.pass_s(1.0)
    assert _code(odd) == "quarantined"
    assert odd.alarms() == ["quarantined"]
    odd.flush()
    assert odd.journal.partitions[0].covered == 1  # it does not keep the journal from being trimmed


def test_what_breaks_on_replay_is_set_aside_for_a_version_that_can_read_it(
    odd: Driven, monkeypatch: pytest.MonkeyPatch
):
    odd.reply(ODD, Grow(1), call="1")
    monkeypatch.setattr(Odd, "is_fragile", True)
    for life in ("c0.2", "c0.3"):
        found = Driven(odd.journal, life, catalogue=Catalogue([Odd])).take(0)
        assert _code(found) == "quarantined"
        found.flush()
        assert odd.journal.partitions[0].covered == 1  # the others need not wait for it
    monkeypatch.setattr(Odd, "is_fragile", False)
    mended = Driven(odd.journal, "c0.4", catalogue=Catalogue([Odd])).take(0)
    first = mended.reply(ODD, Grow(1), call="1")
    assert mended.reply(ODD, Grow(2), call="2").no is first.no is None
    assert mended.entity(ODD).state.size == 3  # the first was known, the second is new
    mended.flush()
    later = Driven(odd.journal, "c0.5", catalogue=Catalogue([Odd])).take(0)
    assert _code(later) == ""
    assert later.entity(ODD).state.size == 3


def test_a_gap_between_versions_sets_the_entity_aside(odd: Driven):
    odd.reply(ODD, Grow(1), call="1")
    odd.reply(ODD, Grow(2), call="2")
    odd.journal.partitions[0].entries[0] = b"\xc1"  # an entry that nobody can read
    found = Driven(odd.journal, "c0.2", catalogue=Catalogue([Odd])).take(*range(PARTITIONS))
    assert _code(found) == "quarantined"
    assert found.alarms() == ["entry_unreadable", "quarantined"]
    found.flush()
    assert odd.journal.partitions[0].covered >= 2  # what could not be read is kept elsewhere
    assert odd.journal.partitions[0].parked == {"entry.1": b"\xc1"}


def test_a_second_push_of_a_command_on_a_topic_has_no_number_of_its_own_ever_after():
    journal = MemoryJournal()
    cell = Driven(journal).take(0)
    for call in "123":
        cell.reply(ROOM, Say(loud=True), call=call)
    cell.core.desk.limits.push_history = 1
    cell.flush()  # the snapshot has the last push, the journal those before
    journal.partitions[0].covered = 0
    found = heir(journal, [0])
    found.reply(ROOM, ReadRoom())
    topics = found.entity(ROOM).topics
    assert topics is not None
    chain = [(push.previous, push.number) for _, push in topics[ROOM].past]
    assert chain == [(1, 2), (2, 3)]  # the first is not known to follow nothing
