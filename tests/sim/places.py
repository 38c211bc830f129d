"""The entities of the schedules: names that fall into few partitions, so that these meet often."""

from random import Random

from cluster.placement import partition_of

PARTITIONS_IN_USE = tuple(range(10))
NAMES_LIMIT = 4_000
EACH = {"purse": 7, "room": 4, "person": 8, "bell": 4, "ghost": 2}


def _names(kind: str) -> list[str]:
    found: list[str] = []
    for number in range(NAMES_LIMIT):
        ref = f"{kind}:{number}"
        if partition_of(ref) in PARTITIONS_IN_USE:
            found.append(ref)
    return found


NAMES = {kind: _names(kind) for kind in EACH}


class Places:
    """The entities of one schedule; `ghost` is a noun that nobody knows."""

    def __init__(self, chance: Random) -> None:
        self.by_kind = {kind: chance.sample(NAMES[kind], count) for kind, count in EACH.items()}
        self.refs = [ref for kind, refs in self.by_kind.items() if kind != "ghost" for ref in refs]
