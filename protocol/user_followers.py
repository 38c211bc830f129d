"""What is said to and by a user whose followers stand in segments: `protocol/followers.py`."""

from typing import Annotated

import msgspec

from protocol.followers import ASKED_AT_ONCE, Place
from protocol.ids import PageSize, UserId
from protocol.messages import ClientRead, EdgeCommand, Event, PeerCommand, Reply
from protocol.user import Profile
from protocol.user_relations import Relation

# asked


class ReadKnown(ClientRead, frozen=True, tag="user.read_known"):
    """To the caller's own actor: those whom the caller follows among the followers of `user`.

    With the caller's own id: those who follow back. The actor names whom it follows, the edge leaves out
    who does not follow `user`.
    """

    user: UserId
    after: str = ""
    limit: PageSize = 20


class FindFollowers(EdgeCommand, frozen=True, tag="user.find_followers"):
    """Which of these follow the user, and in which segments to ask for the others."""

    users: Annotated[list[UserId], msgspec.Meta(max_length=ASKED_AT_ONCE)]


# told


class CountFollowers(PeerCommand, frozen=True, tag="user.count_followers"):
    """A segment changed by so many, has so many, heard so many words; if it is full, where its middle is."""

    number: int
    change: int
    count: int
    heard: int
    middle: str = ""


class HandOnFollowers(PeerCommand, frozen=True, tag="user.hand_on_followers"):
    """To itself: the followers become too many for one snapshot; some go to a segment at each step."""


# happened


class FollowersTold(Event, frozen=True, tag="user.followers_told"):
    """These segments were told one word more."""

    numbers: list[int]


class FollowersHandedOn(Event, frozen=True, tag="user.followers_handed_on"):
    """The followers from this id on, so many, went to the segment of that number."""

    number: int
    start: str
    count: int


class FollowersCounted(Event, frozen=True, tag="user.followers_counted"):
    """A segment has so many, and all segments together so many more or less."""

    number: int
    change: int
    count: int


class SegmentSplit(Event, frozen=True, tag="user.segment_split"):
    """Those from this id on belong to a segment of their own."""

    number: int
    at: str
    to: int


class SegmentEmptied(Event, frozen=True, tag="user.segment_emptied"):
    """The one before it stands for its range now."""

    number: int


class SegmentsDisbanded(Event, frozen=True, tag="user.segments_disbanded"):
    """Nobody in these segments follows."""

    numbers: list[int]


# answered


class FoundFollowers(Reply, frozen=True, tag="user.found_followers"):
    """Those of whom the user's own actor knows that they follow; the others by the places to ask."""

    users: list[str]
    asked_of: list[tuple[Place, list[str]]]


class SegmentList(Reply, frozen=True, tag="user.segments"):
    """Followers who stand in no segment, who come first; then segments, and whether there are more."""

    users: list[str]
    places: list[Place]
    has_more: bool


class Partly(Reply, frozen=True, tag="user.partly"):
    """A profile or a relation, but for whether someone follows, which the edge learns in that place."""

    place: Place
    profile: Profile | None = None
    relation: Relation | None = None
