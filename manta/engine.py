"""The engine: Ray, the cells, the gateway, and who looks after them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from cluster.ray_host.edge_actor import actor_of_edge
from cluster.ray_host.head import Head
from cluster.ray_host.supervisor import Supervisor
from cluster.storage.redis_journal import RedisJournal
from manta.admin import SOCKET, Worker, admitted
from manta.cells import Cells
from manta.darkrooms import darkroom_actors, darkroom_plans
from manta.gateways import Gateways
from manta.plan import Plan
from manta.ready import until_ready
from manta.reports import NoteReport, Reporter, WatchReport
from manta.scale import Chosen
from manta.wiring import DRAIN_SHARE, cell_plan, edge_plans, gateway_names, runtime_of

CELLS_DRAIN_SHARE = 0.3


@asynccontextmanager
async def opened(plan: Plan, reporter: Reporter) -> AsyncIterator[str]:
    """Serves while it is open; gives the address. Leaving it drains gateways first, then cells, then Ray."""
    async with AsyncExitStack() as stack:
        store = RedisJournal(plan.redis_url)
        stack.push_async_callback(store.close)
        supervisor = Supervisor(lambda text: reporter.tell(NoteReport(text)))
        scale = Chosen(plan.data, plan.settings.cells)
        cells = Cells(scale, partial(cell_plan, plan), store, supervisor)
        await cells.keeper.settle()
        await _head(plan, reporter, stack)
        url = await _serving(plan, reporter, supervisor, cells, stack)
        gateways = Gateways(supervisor, gateway_names(plan), plan.settings.drain_s)
        works = {
            "show": shown_by(reporter),
            "drain": gateways.drain,
            "move": cells.move,
            "grow": cells.grow,
            "shrink": cells.shrink,
        }
        answers = {"cells": supervisor.reports, "gateways": gateways.names}
        await stack.enter_async_context(admitted(runtime_of(plan) / SOCKET, works, **answers))
        for work in (cells.keeper.run(), supervisor.watch()):
            stack.callback(asyncio.ensure_future(work).cancel)
        reporter.stage("ready", "begin")
        await until_ready(url, gateway_names(plan), partial(reporter.stage, "ready", "begin"))
        for darkroom in darkroom_plans(plan):  # who uploads has time; who starts has not
            supervisor.create(darkroom)
        reporter.stage("ready", "ready", "a write was journaled and read back in every cell")
        yield url


def shown_by(reporter: Reporter) -> Worker:
    """Shows the operator what gateways ask to be shown, and logs nothing of it."""

    async def show(text: str, tell: Callable[[str], None]) -> bool:
        reporter.tell(NoteReport(text))
        return True

    return show


async def _head(plan: Plan, reporter: Reporter, stack: AsyncExitStack) -> None:
    reporter.stage("ray", "begin")

    def begun(name: str, pid: int) -> None:
        reporter.tell(WatchReport({name: pid}))

    await stack.enter_async_context(Head(Path(plan.ray_folder), begun))
    reporter.stage("ray", "ready", "on loopback, with a token")


async def _serving(
    plan: Plan, reporter: Reporter, supervisor: Supervisor, cells: Cells, stack: AsyncExitStack
) -> str:
    """Starts cells and gateways side by side; the address of the first gateway."""
    edges = edge_plans(plan)
    named_edges = [actor_of_edge(edge.edge) for edge in edges]
    drain_s = plan.settings.drain_s
    stack.push_async_callback(cells.stop, CELLS_DRAIN_SHARE * drain_s)
    stopped_first = [*named_edges, *darkroom_actors(plan)]
    stack.push_async_callback(supervisor.stop, stopped_first, DRAIN_SHARE * drain_s + 0.5)
    reporter.stage("cells", "begin")
    reporter.stage("gateway", "begin")
    named_cells = cells.create()
    for edge in edges:
        supervisor.create(edge)

    async def open_cells() -> None:
        await supervisor.until_open(named_cells, lambda text: reporter.stage("cells", "begin", text))
        why = f", {cells.scale.why}" if cells.scale.why else ""
        reporter.stage("cells", "ready", f"{len(named_cells)} actors on Ray{why}")

    async def open_edges() -> str:
        urls = await supervisor.until_open(named_edges, lambda _: None)
        reporter.stage("gateway", "ready", str(urls[0]))
        return str(urls[0])

    _, url = await asyncio.gather(open_cells(), open_edges())
    return url
