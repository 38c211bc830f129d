import logging

import pytest

from gateway.complaints import EVERY_S, Complaints
from protocol.errors import Broken, Malformed, MantaError, Rejected, TooFast, Unavailable


class Clock:
    now_s = 50.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def complaints(clock: Clock) -> Complaints:
    return Complaints(lambda: clock.now_s)


def complain(complaints: Complaints, error: MantaError, kind: str = "post.like") -> None:
    complaints.tell(kind, error, "post:1", "ann", "like:k1")


def test_what_the_cells_cannot_do_is_told_with_its_call(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
):
    complain(complaints, Unavailable("the journal does not answer"))
    (record,) = caplog.records
    assert record.getMessage() == "not carried out: the journal does not answer"
    told = {name: record.__dict__[name] for name in ("kind", "code", "ref", "user", "call", "more")}
    known = {"kind": "post.like", "code": "unavailable", "ref": "post:1", "user": "ann", "call": "like:k1"}
    assert told == known | {"more": 0}


@pytest.mark.parametrize("error", [Rejected("post.gone"), Malformed("`c4nary`"), TooFast()])
def test_what_a_caller_did_wrong_is_not(
    complaints: Complaints, error: MantaError, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    complain(complaints, error)
    assert not caplog.records


def test_many_in_a_second_are_one_line_and_a_number(
    complaints: Complaints, clock: Clock, caplog: pytest.LogCaptureFixture
):
    for _ in range(100):
        complain(complaints, Unavailable())
    complain(complaints, Broken())
    complain(complaints, Unavailable(), kind="post.view")
    assert len(caplog.records) == 3
    clock.now_s += EVERY_S
    complain(complaints, Unavailable())
    assert caplog.records[-1].__dict__["more"] == 99
