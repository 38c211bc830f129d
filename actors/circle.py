"""Whom a user lets near and whom not, as one value that all share who have never said anything of it."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from actors.people import People
from protocol.user_reach import Reach
from protocol.user_relations import FOR_EVER


class Circle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Privacy, and the users about whom something was decided."""

    private: bool = False
    requests: People = People()  # who asks to follow the user
    asked: People = People()  # whom the user asked to follow
    blocked: People = People()
    close_friends: People = People()
    muted: dict[str, int] = {}  # until when (ms); FOR_EVER: without end
    away: bool = False  # the account rests, or was erased: nobody else sees anything of the user
    away_since: int = 0  # when the account said so last (ms), or that it is not
    reach: Reach = Reach()
    shunned: People = People()  # by whom the user is blocked
    shunned_by_more: bool = False  # than can be held

    def without(self, user: str) -> "Circle":
        """The same where this one is a stranger; a mute is left, as it is nobody else's business."""
        return replace(
            self,
            requests=self.requests.minus(user),
            asked=self.asked.minus(user),
            close_friends=self.close_friends.minus(user),
        )

    def mutes(self, user: str, at: int) -> bool:
        """Whether nothing is to be heard of this one at that time (ms)."""
        until = self.muted.get(user)
        return until is not None and (until == FOR_EVER or until > at)

    def muting(self, user: str, until: int) -> "Circle":
        """The same with this one muted until then."""
        return replace(self, muted={**self.muted, user: until})

    def hearing(self, user: str) -> "Circle":
        """The same with this one muted no longer."""
        return replace(self, muted={other: until for other, until in self.muted.items() if other != user})

    def muted_among(self, users: Iterable[str], at: int) -> list[str]:
        """Of these users, those who are muted at that time."""
        return [user for user in users if self.mutes(user, at)]


OPEN = Circle()
