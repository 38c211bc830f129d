from actors.notes import HELD, Notes
from protocol.user import Note


def like(n: int) -> Note:
    return Note("like", f"user-{n}", "0" * 16, n)


def test_notes_are_shown_newest_first():
    notes = Notes().plus(like(1)).plus(Note("follow", "bob", "", 2))
    assert notes.newest(10) == [Note("follow", "bob", "", 2), like(1)]
    assert notes.newest(1) == [Note("follow", "bob", "", 2)]
    assert Notes().newest(10) == []


def test_the_oldest_beyond_the_bound_go_and_are_still_counted_unread():
    notes = Notes()
    for n in range(HELD + 3):
        notes = notes.plus(like(n))
    assert [note.at for note in notes.newest(200)] == list(range(HELD + 2, 2, -1))
    assert (notes.count, notes.unread) == (HELD, HELD + 3)


def test_a_note_is_known_by_what_who_and_about():
    notes = Notes().plus(like(1))
    assert Note("like", "user-1", "0" * 16, 99) in notes
    assert Note("like", "user-2", "0" * 16, 1) not in notes
    assert Note("comment", "user-1", "0" * 16, 1) not in notes
    assert like(1) not in Notes()


def test_seen_notes_are_kept():
    notes = Notes().plus(like(1)).seen()
    assert (notes.unread, notes.newest(5)) == (0, [like(1)])
