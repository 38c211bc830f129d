"""Traces of the machine that a file was made on: paths, package hosts, unlocked packages."""

import re
from collections.abc import Iterator

from tests.house.source import Source

# Assembled from parts, so that the rule's own file does not hold what it looks for.
_FOLDERS = "|".join(("work", "farm", "root"))
_HOSTS = "|".join((r"pypi\.(?:org|python)", r"python" + r"hosted\.org", r"registry\.(?:npmjs|yarnpkg)"))
MACHINE_PATH = re.compile(rf"(?<![\w.$)}}\]*-])/(?:{_FOLDERS})\b(?![.-])")
INDEX_HOST = re.compile(_HOSTS)
LOCKS = {"requirements.lock"}


def no_machine_is_named(source: Source) -> Iterator[str]:
    """The repository means the same on every machine."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := MACHINE_PATH.search(line):
            yield source.offence(number, f"{found.group()} is a path of one machine")
        if found := INDEX_HOST.search(line):
            yield source.offence(number, f"{found.group()} is a package host: every machine has its own")


def locks_hold_hashes(source: Source) -> Iterator[str]:
    """Every locked package has one version and its hashes; nothing says where to fetch it."""
    if source.path not in LOCKS:
        return
    requirements = source.text.replace("\\\n", " ").splitlines()
    for number, line in enumerate(requirements, 1):
        if not (entry := line.split("#")[0].strip()):
            continue
        if entry.startswith("-") or "://" in entry or " @ " in entry:
            yield source.offence(number, f"a lock holds packages only, not {entry.split()[0]}")
        elif not re.match(r"[\w.\[\]-]+==\S+", entry) or "--hash=sha256:" not in entry:
            yield source.offence(number, f"{entry.split()[0]} is not locked to one version with hashes")
