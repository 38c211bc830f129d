"""What is said to and by an allowance: how often one user may still do a thing."""

from typing import NamedTuple

from protocol.messages import EdgeCommand, EphemeralEvent, Reply


class Pace(NamedTuple):
    """At most `burst` at once, and one more every `every_ms`."""

    every_ms: int
    burst: int

    @property
    def whole_ms(self) -> int:
        """After so long without a deed the whole burst is there again."""
        return self.every_ms * self.burst


# An allowance is forgotten with its actor after 300 s without a deed, so none takes longer to fill up.
PACES: dict[str, Pace] = {
    "login": Pace(every_ms=5_000, burst=10),
    "post": Pace(every_ms=5_000, burst=30),
    "upload": Pace(every_ms=2_000, burst=60),
    "comment": Pace(every_ms=1_000, burst=30),
    "follow": Pace(every_ms=1_000, burst=60),
    "edit": Pace(every_ms=2_000, burst=20),
    "mail": Pace(every_ms=60_000, burst=5),  # letters to one address, and resets of one name
}


def allowance_ref(user: str) -> str:
    """The actor that counts what a user does."""
    return f"allowance:{user}"


class SpendAllowance(EdgeCommand, frozen=True, tag="allowance.spend"):
    """The user is about to do this."""

    deed: str


class AllowanceSpent(EphemeralEvent, frozen=True, tag="allowance.spent"):
    """One was done: from that moment on (ms) all of it will be there again."""

    deed: str
    full_at: int


class AllowanceAnswer(Reply, frozen=True, tag="allowance.answer"):
    """How long (ms) to wait before it may be done; 0: now, and it is counted."""

    wait_ms: int
