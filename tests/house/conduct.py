"""Habits that hide trouble: tests that wait by the clock, and errors that nobody hears of."""

import ast
from collections.abc import Iterator

from tests.house.source import Source

SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep"}
BROAD = {"Exception", "BaseException"}


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The full name of what an expression calls, aliases of imports undone; empty for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value, names)):
        return f"{owner}.{node.attr}"
    return ""


def _names(source: Source) -> dict[str, str]:
    """Local names of imported things and what they stand for."""
    names = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            names.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def tests_never_sleep(source: Source) -> Iterator[str]:
    """Too short on a busy machine, too long on others; sleep(0) is none, but a turn of the loop."""
    if not source.under("tests"):
        return
    names = _names(source)
    for node in source.nodes:
        if isinstance(node, ast.Call) and _dotted(node.func, names) in SLEEPS:
            if not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0):
                yield source.offence(node.lineno, "tests do not sleep: use a fake clock, or await the event")


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(each) for each in kind.elts)
    return kind is None or _dotted(kind, {}).removeprefix("builtins.") in BROAD


def _is_silent(statement: ast.stmt) -> bool:
    """Whether a statement neither tells anyone nor answers anything."""
    if isinstance(statement, ast.Return):
        return statement.value is None or (
            isinstance(statement.value, ast.Constant) and statement.value.value is None
        )
    is_bare_value = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_bare_value or isinstance(statement, ast.Pass | ast.Continue | ast.Break)


def errors_are_heard(source: Source) -> Iterator[str]:
    """Catch what is expected by its name; what is not expected is reported or goes on its way."""
    names = _names(source)
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and all(map(_is_silent, node.body)):
            yield source.offence(node.lineno, "swallows every error: name the expected one, or report it")
        if isinstance(node, ast.Call) and _dotted(node.func, names) == "contextlib.suppress":
            if any(_is_broad(kind) for kind in node.args):
                yield source.offence(node.lineno, "suppresses every error: name the expected one")
