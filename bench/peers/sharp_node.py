"""sharp, installed from its lock into a folder of the bench; its binaries come inside npm packages."""

import shutil
import subprocess
from pathlib import Path

from bench.peers.node_packages import NATIVE, node

LOCKED = Path(__file__).parent / "sharp"
FLAGS = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefer-offline", "--fetch-retries=0")
WITHIN_S = 60.0
HOW = "no node with npm here, or no package registry: sharp was not measured"


def program(folder: Path) -> list[str] | None:
    """The command line of the peer; None where there is no node, or no registry."""
    here, runtime = folder / "sharp", node()
    if runtime is None:
        return None
    npm = runtime.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.exists():
        return None
    shutil.copytree(LOCKED, here, dirs_exist_ok=True)
    try:
        done = subprocess.run(
            [str(runtime), str(npm), "ci", *FLAGS], cwd=here, capture_output=True, timeout=WITHIN_S
        )
    except subprocess.TimeoutExpired:
        return None
    return [str(runtime), str(NATIVE / "sharp.mjs"), str(here)] if done.returncode == 0 else None
