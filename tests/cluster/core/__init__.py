"""The core of a cell, part by part; whole schedules under faults are in `tests/sim`."""
