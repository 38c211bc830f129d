"""What this gateway hears of boundaries: all of them, by watching the lists that the cells keep."""

from collections.abc import Callable

import msgspec

from gateway.entry.lists import Lists
from protocol.boundaries import LISTS, Boundary, BoundaryAdded, ReadBoundaries, list_of
from protocol.messages import Command, Reply

Drawn = Callable[[str, str], None]
"""Called with an owner and a viewer; the viewer is empty when it is about everyone."""

_decode = msgspec.msgpack.Decoder(BoundaryAdded).decode


class Boundaries:
    """Tells of each boundary, and of owners around whom some may have been missed."""

    kind = "boundaries"
    count = LISTS
    command: Command = ReadBoundaries()

    def __init__(self, lists: Lists) -> None:
        self.heard = 0  # boundaries and gaps so far: who sees the same number has missed nothing
        self._joined = [False] * LISTS
        self._on_drawn: list[Drawn] = []
        self._on_missed: list[Callable[[int], None]] = []
        lists.add(self)

    def listen(self, drawn: Drawn, missed: Callable[[int], None]) -> None:
        """From now on these are called, the second one with the number of a list that had a gap."""
        self._on_drawn.append(drawn)
        self._on_missed.append(missed)

    def hears_of(self, owner: str) -> bool:
        """Whether every boundary around this owner would be heard of just now."""
        return self.hears(list_of(owner))

    def hears(self, number: int) -> bool:
        """Whether every boundary of this list would be heard of just now."""
        return self._joined[number]

    def joined(self, number: int, reply: Reply) -> None:
        """What was drawn before is not told: whatever stands open is looked at anew."""
        self._joined[number] = True
        self._missed(number)

    def told(self, number: int, message: msgspec.Raw) -> None:
        """One was drawn."""
        boundary: Boundary = _decode(message).boundary
        self.heard += 1
        for drawn in self._on_drawn:
            drawn(boundary.owner, boundary.viewer)

    def lost(self, number: int) -> None:
        """Some may be missed from here on."""
        self._joined[number] = False
        self._missed(number)

    def tidy(self) -> None:
        """Nothing is kept here."""

    def _missed(self, number: int) -> None:
        self.heard += 1
        for missed in self._on_missed:
            missed(number)
