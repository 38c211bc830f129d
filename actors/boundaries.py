"""A list of boundaries between people: nothing of it has to be kept, gateways act on it when they hear it."""

from actors.kernel import Actor, Call, Outcome, Push, State, applies, handles
from protocol import boundaries as words

HELD = 1_000  # 40 KB; each is said twice, by the edge and by the user, some milliseconds apart


class BoundariesState(State):
    """How many there were, and the newest of them."""

    count: int = 0
    newest: dict[str, int] = {}


class BoundariesActor(Actor[BoundariesState], kind="boundaries"):
    """Told by users, asked by edges, watched by every gateway."""

    __slots__ = ()

    @handles
    def draw(self, command: words.DrawBoundary, call: Call) -> Outcome:
        """Lets every gateway know."""
        return self._added(command.boundary)

    @handles
    def tell(self, command: words.TellBoundary, call: Call) -> Outcome:
        """Lets every gateway know."""
        return self._added(command.boundary)

    @handles
    def read(self, command: words.ReadBoundaries, call: Call) -> Outcome:
        """Where it stands."""
        return Outcome(words.BoundaryCount(self.state.count))

    def _added(self, boundary: words.Boundary) -> Outcome:
        if _key(boundary) in self.state.newest:
            return Outcome(words.BoundaryCount(self.state.count))
        push = Push(f"boundaries:{self.key}", words.BoundaryAdded(boundary))
        reply = words.BoundaryCount(self.state.count + 1)
        return Outcome(reply, [words.BoundaryDrawn(boundary)], [push])

    @applies
    def drawn(self, event: words.BoundaryDrawn) -> None:
        """One more; of too many the oldest goes."""
        newest = self.state.newest
        newest[_key(event.boundary)] = event.boundary.at
        if len(newest) > HELD:
            del newest[next(iter(newest))]
        self.state.count += 1


def _key(boundary: words.Boundary) -> str:
    return f"{boundary.owner} {boundary.viewer} {boundary.at}"
