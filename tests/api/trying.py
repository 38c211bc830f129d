"""Runs schemathesis against a site in a process of its own, and counts what reached it."""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from cluster.embedded.fate import dies_with
from tests.api.site import PASSWORD, USERNAME, Site

ROOT = Path(__file__).resolve().parents[2]
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "positive_data_acceptance", "unsupported_method", "allow_header_conformance", "ignored_auth",
    "refusals_are_coded",
)  # fmt: skip
CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = {"SCHEMATHESIS_HOOKS": "tests.api.answers", "PYTHONPATH": str(ROOT)}
LAST_LINES = 120
ENDING = ("logout", "end_sessions")  # operations that end the session which all requests of a run use


class Tried(msgspec.Struct):
    """What came of one run."""

    exit: int
    said: str


@asynccontextmanager
async def running_site() -> AsyncIterator[Site]:
    """A site in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.api.site", stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        preexec_fn=dies_with(os.getpid()),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield msgspec.json.decode(await process.stdout.readline(), type=Site)
        assert process.returncode is None, "the site has died"
    finally:
        process.terminate()
        await process.wait()


async def tried(site: Site, examples: int, seed: int) -> Tried:
    """Tries every operation with so many random requests each.

    What ends the session that all requests of a run use has a run of its own.
    """
    others = [word for operation in ENDING for word in ("--exclude-operation-id", operation)]
    choices = [others, *[["--include-operation-id", operation] for operation in ENDING]]
    runs = [await _tried(site, chosen, examples, seed) for chosen in choices]
    bad = [run for run in runs if run.exit]
    said = "\n".join(run.said for run in bad or runs)
    return Tried(bad[0].exit if bad else 0, said)


async def _tried(site: Site, chosen: list[str], examples: int, seed: int) -> Tried:
    folder = tempfile.TemporaryDirectory()  # it leaves a cache where it runs
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG),
        "run", f"{site.url}/openapi.json",
        "--header", f"Authorization: Bearer {await fresh_token(site)}",
        *chosen,
        "--max-examples", str(examples), "--seed", str(seed),
        "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--continue-on-failure",
        "--generation-database", "none", "--warnings", "off", "--no-color",
        "--suppress-health-check", "all", "--request-timeout", "20",
        cwd=folder.name, env=os.environ | HOOKS,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, preexec_fn=dies_with(os.getpid()),
    )  # fmt: skip
    with folder:
        raw, _ = await process.communicate()
    said = "\n".join(raw.decode(errors="replace").splitlines()[-LAST_LINES:])
    assert process.returncode is not None
    return Tried(process.returncode, said)


async def fresh_token(site: Site) -> str:
    """Of a session that begins now: a run may take as long as a token lives."""
    body = {"username": USERNAME, "password": PASSWORD}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{site.url}/api/login", json=body) as response,
    ):
        return str((await response.json())["access_token"])


async def served(site: Site) -> int:
    """How many requests the site has answered."""
    async with aiohttp.ClientSession() as session, session.get(f"{site.url}/metrics") as response:
        text = await response.text()
    return sum(int(float(count)) for count in re.findall(r"(?m)^manta_requests_total\{[^}]*\} (\S+)$", text))


async def faults(site: Site) -> dict[str, int]:
    """How many answers were 5xx, by operation."""
    async with aiohttp.ClientSession() as session, session.get(f"{site.url}/metrics") as response:
        text = await response.text()
    found = re.findall(r'(?m)^manta_requests_total\{[^}]*operation="([^"]*)",status="5\d\d"\} (\S+)$', text)
    return {operation: int(float(count)) for operation, count in found}
