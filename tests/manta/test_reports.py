import os

import pytest

from manta.reports import (
    NoteReport,
    ReadyReport,
    Report,
    Reporter,
    StageReport,
    TroubleReport,
    WatchReport,
    decode,
)

EVERY = [
    StageReport("ray", "begin"),
    WatchReport({"gcs_server": 7}),
    ReadyReport("http://127.0.0.1:8080"),
    TroubleReport("engine_failed", "it broke", fatal=True),
    NoteReport("a word"),
]


@pytest.mark.parametrize("report", EVERY, ids=lambda report: type(report).__name__)
def test_a_report_arrives_as_it_was_sent(report: Report):
    hear, tell = os.pipe()
    Reporter(tell).tell(report)
    assert decode(os.read(hear, 4096)) == report
    os.close(hear)
    os.close(tell)


def test_a_launcher_that_is_gone_is_no_trouble_of_the_engine():
    hear, tell = os.pipe()
    os.close(hear)
    Reporter(tell).stage("ray", "ready")
    os.close(tell)
