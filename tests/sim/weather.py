"""How rough a schedule is: the chances of small faults, and bounds so narrow that every mechanism is met."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from unittest.mock import patch

import msgspec

from cluster.core.interface import Limits


class Weather(msgspec.Struct):
    """Chances per request or frame, and what time-outs there are."""

    lost: float  # a request never arrives
    unanswered: float  # it is carried out, but nobody hears of it
    late: float  # it is given up, and carried out after that
    doubled: float  # it is carried out twice
    partly: float  # some of the appends of a request fail by themselves
    dropped: float  # a frame is lost
    repeated: float  # a frame arrives twice
    slow: float  # a frame takes long
    timeout_s: float  # after which the store is not waited for
    latency_s: float  # about, one way
    patience_s: float  # after which a caller asks again
    answers_last: bool  # whether a host sends its answers after its appends, or before

    def clear_up(self) -> None:
        """From now on nothing goes wrong."""
        self.lost = self.unanswered = self.late = self.doubled = self.partly = 0.0
        self.dropped = self.repeated = self.slow = 0.0


def weather_of(chance: Random) -> Weather:
    """A calm day, or a storm."""
    store = chance.choice((0.0, 0.005, 0.02, 0.05))
    links = chance.choice((0.0, 0.01, 0.03))
    return Weather(
        lost=store,
        unanswered=store,
        late=store,
        doubled=store,
        partly=store * 2,
        dropped=links,
        repeated=links,
        slow=links,
        timeout_s=chance.uniform(0.1, 0.4),
        latency_s=chance.choice((0.0005, 0.003, 0.015)),
        patience_s=chance.uniform(0.3, 0.8),
        answers_last=chance.random() < 0.5,
    )


def limits_of(chance: Random) -> Limits:
    """Bounds of a cell, small; who is idle has been so for longer than pushes are kept, as it should be."""
    push_history_s = chance.choice((0.1, 0.6))
    return Limits(
        mailbox_ops=chance.choice((3, 30)),
        waiting_ops=chance.choice((12, 100)),
        batch_records=chance.choice((4, 50)),
        pack_after_s=chance.choice((0.3, 1.0, 60.0)),
        idle_after_s=push_history_s + 1.0 + chance.choice((0.0, 0.5, 60.0)),
        resident_limit_bytes=chance.choice((4_000, 40_000, 1 << 20)),
        snapshot_after_s=chance.choice((0.1, 0.4, 1.5)),
        flush_bytes=chance.choice((300, 2_000, 20_000)),
        flush_window_bytes=chance.choice((1_000, 50_000)),
        journal_soft_bytes=chance.choice((2_000, 1 << 20)),
        journal_hard_bytes=chance.choice((6_000, 1 << 20, 1 << 20)),
        stall_after_s=chance.choice((0.2, 0.6)),
        lease_s=chance.choice((1.3, 1.3, 2.5)),
        answers_s=100_000.0,
        push_history=chance.choice((2, 5)),
        push_history_s=push_history_s,
        tell_window=chance.choice((1, 3, 20)),
        tell_retry_s=chance.choice((0.2, 0.6)),
        audience_step=chance.choice((1, 3)),
        clock_jump_s=5.0,
    )


# Bounds that are no limits of a cell, as small as they are in these schedules.
SMALL = {
    "cluster.core.answers.PAGE_CALLS": 6,
    "cluster.core.delivery.LOCAL_ROUNDS": 4,
    "cluster.core.fanning.STEP_BYTES": 60,
    "cluster.core.fanning.UNHEARD_LIMIT": 6,
    "cluster.core.flushing.TAIL_WAKES": 3,
    "cluster.core.committing.ROOM": 1_700,
    "cluster.core.fanning.ROOM": 1_700,
    "cluster.core.partition.ROOM": 1_700,
    "cluster.core.waking.LOADS_AT_ONCE": 3,
}


@contextmanager
def narrow_rooms() -> Iterator[None]:
    """Makes every bound small."""
    with ExitStack() as stack:
        for place, value in SMALL.items():
            stack.enter_context(patch(place, value))
        yield
