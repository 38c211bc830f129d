"""The run file: who runs on a data folder; `manta down` finds it there, the next start ends what was left."""

import os
from pathlib import Path

import msgspec

from cluster.embedded.private_files import write_private
from cluster.embedded.processes import Life, boot_id, end_kin, kin, life_of, lives


class Record(msgspec.Struct):
    """A launcher, and the processes that it started."""

    launcher: Life
    boot: str
    runtime: str
    url: str
    processes: dict[str, Life] = {}


def new_record(runtime: Path, url: str) -> Record:
    """A record of this very process."""
    return Record(life_of(os.getpid()) or Life(os.getpid(), ""), boot_id(), str(runtime), url)


def write(path: Path, record: Record) -> None:
    """Keep it."""
    write_private(path, msgspec.json.encode(record).decode())


def read(path: Path) -> Record | None:
    """The record of whoever runs or ran, if it can be read and is of this boot."""
    try:
        record = msgspec.json.decode(path.read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None
    return record if record.boot == boot_id() else None


def launcher_lives(record: Record) -> bool:
    """Whether its launcher still runs."""
    return lives(record.launcher)


def leftovers(record: Record) -> list[int]:
    """What still runs of it."""
    return sorted({pid for life in record.processes.values() for pid in kin(life)})


def end_leftovers(record: Record) -> int:
    """Kill what a launcher left that could not clear up; how many there were."""
    return sum(end_kin(life) for life in record.processes.values())
