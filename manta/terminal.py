"""What the launcher shows: stages with times; plain lines where no person watches, JSON for programs."""

import json
import os
import sys
import time
from typing import TextIO

WIDTH = 12


class Terminal:
    """Shows a start, a run and a stop."""

    def __init__(self, out: TextIO | None = None, as_json: bool = False) -> None:
        self._out = out or sys.stdout
        self._json = as_json
        self._live = not as_json and self._out.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self._live and "NO_COLOR" not in os.environ
        self._began: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._drawn = False  # whether the line of what is under way is on the screen

    def begin(self, name: str, detail: str = "") -> None:
        """A stage begins, or tells how far it is."""
        self._began.setdefault(name, time.monotonic())
        if self._json:
            self._emit(stage=name, state="begin", detail=detail)
        elif self._live:
            self._details[name] = detail
            self.refresh()
        elif detail and self._details.get(name) != detail:
            self._details[name] = detail
            self._print(f"{name:<{WIDTH}} {detail}")

    def ready(self, name: str, detail: str = "") -> None:
        """A stage is done."""
        took_s = time.monotonic() - self._began.pop(name, time.monotonic())
        self._details.pop(name, None)
        if self._json:
            self._emit(stage=name, state="ready", seconds=round(took_s, 2), detail=detail)
            return
        mark = self._coloured("32", "ready")
        self._print(f"{name:<{WIDTH}} {mark} {took_s:5.1f} s  {detail}".rstrip())
        self.refresh()

    def say(self, text: str) -> None:
        """A line in passing."""
        self._emit(note=text) if self._json else self._print(text)

    def warn(self, text: str) -> None:
        """A line that an operator should act on."""
        self._emit(warning=text) if self._json else self._print(f"{self._coloured('33', 'warning:')} {text}")

    def serving(self, url: str, data: str, took_s: float) -> None:
        """The address, where the data lies, how to stop."""
        if self._json:
            self._emit(ready=url, data=data, seconds=round(took_s, 2), pid=os.getpid())
            return
        self._print("")
        self._print(f"Manta serves at {self._coloured('1', url)}   (after {took_s:.1f} s)")
        self._print(f"  data    {data}")
        self._print(f"  stop    Ctrl-C, or `manta down --data {data}`")

    def refresh(self) -> None:
        """Redraw the line of what is under way."""
        if self._live and (self._began or self._drawn):
            now = time.monotonic()
            under_way = [
                f"{name} {now - began:.1f} s {self._details.get(name, '')}".rstrip()
                for name, began in self._began.items()
            ]
            self._out.write("\r\033[K" + ("… " + ", ".join(under_way) if under_way else ""))
            self._out.flush()
            self._drawn = bool(under_way)

    def settle(self, name: str = "") -> None:
        """Nothing is under way any more; or this stage is not."""
        if name:
            self._began.pop(name, None)
        else:
            self._began.clear()
        self.refresh()

    def _print(self, text: str) -> None:
        try:
            self._out.write(("\r\033[K" if self._live else "") + text + "\n")
            self._out.flush()
        except (BrokenPipeError, OSError):  # the terminal is gone; the server is not
            self._live = False

    def _emit(self, **values: object) -> None:
        self._print(json.dumps(values))

    def _coloured(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text
