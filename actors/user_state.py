"""What is remembered of a user, and what the parts of the actor share."""

from typing import Any

from msgspec.structs import replace

from actors.circle import OPEN, Circle
from actors.kernel import Call, Push, Rejected, State, Tell
from actors.notes import Notes
from actors.people import People
from actors.segments import NOWHERE, Segments
from actors.timeline import Timeline
from protocol.about import About
from protocol.boundaries import Boundary, TellBoundary, boundaries_ref
from protocol.followers import Place, segment_ref
from protocol.ids import user_ref
from protocol.messages import Message
from protocol.user_followers import Partly
from protocol.user_relations import Relation

FEED_POSTS = 500  # 6.5 KB; a page has 20


class UserState(State):
    """What is remembered of a user."""

    about: About = About()
    following: People = People()
    followers: People = People()  # all of them, or those of many who were not handed on to a segment yet
    posts: Timeline = Timeline()
    feed: Timeline = Timeline()
    feed_filled_at: int = 0
    notes: Notes = Notes()
    circle: Circle | None = None  # one byte for those who never decided anything
    narrow: Timeline = Timeline()  # of the posts those that are for close friends, or for nobody else
    seen_at: int = 0  # when the user was last here (ms, coarse)
    segments: Segments | None = None  # one byte for those who never had many followers

    def spread(self) -> Segments:
        """Where the followers of someone stand who has many."""
        return self.segments or NOWHERE

    @property
    def follower_count(self) -> int:
        """How many follow, wherever they stand."""
        return len(self.followers) + (self.segments.count if self.segments else 0)

    def around(self) -> Circle:
        """Whom the user lets near and whom not."""
        return self.circle or OPEN

    def surround(self, **changes: Any) -> None:
        """Sets these fields of the circle."""
        self.circle = replace(self.around(), **changes)

    def posts_for(self, user: str, owner: str) -> Timeline:
        """The posts that this one may know of: neither counts nor cursors tell of others."""
        if not self.narrow or user == owner or user in self.around().close_friends:
            return self.posts
        return self.posts.less(self.narrow)

    def restart_feed(self) -> None:
        """The feed does not say whose posts it holds, so it starts afresh with the own ones."""
        self.feed = self.posts.newest(FEED_POSTS)
        self.feed_filled_at = 0

    def part_from(self, user: str) -> None:
        """The two follow each other no longer, and wait for nothing."""
        if user in self.following:
            self.following = self.following.minus(user)
            self.restart_feed()
        self.followers = self.followers.minus(user)
        self.notes = self.notes.without(user)
        if self.circle is not None:
            self.circle = self.circle.without(user)


class Person:
    """What the parts of a user's actor share."""

    __slots__ = ()
    key: str
    state: UserState

    def _only_self(self, call: Call) -> None:
        if call.user != self.key:
            raise Rejected("user.not_yours", "only the user may do this")

    def _push(self, part: str, message: Message) -> Push:
        """For those who look just now: all of it can be read afresh."""
        return Push(user_ref(self.key) + part, message, numbered=False)

    def _relation(self, user: str, call: Call, **changed: bool | int) -> Relation | Partly:
        """How the user stands to this one once that has changed."""
        state, circle = self.state, self.state.around()
        relation = Relation(
            user, user in state.following, user in circle.asked, user in state.followers,
            user in circle.requests, user in circle.close_friends, user in circle.blocked,
            circle.mutes(user, call.at), circle.muted.get(user, 0) if circle.mutes(user, call.at) else 0,
            call.at,
        )  # fmt: skip
        relation, place = replace(relation, **changed), self._place(user)
        return relation if place is None or "follows_you" in changed else Partly(place, relation=relation)

    def _place(self, user: str) -> Place | None:
        """Where it is known whether this one follows, if not here."""
        segment = self.state.spread().of(user) if user else None
        return Place(segment_ref(self.key, segment.number), segment.words) if segment else None


def drawn(at: int, *pairs: tuple[str, str]) -> list[Tell]:
    """Tells every gateway that what the first owns may be no more for the second to see."""
    return [Tell(boundaries_ref(owner), TellBoundary(Boundary(owner, viewer, at))) for owner, viewer in pairs]
