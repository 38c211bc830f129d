"""What the journals say when they are read from the first entry on, by the simplest program that can."""

from typing import Any

from actors.catalogue import Catalogue, KindInfo
from actors.kernel import Actor
from cluster.core.answers import call_key
from cluster.core.records import StoredBody, decode_body, decode_entry
from cluster.placement import partition_of


class Told:
    """One entity as its journal tells of it."""

    def __init__(self, kind: KindInfo, ref: str) -> None:
        self.kind = kind
        self.actor: Actor[Any] = kind.actor()
        self.actor.key = ref.partition(":")[2]
        self.actor.state = kind.state_type()
        self.actor.live = kind.live_type() if kind.live_type else None
        self.version = 0
        self.at = 0
        self.topics: dict[str, list[int]] = {}
        self.pushed_at: dict[int, int] = {}  # version -> when it was decided
        self.fans: dict[str, str] = {}

    @property
    def log(self) -> list[str]:
        """All that happened to it."""
        log: list[str] = self.actor.state.log
        return log

    def take(self, body: StoredBody) -> None:
        """One record more."""
        for event in self.kind.decode_events(body.events):
            self.kind.appliers[type(event)](self.actor, event)
            self.version += 1
        self.at = body.at
        for topic, _ in body.pushes:
            numbers = self.topics.setdefault(topic, [])
            if not numbers or body.version > numbers[-1]:
                numbers.append(body.version)
            self.pushed_at[body.version] = body.at
        for step in body.fans:
            if step.cursor is None:
                self.fans.pop(step.fan, None)
            else:
                self.fans[step.fan] = step.cursor


class Truth:
    """Every journal, replayed; `wrong` lists what can never be right, whatever came of it."""

    def __init__(self, catalogue: Catalogue, journals: dict[int, list[bytes]]) -> None:
        self.entities: dict[str, Told] = {}
        self.calls: dict[str, bytes] = {}
        self.tells: dict[tuple[int, int], int] = {}  # (sender, receiver) -> last number
        self.heard: dict[tuple[int, int], int] = {}
        self.reminders: dict[int, set[str]] = {}
        self.fired: set[str] = set()
        self.parked: set[str] = set()
        self.wrong: list[str] = []
        self._catalogue = catalogue
        for number, entries in sorted(journals.items()):
            for entry in entries:
                self._take(number, entry)

    def _take(self, number: int, raw: bytes) -> None:
        entry = decode_entry(raw)
        for ref, body in entry.records:
            self._record(number, ref, decode_body(body))
        for receiver, tell in sorted(
            [(receiver, tell) for receiver, tell, _, _ in entry.tells]
            + [(receiver, tell) for _, told in entry.sprayed for receiver, tell, _ in told]
        ):
            last = self.tells.get((number, receiver), 0)
            if tell != last + 1:
                self.wrong.append(f"tell {tell} from {number} to {receiver} follows {last}")
            self.tells[number, receiver] = tell
        for sender, mark in entry.heard.items():
            if mark <= (last := self.heard.get((sender, number), 0)):
                self.wrong.append(f"{number} took {mark} of {sender} after {last}")
            self.heard[sender, number] = mark
        reminders = self.reminders.setdefault(number, set())
        reminders.update(entry.reminders)
        for name in entry.fired:
            if name in self.fired:
                self.wrong.append(f"reminder {name} fired twice")
            self.fired.add(name)
            reminders.discard(name)
        self.parked.update(f"{number}<{name}" for name in entry.parked)

    def _record(self, number: int, ref: str, body: StoredBody) -> None:
        if partition_of(ref) != number:
            self.wrong.append(f"a record of {ref} is in {number}")
        told = self.entities.get(ref)
        if told is None:
            told = self.entities[ref] = Told(self._catalogue.kind_of(ref), ref)
        if body.at < told.at:
            self.wrong.append(f"{ref} went back from {told.at} to {body.at}")
        told.take(body)
        if told.version != body.version:
            self.wrong.append(f"{ref}: version {body.version} is the {told.version}th event")
            told.version = body.version
        if body.call:
            key = call_key(ref, body.caller, body.call)
            if key in self.calls:
                self.wrong.append(f"{key!r} was done twice")
            self.calls[key] = bytes(body.reply)
