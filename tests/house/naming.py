"""Names that say nothing, and tests that do not say what they show."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.source import Source

NAMELESS = {"util", "utils", "common", "helper", "helpers", "constant", "constants", "misc"}
WORDS = 3


def modules_have_names(source: Source) -> Iterator[str]:
    """A thing lives with the noun that it belongs to."""
    if source.is_python:
        for part in PurePosixPath(source.path).with_suffix("").parts:
            if part.strip("_") in NAMELESS:
                yield source.offence(1, f"nothing is called {part}: put its parts beside their nouns")


def tests_are_sentences(source: Source) -> Iterator[str]:
    """The list of test names reads as the list of what holds."""
    for node in source.nodes if source.under("tests") else []:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            words = [word for word in node.name.split("_")[1:] if word]
            if len(words) < WORDS:
                yield source.offence(
                    node.lineno, f"{node.name} is no sentence: say what holds, in {WORDS} words or more"
                )
