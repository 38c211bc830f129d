"""What is said to and by an account of its second factor: codes of an app, and backup codes."""

from typing import Annotated

import msgspec

from protocol.messages import EdgeCommand, Event, Reply

BACKUPS = 10

Sealed = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Hash = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


# asked


class OfferFactor(EdgeCommand, frozen=True, tag="account.offer_factor"):
    """The secret of a factor that is on once a code of it was shown; the edge alone can open the seal."""

    sealed: Sealed


class ViewFactor(EdgeCommand, frozen=True, tag="account.view_factor"):
    """How it stands."""


class ConfirmFactor(EdgeCommand, frozen=True, tag="account.confirm_factor"):
    """A code of this secret was shown, that of this step of time; the factor is on, with new backup codes."""

    sealed: Sealed
    step: int
    backups: Annotated[list[Hash], msgspec.Meta(max_length=BACKUPS)]


class UseFactor(EdgeCommand, frozen=True, tag="account.use_factor"):
    """Someone showed a code: of this step (0: of none near), or one with this hash; each is good once."""

    step: int
    backup: str


class DropFactor(EdgeCommand, frozen=True, tag="account.drop_factor"):
    """The factor is off; the edge has verified the password and a code."""


# happened


class FactorOffered(Event, frozen=True, tag="account.factor_offered"):
    """There is a secret that waits for its first code."""

    sealed: str


class FactorConfirmed(Event, frozen=True, tag="account.factor_confirmed"):
    """The factor is on."""

    sealed: str
    step: int
    backups: list[str]


class FactorUsed(Event, frozen=True, tag="account.factor_used"):
    """A code was used up."""

    step: int
    backup: str


class FactorFailed(Event, frozen=True, tag="account.factor_failed"):
    """A wrong code was shown; the next one is looked at from then on (ms)."""

    until: int


class FactorDropped(Event, frozen=True, tag="account.factor_dropped"):
    """The factor is off."""


# answered


class FactorState(Reply, frozen=True, tag="account.factor_state"):
    """Whether it is on, how many backup codes are left, and the secret, sealed, that is on or waits."""

    on: bool
    backups: int = 0
    sealed: str = ""


class FactorUse(Reply, frozen=True, tag="account.factor_use"):
    """Whether the code was good; if none is looked at just now, how long (ms) to wait."""

    good: bool
    wait_ms: int = 0
