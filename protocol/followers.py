"""What is said to and by a segment of someone's followers: those whose ids stand in one range.

The user's actor sends it words, which it numbers, and is the only one who does; a segment that became too
large gives half of its people to a new one.
"""

from typing import Annotated

import msgspec

from protocol.ids import PageSize, UserId
from protocol.messages import EdgeCommand, Event, PeerCommand, Reply

ASKED_AT_ONCE = 100  # of whom an edge asks in one ask


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Which segment has the answer, once it has heard so many words of its user."""

    segment: str
    words: int


def segment_ref(user: str, number: int) -> str:
    """A segment of this user's followers."""
    return f"followers:{user}.{number}"


# told by the user, each with its number


class HoldFollowers(PeerCommand, frozen=True, tag="followers.hold"):
    """These follow."""

    users: list[str]
    word: int


class DropFollower(PeerCommand, frozen=True, tag="followers.drop"):
    """This one follows no longer."""

    user: str
    word: int


class PartFollowers(PeerCommand, frozen=True, tag="followers.part"):
    """Those from this id on belong to the segment of that number."""

    at: str
    to: int
    word: int


class SpreadPost(PeerCommand, frozen=True, tag="followers.spread"):
    """The user published: the followers here who are awake may know."""

    post: str
    at: int
    word: int


class DisbandFollowers(PeerCommand, frozen=True, tag="followers.disband"):
    """The user is no more: nobody follows."""

    word: int


# told by a segment


class GiveFollowers(PeerCommand, frozen=True, tag="followers.give"):
    """These stand with you from now on; word 0 if another segment gives them."""

    users: list[str]
    is_last: bool
    word: int = 0


class GoOn(PeerCommand, frozen=True, tag="followers.go_on"):
    """To itself: there are more to be given away, or to be told that it is over."""


# asked by edges


class ReadSegment(EdgeCommand, frozen=True, tag="followers.read"):
    """A page of the followers here, in the order of ids; refused (try again) before so many words came."""

    words: int
    after: str = ""
    limit: PageSize = 50


class WhichFollow(EdgeCommand, frozen=True, tag="followers.which"):
    """Which of these follow; refused (try again) before so many words came."""

    words: int
    users: Annotated[list[UserId], msgspec.Meta(max_length=ASKED_AT_ONCE)]


# happened


class FollowersHeld(Event, frozen=True, tag="followers.held"):
    """These stand here."""

    users: list[str]
    word: int


class FollowerDropped(Event, frozen=True, tag="followers.dropped"):
    """This one does not, whoever says so later."""

    user: str
    word: int


class FollowersGot(Event, frozen=True, tag="followers.got"):
    """These came from another segment, or from the user's own actor."""

    users: list[str]
    is_last: bool
    word: int


class PartingBegun(Event, frozen=True, tag="followers.parting_begun"):
    """Those from this id on go to that segment, some at each step."""

    at: str
    to: int
    word: int


class FollowersGiven(Event, frozen=True, tag="followers.given"):
    """Those up to this id are there."""

    upto: str
    is_last: bool


class PostSpread(Event, frozen=True, tag="followers.post_spread"):
    """The followers here were told."""

    word: int


class DisbandBegun(Event, frozen=True, tag="followers.disband_begun"):
    """Nobody follows; each of them is told."""

    word: int


class FollowersLeft(Event, frozen=True, tag="followers.left"):
    """Those up to this id were told that it is over."""

    upto: str


# answered


class WhoFollows(Reply, frozen=True, tag="followers.who"):
    """Those who do, of those who were asked about."""

    users: list[str]
