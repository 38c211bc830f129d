"""The process that a cell lives in: what proves it dead, and the loop that it runs on."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

_PROC = Path("/proc")


def proof_of_life() -> str:
    """Names this very process: boot, namespace, number and start; empty where the system does not tell."""
    start = _start_of("self")
    return f"{_surroundings()} {os.getpid()} {start}" if start else ""


def is_surely_dead(proof: str) -> bool | None:
    """Whether the process of a proof is gone; None if that cannot be seen from here."""
    where, _, rest = proof.partition(" ")
    number, _, start = rest.partition(" ")
    if not start or where != _surroundings():
        return None
    return _start_of(number) != start


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Runs a program on the fastest loop there is."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


def _surroundings() -> str:
    """Where process numbers mean the same: this boot of the machine, this namespace of processes."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return "unknown"


def _start_of(number: str) -> str:
    """When a process started, in ticks since boot; empty if it is not there or a zombie."""
    try:
        after_name = (_PROC / number / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after_name[0] in "ZX" else after_name[19]
