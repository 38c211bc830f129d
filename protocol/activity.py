"""What others did that concerns a user."""

import msgspec


class Note(msgspec.Struct, frozen=True, array_like=True):
    """One line of it: `by` did `what` to the post `about`.

    `what` is like, comment, follow, follow_request or follow_accepted; new_device, of your own, with
    a session in `about`; or password_reset, of your own.
    """

    what: str
    by: str
    about: str
    at: int
