import msgspec
import pytest

from actors.catalogue import encode
from actors.nouns import manta
from actors.sightings import SightingsActor
from actors.testkit import Given
from protocol.errors import Malformed
from protocol.sightings import AT_ONCE, NoteSightings, Sighting, SightingCount, SightingsNoted

SEEN = [Sighting("visit", "user:bob"), Sighting("dwell", "post:1", 1_200)]


def test_sightings_are_journaled_and_counted():
    ann = Given(SightingsActor, key="ann")
    assert ann.when(NoteSightings(SEEN), at=9).events == [SightingsNoted(SEEN, 9)]
    assert ann.when(NoteSightings(SEEN), at=10).reply == SightingCount(4)


def test_a_journal_entry_has_room_for_the_most_that_are_noted_at_once():
    most = NoteSightings([Sighting("impression", "r" * 128, 86_400_000)] * AT_ONCE)
    assert len(encode(most)) < 48 * 1024
    with pytest.raises(Malformed):
        manta().decode_command(encode(msgspec.structs.replace(most, seen=[*most.seen, *SEEN])))
