"""What is said to and by the sightings of a user: what they saw, for those who read the bus."""

from typing import Annotated

import msgspec

from protocol.messages import EdgeCommand, Event, Reply

AT_ONCE = 256  # some 40 KB at the very worst


class Sighting(msgspec.Struct, frozen=True, array_like=True):
    """One thing seen: an impression, a dwell, a visit; for how long (ms), all told."""

    what: str
    ref: str
    ms: int = 0


def sightings_ref(user: str) -> str:
    """The actor that journals what a user saw."""
    return f"sightings:{user}"


class NoteSightings(EdgeCommand, frozen=True, tag="sightings.note"):
    """The user saw these; a gateway says it, coalesced, every few seconds at most."""

    seen: Annotated[list[Sighting], msgspec.Meta(min_length=1, max_length=AT_ONCE)]


class SightingsNoted(Event, frozen=True, tag="sightings.noted"):
    """They were seen."""

    seen: list[Sighting]
    at: int


class SightingCount(Reply, frozen=True, tag="sightings.count"):
    """How many have been noted so far."""

    count: int
