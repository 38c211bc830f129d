"""The gateway as a whole: opened on an address, served until it is closed, then drained."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import cast

import msgspec
from aiohttp import web

from gateway.deadlines import Deadlines
from gateway.departure import Departure
from gateway.entry.entrance import Entrance
from gateway.figures import Together
from gateway.media.doors import MediaDoors
from gateway.media.over_sockets import UploadingCells, with_uploads
from gateway.meter import Meter, MeteredCells, MeteredTopics
from gateway.operators import Operators
from gateway.overview import Overview, with_overview
from gateway.pacing import PacedCells
from gateway.port.public import PublicPort, own_origins, tls_of
from gateway.ports import Begun, Cells, Figures, Health, MediaObjects
from gateway.privacy.gatehouse import Gatehouse
from gateway.readiness import Readiness
from gateway.refusals import refusal
from gateway.rest.app import rest_app
from gateway.rest.caller import is_loopback
from gateway.rest.metrics import Metrics
from gateway.rest.pages import Pages
from gateway.restricted import RestrictedCells
from gateway.socket_figures import SocketFigures
from gateway.ws.floor import Ports
from gateway.ws.limits import Limits
from gateway.ws.sockets import Sockets

HTTP_IDLE_S = 75.0  # of a connection that is kept alive
# Who speaks on a kept connection so soon after a departure began is answered, and told that it is the last
# answer. A close at once would cross with requests, and those that write are not repeated by every client.
LINGER_S = 0.5


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a gateway serves."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any that is free
    reuse_port: bool = False  # several gateways of one machine share the port
    certificate: str = ""  # PEM files for TLS
    key: str = ""
    origins: tuple[str, ...] = ()  # of pages that may open a WebSocket, beside the gateway's own
    limits: Limits = Limits()
    probe: str = "gateway"  # the key of the probe entity that it beats; one for each gateway
    pages: str = "web/dist"  # the folder with the web app, as it was built
    uploads_at: str = ""  # the origin of a bucket to which pages upload by themselves
    operators: tuple[str, ...] = ()  # usernames of those who see the cluster; none: all, where all are here
    metrics_token: str = ""  # who shows it sees /metrics from anywhere; without it, this machine only
    drain_s: float = 5.0  # how long a stop waits for running requests
    back_after_s: float = 0.2  # when those whom a stop sends away come back,
    back_spread_s: float = 1.0  # and over which time
    succession: str = ""  # where the listening sockets go from a gateway to its successor: paths begin so


@asynccontextmanager
async def opened(
    cells: Cells, health: Health, place: Place, entrance: Entrance, ports: Ports | None = None,
    figures: Sequence[Figures] = (), own: Together | None = None, objects: MediaObjects | None = None,
) -> AsyncIterator[str]:  # fmt: skip
    """Serves while it is open; gives the address. Leaving it refuses the new and drains the others.

    What it counts of itself is added to `own`; photos lie in `objects`.
    """
    loop = asyncio.get_running_loop()
    readiness = Readiness(cells, health, place.probe, loop.time)
    deadlines, meter, departure = Deadlines(loop), Meter(perf_counter), Departure()
    begun = ports.cells if ports is not None else cast(Begun, cells)  # without sockets nobody begins anything
    paced = PacedCells(cells, begun, entrance.pacing)
    restricted = RestrictedCells(paced, paced, entrance.restrictions.limited)
    gate = Gatehouse(MeteredCells(restricted, restricted, meter), entrance.boundaries, place.probe)
    everything = Together(own := own or Together(), *figures)
    operators, doors = _operators(cells, place, entrance), MediaDoors(gate.cells, objects, entrance.rules.key)
    sockets = _sockets(ports, gate, place, deadlines, everything, operators, meter, doors)
    own.parts += [meter, entrance.postbox, *([SocketFigures(sockets)] if sockets is not None else [])]
    metrics = Metrics(everything, place.probe, place.metrics_token)
    pages = Pages(Path(place.pages), place.uploads_at)
    app = rest_app(gate.cells, entrance, readiness, meter, metrics, pages, departure, doors)
    runner, server = await _set_up(app, place)
    port = PublicPort(server, sockets.take if sockets is not None else _no_websockets, deadlines, departure)
    beating: asyncio.Task[None] | None = None
    try:
        tls = tls_of(place.certificate, place.key)
        number = await port.open(place.host, place.port, place.reuse_port, tls, place.succession)
        if sockets is not None:
            sockets.origins = {*place.origins, *own_origins(place.host, number, tls is not None)}
        port.serve()
        beating = loop.create_task(_keep_beating(readiness, gate))
        yield url_of(place.host, number, tls)
    finally:
        departure.begin()
        port.stop()
        if beating is not None:
            beating.cancel()
        await _drain(port, sockets, runner, place)
        deadlines.close()


async def _keep_beating(readiness: Readiness, gate: Gatehouse) -> None:
    async with asyncio.TaskGroup() as beats:
        beats.create_task(readiness.keep_beating())
        beats.create_task(gate.attendance.keep_telling())


async def _set_up(app: web.Application, place: Place) -> tuple[web.AppRunner, web.Server]:
    # aiohttp waits for that time twice: until a request is answered, and again when its body is given up.
    shutdown_s = max(place.drain_s - LINGER_S, 0.0) / 2
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=shutdown_s,
        keepalive_timeout=HTTP_IDLE_S,
    )  # fmt: skip
    await runner.setup()
    assert runner.server is not None
    return runner, runner.server


def _operators(cells: Cells, place: Place, entrance: Entrance) -> Operators:
    # Behind a proxy everyone seems to be here.
    at_home = is_loopback(place.host) and not entrance.rules.proxies
    return Operators(cells, place.operators, at_home=at_home)


def _sockets(
    ports: Ports | None, gate: Gatehouse, place: Place, deadlines: Deadlines, figures: Figures,
    operators: Operators, meter: Meter, doors: MediaDoors,
) -> Sockets | None:  # fmt: skip
    if ports is None:
        return None
    ports = gate.before(msgspec.structs.replace(ports, topics=MeteredTopics(ports.topics, meter)))
    topics = Overview(ports.topics, figures, place.probe, operators.admit)
    commands = with_uploads(with_overview(ports.commands))
    cells = UploadingCells(ports.cells, doors.uploads)
    ports = msgspec.structs.replace(ports, cells=cells, topics=topics, commands=commands)
    return gate.watch_over(Sockets(ports, place.limits, deadlines))


async def _drain(port: PublicPort, sockets: Sockets | None, runner: web.AppRunner, place: Place) -> None:
    async def http() -> None:
        await port.emptied(min(LINGER_S, place.drain_s))
        await runner.cleanup()

    if sockets is None:
        await http()
        return
    leaving = sockets.drain(place.back_after_s, place.back_spread_s, place.drain_s)
    await asyncio.gather(leaving, http())
    await sockets.close()


def url_of(host: str, port: int, tls: ssl.SSLContext | None = None) -> str:
    """The address as a person types it."""
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{'https' if tls is not None else 'http'}://{named}:{port}"


def _no_websockets(
    transport: asyncio.Transport, plain: socket.socket | None, head: bytes, rest: bytes
) -> None:
    transport.write(refusal(404, "http.404", "no WebSockets are served here: use what is under /api"))
    transport.close()
