"""What was asked of an installation, what it answered and when, and what was found in it at the end.

Times are seconds of one monotonic clock: everybody who asks lives in one process.
"""

from pathlib import Path

import msgspec

WRITES = ("create", "like", "unlike", "comment", "follow", "unfollow", "edit")


class Seen(msgspec.Struct, gc=False, omit_defaults=True, frozen=True):
    """What an answer told; -1 and the empty string where it told nothing of the kind."""

    likes: int = -1
    comments: int = -1
    following: int = -1
    followers: int = -1
    posts: int = -1
    bio: int = -1
    made: str = ""  # the id of the post or comment
    at: int = -1  # when the post was created, in ms


class Call(msgspec.Struct, omit_defaults=True, gc=False):
    """One call: asked under one id until it was answered, or until nobody asked any more.

    A long run has a million: none of them is looked at by the garbage collector.
    """

    number: int
    what: str
    by: str
    on: str  # the entity that decides: `post:…` or `user:…`
    about: str = ""  # whom to follow, the comment's text, the caption, the number that the bio becomes
    echo_of: int = -1  # an answered call that is sent once more
    door: str = ""
    invoked_s: float = 0.0
    answered_s: float | None = None
    unknown: int = 0  # how often no answer came
    refused: str = ""  # the code of an answer that is no
    seen: Seen | None = None

    @property
    def is_write(self) -> bool:
        """Whether it changes something; a repetition does not."""
        return self.echo_of < 0 and self.what in WRITES

    @property
    def is_acknowledged(self) -> bool:
        """Whether it was answered by what it asked for."""
        return self.seen is not None


class PostAtEnd(msgspec.Struct):
    """A post when all was quiet."""

    author: str
    at: int
    likes: int
    comments: int
    comment_ids: list[str]
    liked: dict[str, bool] = {}  # of those who were asked about


class UserAtEnd(msgspec.Struct):
    """A user when all was quiet."""

    bio: int
    following: list[str]
    following_count: int
    followers: list[str]
    follower_count: int
    posts: list[str]
    post_count: int
    notes: int  # how many there ever were


class Closing(msgspec.Struct):
    """Everything as it was read back at the end."""

    posts: dict[str, PostAtEnd] = {}
    users: dict[str, UserAtEnd] = {}
    missing: dict[str, str] = {}  # entities that could not be read, and why


class Strike(msgspec.Struct):
    """One kill or pause, and how long it took until writes went through again."""

    kind: str
    pid: int
    at_s: float
    recovered_s: float | None = None  # after the strike; None: it never was, or another one came first


class History(msgspec.Struct):
    """One run."""

    calls: list[Call] = []
    closing: Closing | None = None  # None: nothing could be read any more
    strikes: list[Strike] = []

    def keep(self, folder: Path) -> None:
        """Writes it down: a line for each call, so that one can search in it."""
        encode = msgspec.json.encode
        with (folder / "calls.jsonl").open("wb") as file:
            file.writelines(encode(call) + b"\n" for call in self.calls)
        (folder / "strikes.jsonl").write_bytes(b"".join(encode(one) + b"\n" for one in self.strikes))
        (folder / "closing.json").write_bytes(encode(self.closing))


def kept(folder: Path) -> History:
    """A history that was written down."""
    decode = msgspec.json.decode
    calls = [decode(line, type=Call) for line in (folder / "calls.jsonl").read_bytes().splitlines()]
    strikes = [decode(line, type=Strike) for line in (folder / "strikes.jsonl").read_bytes().splitlines()]
    return History(calls, decode((folder / "closing.json").read_bytes(), type=Closing | None), strikes)
