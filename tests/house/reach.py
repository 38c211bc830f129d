"""What a folder may reach for: the narrow rules beside the layers that import-linter checks."""

import ast
from collections.abc import Iterator

from tests.house.source import Source

# Time, chance, ids and the machine arrive in the call; the import contract in pyproject.toml names the same.
IMPURE = {"asyncio", "time", "random", "uuid", "os", "logging", "ray", "redis"}
MAY_USE_RAY = ("cluster/ray_host", "bench", "tests")


def imported(source: Source) -> Iterator[tuple[str, int]]:
    """Top-level names of the modules that a file imports anywhere, with the line."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


def nouns_stay_pure(source: Source) -> Iterator[str]:
    """The words and the nouns know no clock, chance, network or machine."""
    for name, line in imported(source) if source.under("protocol", "actors") else ():
        if name in IMPURE:
            yield source.offence(line, f"{source.parts[0]}/ imports no {name}: it arrives in the call")


def actors_never_await(source: Source) -> Iterator[str]:
    """A command runs to its end before the next begins, so actor code has nothing to wait for."""
    waits = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    for node in source.nodes if source.under("actors") else []:
        if isinstance(node, waits):
            yield source.offence(node.lineno, "actors/ has no async: decide, and send a Tell")


def ray_has_one_seam(source: Source) -> Iterator[str]:
    """Whoever wants to know how Ray is used reads one folder."""
    for name, line in () if source.under(*MAY_USE_RAY) else imported(source):
        if name == "ray":
            yield source.offence(line, "only cluster/ray_host/ imports ray")
