"""`python -m tests.api [--quick]`: random requests until there were 100,000, and what came of them."""

import argparse
import asyncio
import os
import sys

import msgspec

from bench.report import Row
from tests.api.trying import Tried, faults, running_site, served, tried

REQUESTS = 100_000
QUICK_REQUESTS = 3_000
EXAMPLES = 400
AT_ONCE = os.cpu_count() or 1  # a request takes 10 ms to make up and 1 ms to answer


async def until(requests: int) -> tuple[list[Tried], int, dict[str, int]]:
    """Runs with one seed after the other until so many requests were answered."""
    runs: list[Tried] = []
    async with running_site() as site:
        while (done := await served(site)) < requests and all(run.exit == 0 for run in runs):
            print(f"{done:,} of {requests:,}", file=sys.stderr, flush=True)
            seeds = range(len(runs) + 1, len(runs) + 1 + AT_ONCE)
            runs += await asyncio.gather(*[tried(site, EXAMPLES, seed) for seed in seeds])
        return runs, await served(site), await faults(site)


def main() -> int:
    """Prints the bounds as one JSON line; non-zero when one does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.api", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_REQUESTS:,} requests")
    wanted = QUICK_REQUESTS if parser.parse_args().quick else REQUESTS
    runs, total, broken = asyncio.run(until(wanted))
    failed = sum(run.exit != 0 for run in runs)
    bounds = [
        Row("requests.answered", float(total), float(wanted), total >= wanted),
        Row("requests.faults", float(sum(broken.values())), 0.0, not broken),
        Row("requests.failed_runs", float(failed), 0.0, not failed),
    ]
    for run in runs:
        if run.exit:
            print(run.said, file=sys.stderr)
    print(msgspec.json.encode({"bench": "requests", "bounds": bounds, "faults": broken}).decode())
    return 0 if all(row.holds for row in bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
