"""The core as machine code: where `make setup` found a C compiler it compiled it, and here it is taken.

What was compiled lies in a folder named by a digest of its sources, so that a changed line is never
shadowed by what was compiled before it: then the sources run, a quarter slower. MANTA_COMPILED=off has
them run anyway.
"""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".compiled"
RECIPE = "1"  # raised when the same sources shall be compiled in another way
SUFFIX = EXTENSION_SUFFIXES[0]  # names interpreter, version and platform
# Structs make their own classes when they are imported: msgspec compiles these, in its way.
STRUCTS = {"interface", "records", "stats"}


def sources(root: Path = ROOT) -> list[Path]:
    """The modules that are compiled: nothing but deciding, recording and telling; no socket, no clock."""
    core = sorted((root / "cluster" / "core").glob("*.py"))
    return [path for path in core if path.stem not in STRUCTS | {"__init__"}]


def folder(root: Path = ROOT, home: Path = HOME) -> Path:
    """Where these very sources, compiled for this very Python, would lie."""
    digest = hashlib.sha256(f"{RECIPE} {SUFFIX} {sys.version}".encode())
    for path in sources(root):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return home / digest.hexdigest()[:16]


class Compiled(MetaPathFinder):
    """Finds compiled modules in a folder; all others are found as ever."""

    def __init__(self, place: Path) -> None:
        self._files = {
            str(path.relative_to(place))[: -len(SUFFIX)].replace(os.sep, "."): path
            for path in place.rglob(f"*{SUFFIX}")
        }

    def __bool__(self) -> bool:
        return bool(self._files)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The compiled module of this name."""
        file = self._files.get(fullname)
        return importlib.util.spec_from_file_location(fullname, file) if file is not None else None


def engage() -> None:
    """From now on the core is imported as machine code, where there is one of these sources."""
    if os.environ.get("MANTA_COMPILED", "on").lower() in ("off", "0", "false", "no"):
        return
    if finder := Compiled(folder()):
        sys.meta_path.insert(0, finder)


def disengage() -> None:
    """From now on the sources are imported, so that a test can change what they do."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Compiled)]


def core_is() -> str:
    """How the core runs here: `compiled` or `interpreted`."""
    return "compiled" if any(isinstance(finder, Compiled) for finder in sys.meta_path) else "interpreted"
