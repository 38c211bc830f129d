"""How far a bench is: a bar on a terminal, a line for each stage elsewhere; always on stderr."""

import os
import sys
import time
from typing import TextIO

WIDTH = 30
REDRAW_S = 0.1


class Progress:
    """Shows one stage at a time."""

    def __init__(self, bench: str, out: TextIO | None = None) -> None:
        self._bench = bench
        self._out = out or sys.stderr
        self._live = self._out.isatty() and os.environ.get("TERM") != "dumb"
        self._began = time.monotonic()
        self._drawn = 0.0
        self._stage = ""

    def stage(self, name: str) -> None:
        """Something else begins."""
        self._stage = name
        if self._live:
            self._draw("")
        else:
            self._out.write(f"{self._bench} {time.monotonic() - self._began:6.1f} s  {name}\n")
            self._out.flush()

    def step(self, done: float, total: float) -> None:
        """The stage is so far."""
        if self._live and (done >= total or time.monotonic() - self._drawn > REDRAW_S):
            filled = int(WIDTH * min(1.0, done / total)) if total else WIDTH
            self._draw(f"[{'█' * filled}{'·' * (WIDTH - filled)}] {done:,.0f} of {total:,.0f}")

    def end(self) -> None:
        """Nothing is under way any more."""
        if self._live:
            self._out.write("\r\033[K")
            self._out.flush()

    def _draw(self, bar: str) -> None:
        self._drawn = time.monotonic()
        self._out.write(f"\r\033[K{self._bench} {self._drawn - self._began:6.1f} s  {self._stage} {bar}")
        self._out.flush()
