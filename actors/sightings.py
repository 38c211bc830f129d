"""A user's sightings: they go by, into the journal, where ranking and analytics read them."""

from actors.kernel import Actor, Call, Outcome, State, applies, handles
from protocol.sightings import NoteSightings, SightingCount, SightingsNoted


class SightingsState(State):
    """How many there were; the sightings themselves are the readers' matter."""

    count: int = 0


class SightingsActor(Actor[SightingsState], kind="sightings"):
    """Keeps nothing of what it notes."""

    __slots__ = ()

    @handles
    def note(self, command: NoteSightings, call: Call) -> Outcome:
        """Puts them on the bus."""
        count = self.state.count + len(command.seen)
        return Outcome(SightingCount(count), [SightingsNoted(command.seen, call.at)])

    @applies
    def noted(self, event: SightingsNoted) -> None:
        """So many more."""
        self.state.count += len(event.seen)
