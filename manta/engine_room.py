"""The engine room: the process that owns Ray, the cells and the gateway; the launcher starts it.

`python -m manta.engine_room PLAN FD`: reads its plan, reports on the pipe, drains and ends on SIGTERM.
"""

import asyncio
import contextlib
import importlib
import signal
import sys
from pathlib import Path

from cluster.embedded.trouble import Trouble
from manta.plan import Plan, read
from manta.reports import ReadyReport, Reporter, TroubleReport


async def serve(plan: Plan, reporter: Reporter) -> None:
    """Open the engine, say that it is ready, close it when asked to, also while it opens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.ensure_future(_serve(plan, reporter))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (serving, stopping):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def _serve(plan: Plan, reporter: Reporter) -> None:
    engine = importlib.import_module("manta.engine")  # it brings Ray, and takes half a second
    async with engine.opened(plan, reporter) as url:
        reporter.tell(ReadyReport(url))
        await asyncio.Event().wait()


def main(words: list[str]) -> int:
    """Run it; the exit code."""
    reporter = Reporter(int(words[1]))
    try:
        asyncio.run(serve(read(Path(words[0])), reporter))
    except Trouble as trouble:
        reporter.tell(TroubleReport(trouble.code, trouble.text, fatal=True))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
