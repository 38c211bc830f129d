"""One thing that REST can do: a typed method, from which routing, reading and documentation follow.

    @serves("POST", "/api/posts/{post_id}/like")
    async def like(self, caller: Caller, path: OnePost) -> LikeState:

What a method takes is known by its name: `caller` (a token is needed to call it), `stranger` (open to all, a
few times for each address), `path`, `query` and `body` (structs, read strictly).
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_type_hints

import msgspec

INPUTS = ("caller", "stranger", "path", "query", "body")

F = TypeVar("F", bound=Callable[..., Any])


class Caller(msgspec.Struct, frozen=True):
    """Who calls, on which device, and the client's key, under which a repetition does nothing more."""

    user: str
    session: str
    key: str
    origin: str = ""  # where this gateway is for the caller: https://example.com

    def call(self, deed: str) -> str:
        """The id of this call: one key may go with several deeds."""
        return f"{deed}:{self.key}"


class Stranger(msgspec.Struct, frozen=True):
    """Someone who is no one yet."""

    address: str
    key: str


class Operation(msgspec.Struct, frozen=True):
    """What is served under one method and path."""

    method: str
    path: str
    status: int
    run: Callable[..., Awaitable[Any]]
    inputs: dict[str, Any]  # of INPUTS, those that it takes, with their types
    answer: Any  # a struct, or None

    @property
    def name(self) -> str:
        """One word for it, for figures, logs and generated clients."""
        return self.run.__name__

    @property
    def text(self) -> str:
        """What it is for."""
        return str(self.run.__doc__).strip()

    @property
    def is_write(self) -> bool:
        """Whether it changes anything, and so takes a key."""
        return self.method != "GET"


def told(**schema: object) -> msgspec.Meta:
    """What the document says of a field that the actor itself checks, with a code of its own."""
    return msgspec.Meta(extra_json_schema=schema)


def serves(method: str, path: str, status: int = 200) -> Callable[[F], F]:
    """Marks a method that is served over REST."""

    def mark(function: F) -> F:
        vars(function)["__serves__"] = (method, path, status)
        return function

    return mark


def operations_of(*served: object) -> list[Operation]:
    """All marked methods of these objects."""
    found = []
    for each in served:
        for function in vars(type(each)).values():
            if marked := getattr(function, "__serves__", None):
                found.append(_operation(getattr(each, function.__name__), *marked))
    return found


def _operation(run: Callable[..., Awaitable[Any]], method: str, path: str, status: int) -> Operation:
    hints = get_type_hints(run, include_extras=True)
    answer = hints.pop("return")
    if unknown := set(hints) - set(INPUTS):
        raise TypeError(
            f"{run.__qualname__} takes {', '.join(sorted(unknown))}; known are {', '.join(INPUTS)}"
        )
    return Operation(method, path, status, run, hints, None if answer is type(None) else answer)
