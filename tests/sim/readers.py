"""Readers of the journals, as search or notifications will be: they own offsets and must see every entry."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.world import World

READ_BYTES = 2_000


class Reader:
    """Reads every journal in order, at its own pace."""

    def __init__(self, world: "World", name: str, from_start: bool) -> None:
        self.world = world
        self.name = name
        self.offsets: dict[int, int] = {}
        world.store.journal.register_reader_now(name, from_start)
        self.offsets.update(world.store.journal.offsets_now(name))

    def step(self) -> None:
        """Reads some, and mostly acknowledges it."""
        chance = self.world.chance.random
        self.world.agenda.after(0.4 * chance(), self.step)
        if chance() < 0.3:
            return
        journal = self.world.store.journal
        for number, (_, head) in journal.heads_now().items():
            after = self.offsets.get(number, 0)
            if head > after:
                self._read(number, after, head)
        if chance() < 0.7:
            journal.acknowledge_now(self.name, self.offsets)

    def _read(self, number: int, after: int, head: int) -> None:
        truth = self.world.store.truth.get(number, [])
        entries = self.world.store.journal.read_now(number, after, head, READ_BYTES)
        for place, (entry, raw) in enumerate(entries, after + 1):
            if entry != place or raw != truth[entry - 1]:
                self.world.wrong(
                    "reader_gap", f"{self.name} finds {entry} of {number} where {place} should be"
                )
        if not entries:
            self.world.wrong(
                "reader_gap", f"{self.name} finds nothing of {number} from {after + 1} to {head}"
            )
        self.offsets[number] = entries[-1][0]

    def level(self) -> bool:
        """Whether everything was read and acknowledged."""
        journal = self.world.store.journal
        heads = {number: head for number, (_, head) in journal.heads_now().items()}
        return journal.offsets_now(self.name) == heads
