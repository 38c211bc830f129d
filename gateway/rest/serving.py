"""From a request to a method and back: inputs are read by their types, answers written by theirs."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from gateway.rest.caller import Door
from gateway.rest.operation import Operation
from protocol.errors import Malformed

BODY_S = 10.0  # within which the body must be here
NO_CONTENT = 204

Handler = Callable[[web.Request], Awaitable[web.Response]]


def routes_of(operations: Sequence[Operation], door: Door) -> list[web.RouteDef]:
    """What is served, and how; short paths first, as aiohttp tries one after the other, 1.3 µs each."""
    routes = [
        web.route(each.method, each.path, _handler(each, door), name=each.name, allow_head=False)
        if each.method == "GET"
        else web.route(each.method, each.path, _handler(each, door), name=each.name)
        for each in sorted(operations, key=lambda one: one.path.count("/"))
    ]
    return [*routes, *_shadows(operations)]


def _shadows(operations: Sequence[Operation]) -> list[web.RouteDef]:
    """What a path says to other methods where a path with a name in it would take them for its own."""
    methods: dict[str, set[str]] = {}
    for each in operations:
        methods.setdefault(each.path, set()).add(each.method)
    named = [re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)) for path in methods if "{" in path]
    plain = [path for path in methods if "{" not in path and any(one.fullmatch(path) for one in named)]
    return [web.route("*", path, _refusing(methods[path])) for path in plain]


def _refusing(methods: set[str]) -> Handler:
    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPMethodNotAllowed(request.method, sorted(methods))

    return refuse


def answer(body: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def _handler(operation: Operation, door: Door) -> Handler:
    readers = [(name, _reader(name, kind, door)) for name, kind in operation.inputs.items()]

    async def handle(request: web.Request) -> web.Response:
        inputs = {name: await read(request) for name, read in readers}
        result = await operation.run(**inputs)
        if operation.answer is None:
            return web.Response(status=operation.status)
        return answer(result, operation.status)

    return handle


def _reader(name: str, kind: Any, door: Door) -> Callable[[web.Request], Awaitable[Any]]:
    async def stranger(request: web.Request) -> Any:
        return door.stranger(request)

    async def path(request: web.Request) -> Any:
        return _converted("the path", dict(request.match_info), kind)

    async def query(request: web.Request) -> Any:
        if len(request.query) != len(set(request.query)):
            raise Malformed("the query says something twice")
        return _converted("the query", dict(request.query), kind)

    decode = msgspec.json.Decoder(kind).decode if name == "body" else None

    async def body(request: web.Request) -> Any:
        assert decode is not None
        try:
            async with asyncio.timeout(BODY_S):
                raw = await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="the body did not come in time") from None
        try:
            return decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"the body: {error}") from None

    return {"caller": door.caller, "stranger": stranger, "path": path, "query": query, "body": body}[name]


def _converted(what: str, given: dict[str, str], kind: Any) -> Any:
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(f"{what}: {error}") from None
