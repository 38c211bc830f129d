"""The names of people and things: what they may look like, and how what is created gets its own."""

from hashlib import blake2b
from typing import Annotated

import msgspec

UserId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")]
PostId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
CommentId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{16}\Z")]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=100)]


def derived_id(kind: str, caller: str, call: str) -> str:
    """The id of what this caller creates by this call: the same however often it is sent.

    64 bits: among 10^9 posts a new one meets an old one once in 2 * 10^10 times; it is refused then, and
    can be made under another call id.
    """
    return blake2b(f"{kind}\n{caller}\n{call}".encode(), digest_size=8).hexdigest()


def user_ref(user: str) -> str:
    """The actor of a user."""
    return f"user:{user}"


def post_ref(post: str) -> str:
    """The actor of a post."""
    return f"post:{post}"


def account_ref(user: str) -> str:
    """The actor of a user's account: what is needed to get in, and nothing that others may see."""
    return f"account:{user}"
