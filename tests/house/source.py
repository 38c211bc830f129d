"""A tracked file as the rules see it, and how to find them all."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One file: where it stands in the repository, and its text."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node once, so that many rules share one walk."""
        return list(ast.walk(self.tree)) if self.is_python else []

    def under(self, *folders: str) -> bool:
        """Whether the file stands in one of these folders, given from the root of the repository."""
        return any(self.path.startswith(f"{folder}/") for folder in folders)

    def offence(self, line: int, text: str) -> str:
        return f"{self.path}:{line}: {text}"


Rule = Callable[[Source], Iterator[str]]


def _paths() -> list[Path]:
    """What git tracks or would track; in an unpacked archive, everything that is not hidden."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (ROOT / ".git").exists():
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        return [ROOT / name for name in names if name]
    return [
        path for path in ROOT.rglob("*") if not any(part[0] == "." for part in path.relative_to(ROOT).parts)
    ]


@cache
def sources() -> tuple[Source, ...]:
    """Every text file of the repository."""
    found = []
    for path in sorted(_paths()):
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            found.append(Source(path.relative_to(ROOT).as_posix(), content.decode(errors="replace")))
    return tuple(found)
