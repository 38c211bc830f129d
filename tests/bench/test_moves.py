"""The bench of moves, from end to end in seconds, and that what it counts is what it says."""

import json
import subprocess
import sys

import msgspec
import pytest

from actors.catalogue import encode
from actors.testkit import Given
from bench.moves import AFTER_S, Moved, necessary, pauses_ms
from bench.moves_traffic import Slow, Watched
from bench.tally import Count, Counted, ReadTally, Tallied, TallyActor, TallyIs, TallyState
from cluster.link.frames import Joined, Pushed
from cluster.moving import Relocated
from protocol.errors import Rejected

PROGRAM = """
import io
from bench import moves
from bench.progress import Progress
from bench.report import Report
report = Report("moves", {})
moves.WARM_AFTER_S = 0.0
size = moves.Size(per_s=400.0, entities=300, watched=20, moves=3, quiet_s=0.2, rounds=1)
moves.run(size, report, Progress("moves", io.StringIO()))
print(report.as_json())
"""


def test_it_reports_every_bound_and_finds_nothing_wrong():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    values = {row["id"]: row["value"] for row in found["bounds"]}
    assert set(values) == {"moves.pause_p99_ms", "moves.errors", "moves.moved_ratio"}
    assert (values["moves.errors"], values["moves.moved_ratio"]) == (0, 1.0), found["notes"]
    assert found["figures"]["partitions_moved"] == 3 + 85 + 85
    assert found["figures"]["ops"] > 400


@pytest.mark.parametrize(
    ("loads", "cells", "least"),
    [({"a": 128, "b": 128}, 3, 85), ({"a": 86, "b": 85, "c": 85}, 2, 85), ({"a": 4, "b": 2}, 2, 1)],
)
def test_what_must_move_is_counted_without_asking_the_balancer(loads: dict[str, int], cells: int, least: int):
    names = [cell for cell, load in loads.items() for _ in range(load)]
    assert necessary(dict(enumerate(names)), cells) == least


def test_an_op_belongs_to_the_move_that_it_waited_for():
    moved = [Moved(Relocated(7, "a", "b", 20.0), 100.0)]
    waited = Slow(7, 100.05, 0.06)
    others = [
        Slow(8, 100.05, 0.9),  # another partition
        Slow(7, 99.97, 0.5),  # answered before its cell stopped
        Slow(7, 100.0 + 3 * AFTER_S, 1.5 * AFTER_S),  # due long after it was served again
    ]
    assert pauses_ms(moved, [waited, *others]) == [(20.0, 60.0)]
    assert pauses_ms(moved, others) == [(20.0, 0.0)]


def push(count: int) -> Pushed:
    return Pushed("tally:1", "0", count, count - 1, "", msgspec.Raw(encode(Tallied(count))))


def test_pushes_that_are_left_out_doubled_or_begin_anew_are_wrong():
    watched = Watched()
    for count in (1, 2, 4, 4):
        watched.pushed(push(count))
    watched.reset("tally:2", None, Joined("1", 7, reset="epoch"))
    watched.closed("tally:3", Rejected("gone", "it is gone"))
    assert watched.wrong[:3] == ["tally:1: 4 after 2", "tally:1: 4 after 4", "tally:2 began anew: epoch"]
    assert len(watched.wrong) == 4


def test_a_tally_counts_and_pushes_every_count():
    tally = Given(TallyActor, TallyState(4), key="1")
    outcome = tally.when(Count(), by="ann")
    assert (outcome.reply, outcome.events) == (TallyIs(5), [Counted()])
    assert outcome.effects[0].message == Tallied(5)  # type: ignore[union-attr]
    assert tally.when(ReadTally(), by="ann").reply == TallyIs(5)
