"""What the hosts of a core give to it and take from it; the core itself knows no socket, store or clock."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from cluster.link.frames import Answer, Op, Pushed, Told
from cluster.ports import Append, Appended, Flush, Flushed, Taken


class Limits(msgspec.Struct, kw_only=True):
    """Every bound of a cell, with its unit."""

    mailbox_ops: int = 1_000  # ops that wait for one entity
    waiting_ops: int = 50_000  # ops of a cell that wait for storage, all told
    batch_records: int = 10_000  # records that one partition collects while an append is in flight
    pack_after_s: float = 240.0  # without a use; sooner where memory is short
    idle_after_s: float = 300.0
    resident_limit_bytes: int = 2 << 30  # above half of it the idlest are packed, above it they leave
    snapshot_after_s: float = 60.0
    flush_bytes: int = 128 * 1024  # one flush holds Redis for half a millisecond
    flush_window_bytes: int = 1 << 20  # what may be on its way at once
    flush_parts: int = 50  # snapshots of a flush, snapshots and answers of a window: half a ms
    journal_soft_bytes: int = 384 << 20  # of a cell, a minute at 20,000 writes a second: above it, sooner
    journal_hard_bytes: int = 1 << 30  # of a cell: above it, writes are refused
    stall_after_s: float = 2.0
    lease_s: float = 6.0  # a taker waits so long; the holder trusts its lease a second less
    answers_s: float = 24 * 3600.0
    answers_per_cell: int = 4_000_000  # sealed ones cost 8 bytes each
    push_history: int = 256
    push_history_s: float = 60.0
    tell_window: int = 256  # unheard tells on their way, per pair of partitions
    tell_retry_s: float = 2.0
    audience_step: int = 1_000
    clock_jump_s: float = 60.0


class Outbound(msgspec.Struct):
    """What leaves a cell now: by peer (someone who asked) and by cell (whoever holds a partition)."""

    answers: dict[str, list[Answer]] = msgspec.field(default_factory=dict)
    pushes: dict[str, list[Pushed]] = msgspec.field(default_factory=dict)
    closed: dict[str, list[str]] = msgspec.field(default_factory=dict)
    tells: dict[str, list[Told]] = msgspec.field(default_factory=dict)
    heard: dict[str, list[tuple[int, int, int]]] = msgspec.field(default_factory=dict)
    sprays: dict[str, list[tuple[msgspec.Raw, list[str]]]] = msgspec.field(default_factory=dict)


class Alarm(msgspec.Struct, array_like=True):
    """Something an operator should look at."""

    at: int
    code: str
    text: str


class Handing(Protocol):
    """How partitions leave a cell and come to it, for who moves them."""

    def hasten(self, partition: int, hastened: bool) -> None: ...
    def tail_bytes(self, partition: int) -> int: ...
    def stop_deciding(self, partition: int) -> None: ...
    def is_settled(self, partition: int) -> bool: ...
    def is_serving(self, partition: int) -> bool: ...


class Core(Protocol):
    """A cell, as its host drives it. Set the clock, put things in, then take what is to be done."""

    # from the links; `peer` names the link that answers and pushes go back on
    def ops(self, peer: str, ops: list[Op]) -> None: ...
    def tells(self, cell: str, tells: list[Told]) -> None: ...
    def heard(self, marks: list[tuple[int, int, int]]) -> None: ...
    def spray(self, command: msgspec.Raw, refs: list[str]) -> None: ...
    def unwatch(self, peer: str, topics: list[str]) -> None: ...
    def peer_gone(self, peer: str) -> None: ...

    # from the placement map, the lease and the partitions' take-over
    def placed(self, cells: dict[int, str]) -> None: ...
    def renewed(self, sent_mono_s: float) -> None: ...
    def taken(self, taken: Taken) -> None: ...
    def tail(self, partition: int, epoch: int, entries: list[tuple[int, bytes]]) -> None: ...
    def drop(self, partition: int, cause: str) -> None: ...
    @property
    def handover(self) -> Handing: ...

    # from the store: the results of what the core asked for below
    def appended(self, appends: list[Append], results: list[Appended]) -> None: ...
    def loaded(self, wanted: list[tuple[int, str]], blobs: list[bytes | None] | None) -> None: ...
    def flushed(self, flushes: list[Flush], results: list[Flushed]) -> None: ...
    def tick(self) -> None: ...
    def tidy(self) -> bool: ...

    # to be carried out by the host. `outbound` is `hand_over`, then `leaving`; a host that calls these itself
    # lets answers leave before the tells that follow from them are decided, and joins those with the next ops
    def hand_over(self) -> None: ...
    def restless(self) -> bool: ...
    def leaving(self) -> Outbound | None: ...
    def outbound(self) -> Outbound | None: ...
    def appends(self) -> list[Append]: ...
    def loads(self) -> list[tuple[int, str]]: ...
    def flushes(self) -> list[Flush]: ...
    def rest(self) -> float: ...
    def reads(self) -> list[tuple[int, int, int]]: ...  # (partition, after, up to) of journals to be read
    def stats(self) -> msgspec.Struct: ...
    def alarms(self) -> Sequence[Alarm]: ...
