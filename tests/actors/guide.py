"""The guide to a first actor, run as its reader would: its files as files, the rest after them.

`python -m tests.actors.guide FOLDER` is a process of its own, where a poll of the reader's is not loaded:
two words may not share a tag. It prints, as JSON, what became of each test and what the page claims else.
"""

import importlib.util
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

GUIDE = Path(__file__).parents[2] / "docs" / "first-actor.md"
FILES = ("protocol/poll.py", "actors/poll.py", "tests/actors/test_poll.py")


def blocks() -> Iterator[tuple[str, str]]:
    """Each block of code with the file that its first line names, if it names one."""
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        head, _, rest = block.partition("\n")
        named = head.removeprefix("# ")
        yield (named, rest) if named in FILES else ("", block)


def write(folder: Path) -> list[Path]:
    """The guide's files, in the order in which they import each other."""
    written = [folder / name for name in FILES]
    for name, path in zip(FILES, written):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(text for named, text in blocks() if named == name))
    return written


def run(folder: Path) -> dict[str, str]:
    """What became of each test, and of the blocks that stand in no file: empty when all is well."""
    became: dict[str, str] = {}
    page: dict[str, Any] = {"__name__": "docs_first_actor"}
    sys.modules["docs_first_actor"] = ModuleType("docs_first_actor")
    for name, path in zip(FILES, write(folder)):
        module = _loaded(name.removesuffix(".py").replace("/", "."), path)
        page |= {word: value for word, value in vars(module).items() if not word.startswith("__")}
    for word in [word for word in page if word.startswith("test_")]:
        became[word] = _outcome(page[word])
    for named, text in blocks():
        if not named:
            exec(text, page)
    became["hasty"] = _outcome(lambda: _hasty(page))
    became["badges"] = _outcome(lambda: _badges(page))
    return became


def _loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _outcome(test: Callable[[], None]) -> str:
    try:
        test()
    except Exception:
        return traceback.format_exc()
    return ""


def _hasty(page: dict[str, Any]) -> None:
    from actors.laws import LawBroken
    from actors.testkit import Given

    broken = ""
    try:
        Given(page["HastyPollActor"]).when(page["HastyVote"]("tea"), by="bob")
    except LawBroken as error:
        broken = f"LawBroken: {error}"
    assert broken
    assert broken in GUIDE.read_text()


def _badges(page: dict[str, Any]) -> None:
    from actors.catalogue import Catalogue, encode

    badge = Catalogue([page["BadgeActor"]]).kinds["badge"]
    assert badge.decode_events(encode([page["BadgePinned"]()])) == [page["BadgeWorn"](1)]
    old = encode(page["FirstBadgeState"](worn=True))
    assert badge.decode_state(1, old) == page["BadgeState"](1)


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
