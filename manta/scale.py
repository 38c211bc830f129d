"""How many cells there shall be: what `manta grow` and `manta shrink` chose, until the setting is changed.

The choice remembers the setting that it was made instead of. As long as that still says the same, the choice
governs, over any restart; when an operator changes the setting, the setting does.
"""

import contextlib
from pathlib import Path

import msgspec

from cluster.embedded.private_files import write_private

FILE = "cells.json"


class Scale(msgspec.Struct, frozen=True):
    """A choice."""

    cells: int
    instead_of: int


class Chosen:
    """The number of cells of the installation in a data folder."""

    def __init__(self, folder: str, setting: int) -> None:
        self._path, self._setting = Path(folder) / FILE, setting
        self.why = ""  # what governs, where that is not plainly the setting
        self.cells = self._read()

    def choose(self, cells: int) -> None:
        """From now on, and after every restart, there are so many."""
        self.cells = cells
        if cells == self._setting:
            self._path.unlink(missing_ok=True)
        else:
            write_private(self._path, msgspec.json.encode(Scale(cells, self._setting)).decode())

    def _read(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            try:
                scale = msgspec.json.decode(self._path.read_bytes(), type=Scale)
            except msgspec.DecodeError as error:
                self.why = f"{self._path} cannot be read ({error}): the setting `cells` governs"
                return self._setting
            if scale.instead_of == self._setting:
                self.why = (
                    f"as `manta grow` or `manta shrink` chose; the setting `cells` says {self._setting}"
                )
                return scale.cells
            self.why = (
                f"as the setting `cells` says, which is no longer {scale.instead_of}:"
                f" the {scale.cells} that were chosen instead are forgotten"
            )
            self._path.unlink()
        return self._setting
