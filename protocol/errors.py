"""Every way in which Manta says no.

    MantaError                   code             retry
    ├── Rejected                 (the noun's own) no     the actor decided against it
    ├── Refused                                          the ground would not carry it out
    │   ├── Malformed            malformed        no     it could not be read as a command
    │   ├── TooLarge             too_large        no     it, or what it would journal, is over a limit
    │   ├── Quarantined          quarantined      no     this entity's stored data cannot be read
    │   ├── Broken               internal         no     a bug of ours; nothing was changed
    │   ├── Unavailable          unavailable      yes    cannot be made durable or read safely just now
    │   ├── Overloaded           overloaded       yes    a queue is full
    │   ├── TooFast              too_fast         yes    you do it too often; only gateways say so
    │   └── Moved                moved            yes    another cell serves it
    └── Unknown                  unknown          yes    no answer in time: it may or may not have happened

`retry` means: the same command under the same id, later. Codes are stable; texts are for people.
"""


class MantaError(Exception):
    """The root of all that is answered instead of a reply."""

    code = "internal"
    retry = False

    def __init__(self, text: str = "", code: str | None = None) -> None:
        super().__init__(text or self.__doc__ or self.code)
        if code is not None:
            self.code = code

    @property
    def text(self) -> str:
        """What happened and what to do, for a person."""
        return str(self.args[0])


class Rejected(MantaError):
    """The actor decided against it."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or code, code)


class Refused(MantaError):
    """The ground would not carry it out."""


class Malformed(Refused):
    """It could not be read as a command."""

    code = "malformed"


class TooLarge(Refused):
    """It is over a limit."""

    code = "too_large"


class Quarantined(Refused):
    """The stored data of this entity cannot be read; an operator has been told."""

    code = "quarantined"


class Broken(Refused):
    """Something of ours broke; nothing was changed."""

    code = "internal"


class Unavailable(Refused):
    """It cannot be made durable or read safely just now; try again."""

    code = "unavailable"
    retry = True


class Overloaded(Refused):
    """A queue is full; try again later."""

    code = "overloaded"
    retry = True


class TooFast(Refused):
    """You do this too often: wait a little."""

    code = "too_fast"
    retry = True

    def __init__(self, text: str = "", after_s: float = 1.0) -> None:
        super().__init__(text)
        self.after_s = after_s


class Moved(Refused):
    """Another cell serves it."""

    code = "moved"
    retry = True


class Unknown(MantaError):
    """No answer came in time: it may or may not have happened; ask again under the same id."""

    code = "unknown"
    retry = True


REFUSALS: dict[str, type[MantaError]] = {
    kind.code: kind
    for kind in (Malformed, TooLarge, Quarantined, Broken, Unavailable, Overloaded, Moved, Unknown)
}


def error_of(code: str, text: str) -> MantaError:
    """The error that a code on the wire stands for."""
    kind = REFUSALS.get(code)
    return kind(text) if kind is not None else Rejected(code, text)
