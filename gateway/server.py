"""The gateway as a whole: opened on an address, served until it is closed, then drained."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from gateway.ports import Cells, Health
from gateway.readiness import Readiness
from gateway.rest.app import rest_app
from gateway.rest.caller import Door


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a gateway serves."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any that is free
    reuse_port: bool = False  # several gateways of one machine share the port
    development_door: bool = False  # believe the caller's header on any address, not only on loopback
    probe: str = "gateway"  # the key of the probe entity that it beats; one for each gateway
    drain_s: float = 5.0  # how long a stop waits for running requests


@asynccontextmanager
async def opened(cells: Cells, health: Health, place: Place) -> AsyncIterator[str]:
    """Serves while it is open; gives the address. Leaving it refuses the new and drains the others."""
    loop = asyncio.get_running_loop()
    readiness = Readiness(cells, health, place.probe, loop.time)
    app = rest_app(cells, readiness, Door(place.host, place.development_door))
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=place.drain_s)
    await runner.setup()
    beating: asyncio.Task[None] | None = None
    try:
        await web.TCPSite(runner, place.host, place.port, reuse_port=place.reuse_port).start()
        beating = loop.create_task(readiness.keep_beating())
        yield url_of(place.host, runner.addresses[0][1])
    finally:
        if beating is not None:
            beating.cancel()
        await runner.cleanup()


def url_of(host: str, port: int) -> str:
    """The address as a person types it."""
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{named}:{port}"
