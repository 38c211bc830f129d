"""Every noun that Manta serves, and the golden list of what they remember.

`python -m actors.nouns` prints the list; `actors/states.txt` holds the one that was reviewed.
"""

from actors.account import AccountActor
from actors.address import AddressActor
from actors.allowance import AllowanceActor
from actors.attendance import AttendanceActor
from actors.boundaries import BoundariesActor
from actors.catalogue import Catalogue
from actors.darkroom import DarkroomActor
from actors.followers import FollowersActor
from actors.media import MediaActor
from actors.name import NameActor
from actors.post import PostActor
from actors.probe import ProbeActor
from actors.restrictions import RestrictionsActor
from actors.revocations import RevocationsActor
from actors.sightings import SightingsActor
from actors.user import UserActor
from protocol.contracts import fields_of, parts_of

NOUNS = (
    AccountActor, AddressActor, AllowanceActor, AttendanceActor, BoundariesActor, DarkroomActor,
    FollowersActor, MediaActor, NameActor, PostActor, ProbeActor, RestrictionsActor,
    RevocationsActor, SightingsActor, UserActor,
)  # fmt: skip


def manta() -> Catalogue:
    """The catalogue of all nouns."""
    return Catalogue(NOUNS)


def states() -> str:
    """What each noun remembers, field by field: order and types are what old snapshots are read by."""
    kinds = [actor.state_type for actor in NOUNS]
    lines = [f"{actor.kind} {actor.state_type.version} {fields_of(actor.state_type)}" for actor in NOUNS]
    return "\n".join([*lines, "", *(f"{part.__name__} {fields_of(part)}" for part in parts_of(kinds))]) + "\n"


if __name__ == "__main__":
    print(states(), end="")
