"""The REST application: routes, limits, and how the process says that it lives and serves."""

from aiohttp import web

from gateway.asking import Asker
from gateway.ports import Cells
from gateway.readiness import Readiness
from gateway.rest.caller import Door
from gateway.rest.posts import Posts
from gateway.rest.problems import as_problems
from gateway.rest.shapes import answer
from gateway.rest.users import Users

BODY_BYTES = 64 * 1024


def rest_app(cells: Cells, readiness: Readiness, door: Door) -> web.Application:
    """Everything that is served over REST."""

    async def healthz(request: web.Request) -> web.Response:
        return answer({"alive": True})

    async def readyz(request: web.Request) -> web.Response:
        missing = readiness.missing()
        return answer({"ready": not missing, "missing": missing}, 503 if missing else 200)

    async def named(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = "Manta"  # not which Python and which server, in which version

    app = web.Application(middlewares=[as_problems], client_max_size=BODY_BYTES)
    app.on_response_prepare.append(named)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    asker = Asker(cells)
    app.add_routes([*Posts(asker, door).routes(), *Users(asker, door).routes()])
    return app
