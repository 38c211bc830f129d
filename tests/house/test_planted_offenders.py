"""Each rule finds the offender planted for it, and leaves the honest neighbour alone."""

import pytest

from tests.house import conduct, naming, packages, reach, size, traces
from tests.house.source import Rule, Source

LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 40
FULL_FUNCTION = "@one\n@two\ndef full():\n" + "    x = 1\n" * 39
HASHED = "ray==2.60.0 ; python_version < '3.15' \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n"

OFFENDERS: list[tuple[Rule, str, str]] = [
    (size.modules_are_short, "gateway/door.py", "x = 1\n" * 301),
    (size.modules_are_short, "tests/test_door.py", "x = 1\n" * 301),
    (size.modules_are_short, "actors/kernel.py", "x = 1\n" * 150),
    (size.functions_are_short, "gateway/door.py", LONG_FUNCTION),
    (
        size.functions_are_short,
        "gateway/door.py",
        "class Door:\n    async " + LONG_FUNCTION.replace("    ", "        "),
    ),
    (naming.modules_have_names, "gateway/utils.py", ""),
    (naming.modules_have_names, "cluster/common/ring.py", ""),
    (naming.modules_have_names, "tests/_helpers.py", ""),
    (naming.tests_are_sentences, "tests/test_post.py", "def test_like(): ..."),
    (
        naming.tests_are_sentences,
        "tests/test_post.py",
        "class TestPost:\n    async def test_like_twice(self): ...",
    ),
    (reach.nouns_stay_pure, "actors/post.py", "import time"),
    (reach.nouns_stay_pure, "actors/post.py", "from os.path import join"),
    (reach.nouns_stay_pure, "protocol/ids.py", "def new():\n    import uuid"),
    (reach.actors_never_await, "actors/post.py", "async def like(self): ..."),
    (reach.ray_has_one_seam, "cluster/cells.py", "import ray.actor"),
    (reach.ray_has_one_seam, "gateway/door.py", "def late():\n    from ray import get"),
    (conduct.tests_never_sleep, "tests/test_x.py", "import time\ntime.sleep(1)"),
    (
        conduct.tests_never_sleep,
        "tests/test_x.py",
        "import asyncio as aio\nasync def f():\n    await aio.sleep(0.1)",
    ),
    (conduct.tests_never_sleep, "tests/test_x.py", "from time import sleep as nap\nnap(1)"),
    (conduct.errors_are_heard, "cluster/cell.py", "try:\n    f()\nexcept Exception:\n    pass"),
    (conduct.errors_are_heard, "cluster/cell.py", "try:\n    f()\nexcept:\n    ..."),
    (
        conduct.errors_are_heard,
        "cluster/cell.py",
        "for _ in x:\n    try:\n        f()\n    except BaseException:\n        continue",
    ),
    (
        conduct.errors_are_heard,
        "cluster/cell.py",
        "def g():\n    try:\n        f()\n    except (OSError, Exception):\n        return None",
    ),
    (
        conduct.errors_are_heard,
        "cluster/cell.py",
        "from contextlib import suppress\nwith suppress(Exception):\n    f()",
    ),
    (traces.no_machine_is_named, "docs/x.md", "see /ro" + "ot/.config"),
    (traces.no_machine_is_named, "bench/x.py", "DATA = '/wo" + "rk/data'"),
    (traces.no_machine_is_named, "Makefile", "pip install -i https://py" + "pi.org/simple x"),
    (traces.locks_hold_hashes, "requirements.lock", "ray==2.60.0\n"),
    (traces.locks_hold_hashes, "requirements.lock", HASHED.replace("==", ">=")),
    (traces.locks_hold_hashes, "requirements.lock", "--find-links wheels\n" + HASHED),
    (traces.locks_hold_hashes, "requirements.lock", "ray @ file:///wheels/ray.whl --hash=sha256:00\n"),
]

NEIGHBOURS: list[tuple[Rule, str, str]] = [
    (size.modules_are_short, "gateway/door.py", "x = 1\n" * 300),
    (size.modules_are_short, "docs/long.md", "x\n" * 900),
    (size.functions_are_short, "gateway/door.py", FULL_FUNCTION),
    (naming.modules_have_names, "gateway/commonplace.py", ""),
    (naming.tests_are_sentences, "tests/test_post.py", "def test_a_like_counts_once(): ..."),
    (naming.tests_are_sentences, "bench/probe.py", "def test_probe(): ..."),
    (reach.nouns_stay_pure, "actors/post.py", "from protocol.post import LikePost\nimport msgspec"),
    (reach.nouns_stay_pure, "cluster/cell.py", "import time"),
    (reach.actors_never_await, "cluster/cell.py", "async def serve(self): ..."),
    (reach.ray_has_one_seam, "cluster/ray_host/host.py", "import ray"),
    (reach.ray_has_one_seam, "bench/engine.py", "import ray"),
    (
        conduct.tests_never_sleep,
        "tests/test_x.py",
        "import asyncio\nasync def f():\n    await asyncio.sleep(0)",
    ),
    (conduct.tests_never_sleep, "cluster/cell.py", "import time\ntime.sleep(1)"),
    (conduct.errors_are_heard, "cluster/cell.py", "try:\n    f()\nexcept KeyError:\n    pass"),
    (
        conduct.errors_are_heard,
        "cluster/cell.py",
        "try:\n    f()\nexcept Exception as error:\n    log(error)",
    ),
    (conduct.errors_are_heard, "cluster/cell.py", "try:\n    f()\nexcept Exception:\n    raise"),
    (
        traces.no_machine_is_named,
        "docs/x.md",
        "the root / of it, /workers, base/work, {place}/root, net/work",
    ),
    (traces.locks_hold_hashes, "requirements.lock", "# compiled\n" + HASHED),
]


@pytest.mark.parametrize(("rule", "path", "text"), OFFENDERS)
def test_a_planted_offender_is_found(rule: Rule, path: str, text: str):
    assert len(list(rule(Source(path, text)))) == 1


@pytest.mark.parametrize(("rule", "path", "text"), NEIGHBOURS)
def test_an_honest_neighbour_is_left_alone(rule: Rule, path: str, text: str):
    assert not list(rule(Source(path, text)))


def test_a_forgotten_package_is_found():
    pyproject = """
        [tool.hatch.build.targets.wheel]
        packages = ["actors"]
        [tool.importlinter]
        root_packages = ["actors", "bench"]
        [[tool.importlinter.contracts]]
        name = "One seam to Ray"
        source_modules = ["actors"]
    """
    assert len(list(packages.contracts_know_every_package(pyproject, {"actors", "bench"}))) == 1
    assert len(list(packages.contracts_know_every_package(pyproject, {"actors", "sdk"}))) == 3


def test_a_folder_without_init_is_found():
    files = [Source("cluster/__init__.py", ""), Source("cluster/link/frames.py", "")]
    assert list(packages.folders_are_packages(files)) == ["cluster/link/ has no __init__.py"]
    assert packages.top_packages(files) == {"cluster"}
