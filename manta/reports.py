"""What the engine room tells the launcher while it runs, as JSON lines on a pipe."""

import os

import msgspec


class StageReport(msgspec.Struct, tag="stage", frozen=True):
    """Where a stage of the start is: `begin`, any progress in words, or `ready`."""

    name: str
    state: str
    detail: str = ""


class WatchReport(msgspec.Struct, tag="watch", frozen=True):
    """Processes whose death means that the engine room must be started anew: name -> process number."""

    pids: dict[str, int]


class ReadyReport(msgspec.Struct, tag="ready", frozen=True):
    """It serves at this address."""

    url: str


class TroubleReport(msgspec.Struct, tag="trouble", frozen=True):
    """Something that the operator must know; when fatal, starting anew would not help."""

    code: str
    text: str
    fatal: bool = False


class NoteReport(msgspec.Struct, tag="note", frozen=True):
    """A line for the terminal, in passing."""

    text: str


Report = StageReport | WatchReport | ReadyReport | TroubleReport | NoteReport


class Reporter:
    """The engine room's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def tell(self, report: Report) -> None:
        """Send a report; a launcher that is gone is not our trouble: the guard ends us."""
        try:
            os.write(self._descriptor, msgspec.json.encode(report) + b"\n")
        except BrokenPipeError:
            pass

    def stage(self, name: str, state: str, detail: str = "") -> None:
        """Tell where a stage is."""
        self.tell(StageReport(name, state, detail))


def decode(line: bytes) -> Report:
    """One line of the pipe."""
    report: Report = msgspec.json.decode(line, type=Report)
    return report
