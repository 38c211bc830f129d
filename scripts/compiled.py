"""Compiles the core with mypyc for this Python, if it is not there yet; `make setup` runs it.

Without a C compiler, or when it fails, nothing is lost but speed: the sources run. Exits 0 then, too.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["MANTA_COMPILED"] = "off"

from cluster.compiled import HOME, folder, sources  # noqa: E402  (the path must be set before)

FAILED = "failed.log"


def missing() -> str:
    """What this machine lacks for it; empty when all is there."""
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        return "Python's headers are not installed"
    compiler = os.environ.get("CC") or (sysconfig.get_config_var("CC") or "cc").split()[0]
    return "" if shutil.which(compiler) else f"there is no C compiler ({compiler})"


def compile_into(place: Path) -> None:
    """Translates the sources to C and compiles that; runs in a process of its own, quietly."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    work = place / "work"
    names = [str(path.relative_to(ROOT)) for path in sources()]
    options = ["--config-file=", f"--cache-dir={HOME / 'mypy'}", "--ignore-missing-imports"]
    modules = mypycify([*options, *names], opt_level="2", debug_level="0", target_dir=str(work))
    distribution = Distribution({"name": "manta-core", "ext_modules": modules})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(place), str(work)
    command.ensure_finalized()
    command.run()
    shutil.rmtree(work)


def compiled() -> str:
    """Compiles where it is wanted and possible; what to tell of it, empty when nothing was done."""
    place = folder()
    if place.exists():
        return ""
    if lack := missing():
        return f"the core will run interpreted, a quarter slower: {lack}"
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) as made:
        child = subprocess.run(
            [sys.executable, __file__, "--into", made], cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        for old in HOME.iterdir():
            if len(old.name) == len(place.name) and old.name not in (place.name, Path(made).name):
                shutil.rmtree(old, ignore_errors=True)
        if child.returncode:
            place.mkdir()
            (place / FAILED).write_text(child.stdout)
            return (
                f"the core will run interpreted, a quarter slower: see {(place / FAILED).relative_to(ROOT)}"
            )
        os.rename(made, place)
        Path(made).mkdir()  # for its own end
    return "the core compiled by mypyc (MANTA_COMPILED=off runs its sources)"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--into"]:
        compile_into(Path(sys.argv[2]))
    else:
        with contextlib.suppress(BrokenPipeError):
            print(compiled())
