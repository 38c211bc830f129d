"""The list of packages in pyproject.toml against the folders that exist."""

import tomllib
from collections.abc import Iterable, Iterator

from tests.house.source import Source

NOT_SHIPPED = {"tests"}
# They compare with bare Ray, so the rule about the seam does not hold for them.
MAY_USE_RAY = {"bench"}


def top_packages(files: Iterable[Source]) -> set[str]:
    """Top folders that Python imports by name and that are shipped."""
    starts = {file.parts[0] for file in files if len(file.parts) == 2 and file.parts[1] == "__init__.py"}
    return starts - NOT_SHIPPED


def contracts_know_every_package(pyproject: str, packages: set[str]) -> Iterator[str]:
    """A package that the import contracts or the build do not name would be free of them."""
    tool = tomllib.loads(pyproject)["tool"]
    linter = tool["importlinter"]
    if set(linter["root_packages"]) != packages:
        yield f"importlinter.root_packages must be {sorted(packages)}"
    if missing := packages - set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]):
        yield f"hatch's wheel does not ship {sorted(missing)}"
    seam = next(contract for contract in linter["contracts"] if contract["name"] == "One seam to Ray")
    if set(seam["source_modules"]) != packages - MAY_USE_RAY:
        yield f"the contract 'One seam to Ray' must name {sorted(packages - MAY_USE_RAY)}"


def folders_are_packages(files: Iterable[Source]) -> Iterator[str]:
    """Import contracts do not see a folder without __init__.py."""
    files = list(files)
    roots = top_packages(files) | NOT_SHIPPED
    python = [file for file in files if file.is_python and file.parts[0] in roots]
    folders = {file.path.rpartition("/")[0] for file in python}
    for folder in sorted(folders - {file.path.removesuffix("/__init__.py") for file in python}):
        yield f"{folder}/ has no __init__.py"
