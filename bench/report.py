"""What a bench found: figures, what they were compared with, which bounds hold; for people and programs."""

import json
from typing import TextIO

import msgspec

OTHERS_LIMIT_CORES = 0.25
Value = float | int | str | None


class Row(msgspec.Struct):
    """One bound; `holds` is None where the peer to compare with could not be had."""

    id: str
    value: float | None
    bound: float
    holds: bool | None


class Report:
    """One run of one bench."""

    def __init__(self, bench: str, machine: dict[str, str | float | int]) -> None:
        self.bench = bench
        self.machine = machine
        self.figures: dict[str, Value] = {}
        self.against: dict[str, dict[str, Value]] = {}
        self.ratios: dict[str, float | None] = {}
        self.bounds: list[Row] = []
        self.notes: list[str] = []  # how it was measured, for whoever reads the table
        self._signs: dict[str, str] = {}

    def at_least(self, id: str, value: float | None, bound: float) -> None:
        """A bound from below."""
        self._bound(id, value, bound, "≥", None if value is None else value >= bound)

    def at_most(self, id: str, value: float | None, bound: float) -> None:
        """A bound from above."""
        self._bound(id, value, bound, "≤", None if value is None else value <= bound)

    def _bound(self, id: str, value: float | None, bound: float, sign: str, holds: bool | None) -> None:
        self._signs[id] = sign
        self.bounds.append(Row(id, None if value is None else _short(value), bound, holds))

    def others(self, cores: float) -> None:
        """What else kept the machine busy while our side worked."""
        self.figures["cores_busy_with_other_things"] = cores
        if cores > OTHERS_LIMIT_CORES:
            self.notes.append(
                f"THE MACHINE WAS NOT QUIET: other things kept {cores:.1f} cores busy; run it again"
            )

    @property
    def failed(self) -> list[str]:
        """The bounds that do not hold."""
        return [row.id for row in self.bounds if row.holds is False]

    def as_json(self) -> str:
        """One line for programs."""
        return json.dumps(
            {
                "bench": self.bench,
                "machine": self.machine,
                "figures": {name: _shortened(value) for name, value in self.figures.items()},
                "against": {
                    peer: {name: _shortened(value) for name, value in figures.items()}
                    for peer, figures in self.against.items()
                },
                "ratios": {name: _shortened(value) for name, value in self.ratios.items()},
                "bounds": msgspec.to_builtins(self.bounds),
                "notes": self.notes,
            }
        )

    def write(self, out: TextIO) -> None:
        """A table for people."""
        out.write(f"\n{self.bench}: {', '.join(f'{name} {value}' for name, value in self.machine.items())}\n")
        for note in self.notes:
            out.write(f"  {note}\n")
        out.write("\n")
        for row in self.bounds:
            verdict = {True: "holds", False: "DOES NOT HOLD", None: "nothing to compare with"}[row.holds]
            bound = f"{self._signs[row.id]} {_readable(row.bound)}"
            out.write(f"  {row.id:<36}{_readable(row.value):>14}   {bound:<12} {verdict}\n")
        self._table(out, "figures", self.figures)
        for peer, figures in self.against.items():
            self._table(out, f"against {peer}", figures)
        self._table(out, "ratios", self.ratios)

    def _table(self, out: TextIO, title: str, values: "dict[str, Value] | dict[str, float | None]") -> None:
        if values:
            out.write(f"\n  {title}\n")
            for name, value in values.items():
                out.write(f"    {name:<34}{_readable(value):>14}\n")


def _short(value: float) -> float:
    """Four digits that count: more would promise what no measurement here keeps."""
    return value if isinstance(value, int) else float(f"{value:.4g}")


def _shortened(value: Value) -> Value:
    return _short(value) if isinstance(value, float) else value


def _readable(value: Value) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
