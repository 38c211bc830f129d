"""Ops that were not carried out, in the log: the first of each kind in a second, and how many more."""

import logging
from collections.abc import Callable

from protocol.errors import Malformed, MantaError, Rejected, TooFast, TooLarge

EVERY_S = 1.0
# What a caller did wrong is the caller's matter.
THEIRS = (Rejected, Malformed, TooLarge, TooFast)

log = logging.getLogger("manta.gateway.ops")


class Complaints:
    """Tells an operator what the cells could not do, under the id that journal and phone know too."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._told_s: dict[tuple[str, str], float] = {}  # kinds and codes are few
        self._more: dict[tuple[str, str], int] = {}

    def tell(self, kind: str, error: MantaError, ref: str, caller: str, call: str | None) -> None:
        """One op failed."""
        if isinstance(error, THEIRS):
            return
        key, now_s = (kind, error.code), self._now_s()
        if now_s - self._told_s.get(key, -EVERY_S) < EVERY_S:
            self._more[key] = self._more.get(key, 0) + 1
            return
        self._told_s[key] = now_s
        what = {"kind": kind, "code": error.code, "ref": ref, "user": caller, "call": call or ""}
        log.warning("not carried out: %s", error.text, extra=what | {"more": self._more.pop(key, 0)})
