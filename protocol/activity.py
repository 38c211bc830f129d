"""What others did that concerns a user."""

import msgspec


class Note(msgspec.Struct, frozen=True, array_like=True):
    """One line of it: `by` did `what` (like, comment, follow) to the post `about`."""

    what: str
    by: str
    about: str
    at: int
