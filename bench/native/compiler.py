"""Compiles a C program of the bench into the bench's own folder, with the system's compiler."""

import os
import shutil
import subprocess
from pathlib import Path

from cluster.embedded.trouble import Trouble

HERE = Path(__file__).parent


def compiled(name: str, folder: Path) -> Path:
    """The program, ready to run; Trouble where there is no compiler."""
    program = folder / name
    if program.exists():
        return program
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))), None)
    if compiler is None:
        raise Trouble("usage", "this bench needs a C compiler: Debian has it in gcc, or set CC")
    command = [compiler, "-O2", str(HERE / f"{name}.c"), "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Trouble("usage", f"{compiler} does not compile {name}.c: {done.stderr.strip()[-300:]}")
    return program
