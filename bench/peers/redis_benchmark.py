"""A peer of the durable bench: redis-benchmark, or Valkey's, where the machine has one."""

import asyncio
import csv
import shutil
import time
from pathlib import Path

from bench.measure import Sample, cpu_s

CLIENTS = 50
NAMES = ("valkey-benchmark", "redis-benchmark")


def program() -> str | None:
    """Where it is; Debian has it in redis-tools."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


async def sets(binary: str, socket: Path, count: int, keys: int, valkey: int) -> Sample:
    """SETs of 3 bytes, its default, by 50 clients; it counts its own time, CPU is Valkey's alone."""
    spent, began = cpu_s([valkey]), time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        binary, "-s", str(socket), "-t", "set", "-n", str(count), "-c", str(CLIENTS), "-r", str(keys),
        "--csv",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    text = (await process.communicate())[0].decode()
    took_s, cost_s = time.perf_counter() - began, cpu_s([valkey]) - spent
    rows = [row for row in csv.reader(text.splitlines()) if row and row[0] == "SET"]
    return Sample(count, count / float(rows[-1][1]) if rows else took_s, cost_s)
