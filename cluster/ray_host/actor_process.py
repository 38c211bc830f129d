"""The process of a Ray actor: it goes with its node, writes a log of its own, and shows that it turns."""

import asyncio
import importlib
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from cluster.embedded.fate import dies_with
from cluster.json_log import write_log
from cluster.process import proof_of_life

BEAT_S = 0.25
SHORT_LIFE_S = 2.0  # one that ends sooner waits a moment first, so that a standing cause does not burn a core
PAUSE_S = 1.0

_BORN_S = time.monotonic()
_log = logging.getLogger(__name__)


class Pulse(msgspec.Struct, array_like=True):
    """That a process lives, and how long its loop has not turned."""

    pid: int
    proof: str
    still_s: float


class ActorProcess:
    """This process; made by the actor that lives in it, on the actor's loop."""

    def __init__(self, name: str, logs: str, level: str) -> None:
        # Without this an actor outlives its killed node by 25 s and more, and goes on writing.
        if raylet := os.environ.get("RAY_RAYLET_PID"):
            dies_with(int(raylet))()
        write_log(Path(logs) / f"{name}.log", level)
        self._proof = proof_of_life()
        self._turned_s = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._beat()
        _log.info("%s lives: process %d, %s", name, os.getpid(), sys.version.split()[0])

    def pulse(self) -> Pulse:
        """May be asked from any thread."""
        return Pulse(os.getpid(), self._proof, time.monotonic() - self._turned_s)

    def _beat(self) -> None:
        self._turned_s = time.monotonic()
        self._loop.call_later(BEAT_S, self._beat)


def end(cause: str) -> NoReturn:
    """Ends this process at once; Ray starts another in its place."""
    _log.error("this process ends: %s", cause, exc_info=sys.exc_info()[0] is not None)
    logging.shutdown()
    if time.monotonic() - _BORN_S < SHORT_LIFE_S:
        time.sleep(PAUSE_S)
    os._exit(1)


def named(reference: str) -> Callable[..., Any]:
    """The function behind `module:function`."""
    module, _, function = reference.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
