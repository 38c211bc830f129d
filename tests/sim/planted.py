"""Bugs to be planted, one at a time: what the simulator is worth is how soon it finds them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import msgspec
from msgspec.structs import replace

from cluster import lease
from cluster.core.answers import Answers
from cluster.core.appending import Appender
from cluster.core.cell import CellCore
from cluster.core.committing import Committer
from cluster.core.deciding import Decider
from cluster.core.desk import Desk
from cluster.core.flushing import Flusher
from cluster.core.handover import Handover
from cluster.core.partition import Page, Partition
from cluster.core.records import FanStep
from cluster.core.recovery import Recovery
from cluster.core.topics import Topic
from cluster.link.frames import Joined
from cluster.ports import Holder
from cluster.storage.memory_partition import MemoryPartition
from tests.sim.weather import narrow_rooms
from tests.sim.world import World

Bug = Callable[[], AbstractContextManager[Any]]


def _around(owner: type[Any], name: str, instead: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Puts a function around a method: it is given the method first."""
    method = getattr(owner, name)
    return patch.object(owner, name, lambda *args, **named: instead(method, *args, **named))


@contextmanager
def fence_removed() -> Iterator[None]:
    def any_epoch(method: Any, partition: MemoryPartition, request: Any) -> Any:
        if hasattr(request, "entries"):
            return method(partition, replace(request, epoch=partition.epoch))
        request = replace(request)
        request.epoch = partition.epoch
        return method(partition, request)

    with _around(MemoryPartition, "append", any_epoch), _around(MemoryPartition, "flush", any_epoch):
        yield


def head_ignored() -> AbstractContextManager[Any]:
    return _around(
        MemoryPartition,
        "append",
        lambda method, partition, append: method(partition, replace(append, expected_head=partition.head)),
    )


def answered_before_durable() -> AbstractContextManager[Any]:
    return _around(
        Decider,
        "_answer",
        lambda method, decider, partition, entity, peer, answer: decider.desk.answer(peer, answer),
    )


def uncommitted_read_answered() -> AbstractContextManager[Any]:
    def instead(method: Any, decider: Decider, partition: Any, entity: Any, peer: str, answer: Any) -> None:
        if b"sim.view" in bytes(answer.reply):
            decider.desk.answer(peer, answer)
        else:
            method(decider, partition, entity, peer, answer)

    return _around(Decider, "_answer", instead)


@contextmanager
def calls_forgotten() -> Iterator[None]:
    with (
        _around(Answers, "find", lambda method, answers, key: None),
        _around(Answers, "page_of", lambda method, answers, key: None),
    ):
        yield


def _blind(owner: type[Any], name: str, to: str) -> AbstractContextManager[Any]:
    """Lets a method find one of its tables empty."""

    def instead(method: Any, one: Any, *args: Any) -> Any:
        kept = getattr(one, to)
        setattr(one, to, type(kept)() if kept is not None else None)
        result = method(one, *args)
        setattr(one, to, kept)
        return result

    return _around(owner, name, instead)


def trimmed_past_a_tell() -> AbstractContextManager[Any]:
    return _blind(Partition, "needed_from", to="pairs")


def trimmed_past_a_sleeper() -> AbstractContextManager[Any]:
    return _blind(Partition, "needed_from", to="tail")


def trimmed_past_a_reader() -> AbstractContextManager[Any]:
    return _blind(MemoryPartition, "trim", to="readers")


def watermark_not_journaled() -> AbstractContextManager[Any]:
    return _blind(Page, "entry", to="heard")


def firing_not_journaled() -> AbstractContextManager[Any]:
    return _blind(Page, "entry", to="fired")


def cursor_not_journaled() -> AbstractContextManager[Any]:
    return patch("cluster.core.fanning.FanStep", lambda fan, cursor: FanStep(fan, cursor and ""))


def torn_snapshot() -> AbstractContextManager[Any]:
    """A snapshot with events that its label does not cover."""

    def snapshot(method: Any, flusher: Any, partition: Any, flush: Any, entity: Any) -> int:
        blob: bytes = flusher._encode(partition, entity)
        flush.snapshots[entity.ref] = blob
        flusher._clean(partition, entity)
        return len(blob)

    return _around(Flusher, "_snapshot", snapshot)


def snapshot_labelled_later() -> AbstractContextManager[Any]:
    def encode(method: Any, flusher: Any, partition: Any, entity: Any) -> Any:
        entity.seq += 1
        blob = method(flusher, partition, entity)
        entity.seq -= 1
        return blob

    return _around(Flusher, "_encode", encode)


def undurable_numbers_flushed() -> AbstractContextManager[Any]:
    def tables(method: Any, flusher: Any, partition: Any, flush: Any) -> None:
        numbered = {receiver: partition.numbers[receiver] for receiver in partition.sent_due}
        method(flusher, partition, flush)
        flush.sent = numbered

    return _around(Flusher, "_tables", tables)


def passivated_before_written() -> AbstractContextManager[Any]:
    return _around(Partition, "unwritten", lambda method, partition, ref: False)


def lease_not_minded() -> AbstractContextManager[Any]:
    return _around(Desk, "trusted", lambda method, desk: True)


def failed_append_believed() -> AbstractContextManager[Any]:
    def appended(method: Any, appender: Any, appends: Any, results: Any) -> None:
        believed = [replace(r, status="ok") if r.status == "failed" else r for r in results]
        method(appender, appends, believed)

    return _around(Appender, "appended", appended)


def pushed_before_durable() -> AbstractContextManager[Any]:
    def push(method: Any, committer: Any, partition: Any, entity: Any, *args: Any) -> None:
        already = len(partition.collecting.pushes or ())
        method(committer, partition, entity, *args)
        for _, push in partition.collecting.pushes[already:]:
            for peer in entity.topics[push.topic].watchers:
                committer.desk.push(peer, push)

    return _around(Committer, "_push", push)


def tellall_told_after_the_tells() -> AbstractContextManager[Any]:
    def in_order(tells: Any, sprayed: Any) -> Any:
        many = [(receiver, number, ref, raw) for raw, refs in sprayed for receiver, number, ref in refs]
        return [*tells, *many]

    return patch("cluster.core.delivery.in_order", in_order)


def full_journal_refuses_tells() -> AbstractContextManager[Any]:
    return _around(
        Committer, "admit", lambda method, committer, partition, owed=False: method(committer, partition)
    )


@contextmanager
def told_before_durable() -> Iterator[None]:
    def build(method: Any, appender: Any, partition: Any) -> Any:
        pages = partition.collecting.pages()
        append = method(appender, partition)
        for page in pages:
            if page.tells or page.sprayed:
                appender.delivery.durable_tells(partition, page)
                page.tells = page.sprayed = None
        return append

    with _around(Appender, "_build", build):
        yield


def resume_skips_what_was_missed() -> AbstractContextManager[Any]:
    return _around(Topic, "join", lambda method, topic, epoch, since: Joined(epoch, topic.number))


def full_page_dropped_too_soon() -> AbstractContextManager[Any]:
    def seal(method: Any, answers: Any, *args: Any) -> Any:
        sealed = method(answers, *args)
        answers.written()
        return sealed

    return _around(Answers, "seal", seal)


def taken_before_it_was_left() -> AbstractContextManager[Any]:
    """A cell takes what is placed on it from one that still answers."""

    def right_over(holder: Any, me: Any, *args: Any) -> str:
        return "placed" if holder.cell != me.cell else lease.right_over(holder, me, *args)

    return patch("tests.sim.claims.right_over", right_over)


def nobody_is_waited_for() -> AbstractContextManager[Any]:
    """A cell waits for a lease also where the one before has let go."""

    def right_over(holder: Any, me: Any, *args: Any) -> str:
        return lease.right_over(holder if holder.cell else Holder("x", ""), me, *args)

    return patch("tests.sim.claims.right_over", right_over)


@contextmanager
def answered_as_it_left() -> Iterator[None]:
    """A cell that lets go of a partition answers what is on its way to the journal."""

    def drop(method: Any, core: CellCore, partition: int, cause: str) -> None:
        held = core.desk.partitions.get(partition)
        batch = held.flying if held is not None else None
        if batch is not None and cause == "placed_elsewhere":
            for peer, answer in batch.answers:
                core.desk.answer(peer, answer)
            batch.answers.clear()
        method(core, partition, cause)

    with (
        _around(CellCore, "drop", drop),
        patch.object(Handover, "is_settled", lambda handover, partition: True),
    ):
        yield


def served_before_it_was_read() -> AbstractContextManager[Any]:
    """A cell serves what it took at once, whatever the journal holds beyond the snapshots."""

    def taken(method: Any, recovery: Any, taken: Any) -> Any:
        partition = method(recovery, taken)
        partition.serving = True
        return partition

    return _around(Recovery, "taken", taken)


BUGS: dict[str, Bug] = {
    bug.__name__: bug
    for bug in (
        fence_removed, answered_before_durable, uncommitted_read_answered, calls_forgotten,
        trimmed_past_a_tell, trimmed_past_a_reader, watermark_not_journaled, head_ignored, torn_snapshot,
        snapshot_labelled_later, undurable_numbers_flushed, cursor_not_journaled, firing_not_journaled,
        passivated_before_written, failed_append_believed, resume_skips_what_was_missed,
        full_page_dropped_too_soon, trimmed_past_a_sleeper, pushed_before_durable, told_before_durable,
        lease_not_minded, tellall_told_after_the_tells, full_journal_refuses_tells,
        taken_before_it_was_left, answered_as_it_left, served_before_it_was_read, nobody_is_waited_for,
    )
}  # fmt: skip


class Found(msgspec.Struct):
    """How a bug was found: after how many schedules, and what was broken then."""

    seeds: int
    text: str


def seeds_until_found(bug: str | None, at_most: int) -> Found | None:
    """Plants a bug, or none, and runs schedules until one breaks a promise."""
    with narrow_rooms(), BUGS[bug]() if bug is not None else nullcontext():
        for seed in range(at_most):
            if (violation := World(seed).run()) is not None:
                return Found(seed + 1, str(violation))
    return None
