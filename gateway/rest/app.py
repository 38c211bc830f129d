"""The HTTP application: what is served, its description, and how the process says that it lives."""

from aiohttp import web

from gateway.asking import Asker
from gateway.departure import Departure
from gateway.entry.entrance import Entrance
from gateway.media.doors import MediaDoors
from gateway.meter import Meter
from gateway.ports import Cells
from gateway.readiness import Readiness
from gateway.rest import openapi, reading
from gateway.rest.caller import Door
from gateway.rest.circle import Circle
from gateway.rest.entering import Entering
from gateway.rest.mailing import Mailing
from gateway.rest.metrics import Metrics
from gateway.rest.operation import Operation, operations_of
from gateway.rest.pages import Pages
from gateway.rest.photos import PhotoShapes
from gateway.rest.posts import Posts
from gateway.rest.problems import answering
from gateway.rest.reach import Reaching
from gateway.rest.securing import Securing
from gateway.rest.serving import answer, routes_of
from gateway.rest.uploads import Uploads
from gateway.rest.users import Users

BODY_BYTES = 64 * 1024


def _of_posts(asker: Asker, doors: MediaDoors) -> tuple[object, ...]:
    photos = PhotoShapes(asker, doors.addresses)
    return (
        Posts(asker, doors.uploads, photos), Uploads(asker, doors.uploads, photos), Users(asker, photos),
    )  # fmt: skip


def operations(cells: Cells, entrance: Entrance, doors: MediaDoors) -> list[Operation]:
    """Everything that can be done over REST."""
    asker = Asker(cells)
    entering = Entering(entrance.accounts, entrance.guesses, asker, entrance.emails)
    securing, mailing = Securing(entrance.accounts), Mailing(entrance.emails, entrance.resets)
    circles = Circle(asker), Reaching(asker)
    return operations_of(entering, securing, mailing, *circles, *_of_posts(asker, doors))


def rest_app(
    cells: Cells, entrance: Entrance, readiness: Readiness, meter: Meter, metrics: Metrics, pages: Pages,
    departure: Departure, doors: MediaDoors,
) -> web.Application:  # fmt: skip
    """Everything that is served over HTTP."""

    async def healthz(request: web.Request) -> web.Response:
        return answer({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        missing = readiness.missing()
        said = {"ready": not missing, "missing": missing, "gateway": readiness.gateway}
        return answer(said, 503 if missing else 200)

    async def named(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = "Manta"  # not which Python and which server, in which version
        response.headers["X-Content-Type-Options"] = "nosniff"
        if departure.begun:
            response.headers["Connection"] = "close"
            response.force_close()

    served = operations(cells, entrance, doors)
    app = web.Application(middlewares=[answering(meter)], client_max_size=BODY_BYTES)
    app.on_response_prepare.append(named)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    app.add_routes([*routes_of(served, Door(entrance)), *_description(served), *metrics.routes()])
    app.add_routes([*doors.routes(), *pages.routes()])
    return app


def _description(served: list[Operation]) -> list[web.RouteDef]:
    found = openapi.document(served)
    page = reading.page(found)

    async def described(request: web.Request) -> web.Response:
        return answer(found)

    async def docs(request: web.Request) -> web.Response:
        policy = {"Content-Security-Policy": reading.POLICY}
        return web.Response(text=page, content_type="text/html", headers=policy)

    return [web.get("/openapi.json", described), web.get("/docs", docs)]
