"""What is said to and by a probe: the entity that shows whether writes are journaled and read back."""

from protocol.messages import EdgeCommand, Event, Reply


class Beat(EdgeCommand, frozen=True, tag="probe.beat"):
    """Journal this number."""

    n: int


class LastBeat(EdgeCommand, frozen=True, tag="probe.last_beat"):
    """The newest number."""


class Beaten(Event, frozen=True, tag="probe.beaten"):
    """This number was journaled."""

    n: int
    at: int


class BeatCount(Reply, frozen=True, tag="probe.beat_count"):
    """The newest number, and when it came (ms)."""

    n: int
    at: int
