"""How long things may get before they must be split."""

import ast
from collections.abc import Iterator

from tests.house.source import Source

MODULE_LINES = 300
FUNCTION_LINES = 40
# The kernel is the only framework that an actor author must know, so it stays a short read.
TIGHTER = {"actors/kernel.py": 149}


def modules_are_short(source: Source) -> Iterator[str]:
    """One noun, one file: a longer one holds two nouns."""
    limit = TIGHTER.get(source.path, MODULE_LINES)
    lines = len(source.text.splitlines())
    if source.is_python and lines > limit:
        yield source.offence(limit + 1, f"module of {lines} lines, at most {limit}: split it by noun")


def functions_are_short(source: Source) -> Iterator[str]:
    """A function is read in one look; its decorators do not count."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield source.offence(node.lineno, f"{node.name} has {lines} lines, at most {FUNCTION_LINES}")
