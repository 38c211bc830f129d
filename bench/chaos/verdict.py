"""What a checker found in a history."""

from typing import Literal

import msgspec

Kind = Literal["lost", "doubled", "stale", "odd"]


class Finding(msgspec.Struct, frozen=True):
    """Something that must not be, on one entity, shown by these calls."""

    kind: Kind
    entity: str
    text: str
    calls: tuple[int, ...] = ()
    count: int = 1  # of writes or reads that are concerned
    by_tell: bool = False  # on the other end of a tell, which arrives later


class Verdict:
    """All findings of one history."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(
        self, kind: Kind, entity: str, text: str, *calls: int, count: int = 1, by_tell: bool = False
    ) -> None:
        """One more."""
        self.findings.append(Finding(kind, entity, text, calls, count, by_tell))

    def count(self, kind: Kind, by_tell: bool = False) -> int:
        """How many writes or reads are concerned by findings of a kind; or how many of those by a tell."""
        return sum(one.count for one in self.findings if one.kind == kind and (one.by_tell or not by_tell))

    def entities(self) -> list[str]:
        """Where to look."""
        return sorted({finding.entity for finding in self.findings})

    @property
    def is_waiting(self) -> bool:
        """Whether tells that are still on their way would explain it all."""
        return bool(self.findings) and all(one.by_tell for one in self.findings)
