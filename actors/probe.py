"""The probe of a cell: a number that is journaled and read back, so that readiness is seen."""

from actors.kernel import Actor, Call, Outcome, State, applies, handles
from protocol.probe import Beat, BeatCount, Beaten, LastBeat


class ProbeState(State):
    """The newest number, and when it came (ms)."""

    n: int = 0
    at: int = 0


class ProbeActor(Actor[ProbeState], kind="probe"):
    """Journals a number on each beat; the gateway's `/readyz` reads it back."""

    __slots__ = ()

    @handles
    def beat(self, command: Beat, call: Call) -> Outcome:
        """Journals the number."""
        return Outcome(BeatCount(command.n, call.at), [Beaten(command.n, call.at)])

    @handles
    def last_beat(self, command: LastBeat, call: Call) -> Outcome:
        """Reads it back."""
        return Outcome(BeatCount(self.state.n, self.state.at))

    @applies
    def beaten(self, event: Beaten) -> None:
        """The number stands."""
        self.state.n, self.state.at = event.n, event.at
