"""What a backup makes of journals that do not fit together."""

import pytest

from actors.catalogue import Catalogue
from cluster.backup.frames import Tables
from cluster.backup.replay import Inconsistent, PartitionReplay, tells_agree
from cluster.core.records import encode

GARBAGE = b"\xc1"


def _replays(entry: bytes) -> dict[int, PartitionReplay]:
    """Partition 1 took three tells of partition 0, whose only entry is this."""
    sender = PartitionReplay(Catalogue([]), Tables(0, 1, 0), 1)
    sender.entries(1, [entry])
    return {0: sender, 1: PartitionReplay(Catalogue([]), Tables(1, 1, 0, marks={0: 3}), 0)}


def test_tells_that_were_taken_and_never_sent_are_of_two_moments():
    with pytest.raises(Inconsistent, match="took tell 3"):
        tells_agree(_replays(encode((1, []))))


def test_an_entry_that_cannot_be_read_may_have_sent_them_and_is_named():
    replays = _replays(GARBAGE)
    assert tells_agree(replays) == []
    assert replays[0].unreadable == ["entry 1 of partition 0"]
