"""Who is at something just now: users by when they last said so, in that order. Silence ends it."""

from itertools import islice, takewhile

Presence = dict[str, int]
"""Milliseconds since 1970 by user; who said so last stands last."""


def lapsed(users: Presence, at: int, lasts_ms: int) -> list[str]:
    """Those who have been silent for too long: the first ones in order."""
    return list(takewhile(lambda user: users[user] <= at - lasts_ms, users))


def is_present(users: Presence, user: str, at: int, lasts_ms: int) -> bool:
    """Whether this user is at it."""
    return user in users and users[user] > at - lasts_ms


def count_with(users: Presence, user: str, at: int, lasts_ms: int) -> int:
    """How many are at it when this user is."""
    count = len(users) - len(lapsed(users, at, lasts_ms))
    return count if is_present(users, user, at, lasts_ms) else count + 1


def newest(users: Presence, but: str, limit: int) -> list[str]:
    """The last ones who said so, the newest first, without one of them."""
    return list(islice((user for user in reversed(users) if user != but), limit))


def refresh(users: Presence, user: str, at: int, lasts_ms: int) -> None:
    """This user says so again; those who lapsed go."""
    for gone in lapsed(users, at, lasts_ms):
        del users[gone]
    users.pop(user, None)
    users[user] = at
