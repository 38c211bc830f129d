"""The bench of resume from end to end in a tiny form, and that its checker finds what is planted."""

import asyncio
import io

import msgspec
import pytest

from bench import resume
from bench.cuts_history import Course, History
from bench.cuts_line import BROKEN, Line, framed
from bench.cuts_phone import Absence, Record, look_at, note
from bench.cuts_storm import Storm
from bench.progress import Progress
from bench.report import Report
from protocol.post import Comment, CommentAdded, PostCard, ViewPost
from sdk.frames import PushRaw
from sdk.topic import News, Snapshot, Topic

TINY = resume.Size(
    phones=20, topics=3, cuts=20, bound=10, outage_s=0.1, up_s=0.7, kill_every_s=1.0, writes_per_s=30.0,
    busy_per_s=10.0, most_s=1.0, steady_s=0.0,
)  # fmt: skip
TOPIC = "post:1"
FAULTS = ("silent_gaps", "doubled", "unnamed_resets", "wrong_counts", "wrong_writes")


def card(comments: int, likes: int = 0) -> PostCard:
    """The post with so many comments."""
    return PostCard("1", "ann", "The sea", None, likes, comments, False, 0)


def snapshot(number: int, comments: int, reset: str = "") -> Snapshot:
    """A snapshot at that number."""
    return Snapshot(card(comments), "0", number, reset)


def news(number: int, comments: int) -> News:
    """The comment that has this number."""
    return News(CommentAdded(Comment(f"c{number}", "bob", "hi", 0), comments), number)


class Wire(asyncio.Transport):
    """A transport that does nothing."""

    def get_extra_info(self, name: str, default: object = None) -> None:
        """There is no socket."""

    def abort(self) -> None:
        """Nobody is told."""

    def is_closing(self) -> bool:
        """Not yet."""
        return False


@pytest.fixture
def history() -> History:
    """A topic with the comments 1 to 5, of which one phone took all."""
    history = History()
    course = history.course(TOPIC)
    note(course, snapshot(0, 0))
    for number in range(1, 6):
        note(course, news(number, number))
    return history


@pytest.fixture
def course(history: History) -> Course:
    """Another phone, which came after the first comment and took the second."""
    course = history.course(TOPIC)
    note(course, snapshot(1, 1))
    note(course, news(2, 2))
    return course


def found(history: History) -> tuple[int, int, int, int]:
    """Silent gaps, doubled pushes, unnamed resets, snapshots that do not join."""
    return history.silent_gaps(), history.doubled, history.unnamed, history.wrong_snapshots


def test_who_took_everything_once_is_found_faultless(history: History, course: Course):
    for number in (3, 4):
        note(course, news(number, number))
    note(course, snapshot(4, 4))
    note(course, news(5, 5))
    assert found(history) == (0, 0, 0, 0)
    assert history.taken() == 9


def test_a_planted_gap_is_found(history: History, course: Course):
    note(course, news(4, 4))
    note(course, news(5, 5))
    assert found(history) == (1, 0, 0, 0)


def test_what_never_came_in_the_end_is_a_gap_too(history: History, course: Course):
    assert found(history) == (3, 0, 0, 0)


def test_a_planted_doubled_push_is_found(history: History, course: Course):
    for number in (3, 3, 4, 5):
        note(course, news(number, number))
    assert found(history) == (0, 1, 0, 0)


def test_a_comment_that_comes_under_two_numbers_is_doubled(history: History, course: Course):
    for number in (3, 4, 5):
        note(course, news(number, number))
    note(course, News(CommentAdded(Comment("c5", "bob", "hi", 0), 6), 6))
    assert history.doubled == 1


def test_a_reset_with_a_named_cause_excuses_what_it_skips(history: History, course: Course):
    note(course, snapshot(4, 4, "history"))
    note(course, news(5, 5))
    assert found(history) == (0, 0, 0, 0)
    assert history.resets == {"history": 1}


def test_a_planted_unnamed_reset_is_found(history: History, course: Course):
    note(course, snapshot(4, 4, "tired"))
    note(course, news(5, 5))
    assert found(history) == (0, 0, 1, 0)


def test_a_snapshot_that_skips_without_a_reset_is_found(history: History, course: Course):
    note(course, snapshot(4, 4))
    note(course, news(5, 5))
    assert found(history) == (2, 0, 0, 1)


def test_a_wrong_count_in_the_end_is_found(history: History, course: Course):
    storm = Storm.__new__(Storm)
    storm.record = Record(history)
    facts = resume.Facts({TOPIC: card(5)}, 0, True)
    assert resume.wrong_counts(storm, facts) == 1


def test_who_never_came_back_was_not_back_in_time():
    assert resume.back_in_time([Absence("kill", 0.0, set()), Absence("kill", 0.0, set(), 9.0)]) == 1


def test_what_a_gateway_sends_twice_or_leaves_out_is_seen_before_the_client_drops_it():
    record, topic = Record(History()), Topic(TOPIC, ViewPost())
    topic.position = ("0", 3)
    message = msgspec.Raw(b"\xc0")
    pushes = [PushRaw(TOPIC, "0", number, before, message) for number, before in ((3, 2), (4, 3), (7, 6))]
    look_at(record, topic, pushes)
    assert (record.doubled_on_the_wire, record.gaps_on_the_wire) == (1, 1)


def test_a_line_that_is_cut_within_a_frame_gives_the_whole_ones_before_it():
    heard: list[bytes] = []
    ends: list[int] = []
    line = Line(lambda: None, heard.append, ends.append)
    line.connection_made(Wire())
    line.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x82\x01a")
    line.cut_after(5)
    line.data_received(b"\x82\x01b\x82\x02cd")
    assert (heard, ends) == ([b"a", b"b"], [BROKEN])


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_of_every_size_are_read_when_they_are_whole(size: int):
    bytes_of_size = 0 if size < 126 else 2 if size <= 65_535 else 8
    head = bytes([{0: size, 2: 126, 8: 127}[bytes_of_size]])
    whole = b"\x82" + head + size.to_bytes(bytes_of_size or 1, "big")[:bytes_of_size] + b"x" * size
    assert framed(whole, 0) == (0x82, b"x" * size, len(whole))
    assert framed(whole[:-1], 0) is None


def test_the_bench_finds_no_fault_in_a_tiny_storm():
    report = Report("resume", {})
    resume.run(TINY, report, Progress("resume", io.StringIO()))
    values = {row.id.removeprefix("resume."): row.value for row in report.bounds}
    assert {name: values[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)
    assert {"cuts", "without_reset", "back_within_10s"} <= set(values)
    assert report.figures["gateway_kills"]
