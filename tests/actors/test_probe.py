from actors.kernel import Outcome
from actors.probe import ProbeActor
from actors.testkit import Given
from protocol.probe import Beat, BeatCount, Beaten, LastBeat


def test_a_beat_is_journaled_and_read_back():
    probe = Given(ProbeActor)
    assert probe.when(LastBeat()) == Outcome(BeatCount(0, 0))
    assert probe.when(Beat(7), at=9) == Outcome(BeatCount(7, 9), [Beaten(7, 9)])
    probe.crash()
    assert probe.when(LastBeat()) == Outcome(BeatCount(7, 9))
