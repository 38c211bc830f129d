"""The OpenAPI document, made from the operations and the types that they read and answer with."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.rest.caller import KEY
from gateway.rest.operation import Caller, Operation
from gateway.rest.problems import PROBLEM
from gateway.rest.shapes import Problem

VERSION = "1"
ABOUT = """Everything that one person can do in Manta over HTTP; what moves while you look comes over the
WebSocket (see docs/protocol.md).

Register or log in, send `access_token` as bearer token, refresh it when `token.expired` comes back. Send an
`Idempotency-Key` of your own with every write and repeat it, under the same key, when no answer came or
`retry` is true: it is done once. Errors are problem+json; `code` is stable, `detail` is for people."""

KEY_TEXT = """One of your own for each write: for 24 h a repetition under it does nothing more and gets the
first answer, whatever its body says. So a new write needs a new key."""

REF = "#/components/schemas/{name}"


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    bodies = [each.inputs["body"] for each in operations if "body" in each.inputs]
    answers = [each.answer for each in operations if each.answer is not None]
    _, components = msgspec.json.schema_components([*bodies, *answers, Problem], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    found: dict[str, Any] = _for_browsers(
        {
            "openapi": "3.1.0",
            "info": {"title": "Manta", "version": VERSION, "description": ABOUT},
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "responses": {"Problem": _problem()},
            },
        }
    )
    return found


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.text,
        "tags": [operation.path.split("/")[2]],
        "parameters": _parameters(operation),
        "responses": {
            str(operation.status): _answer(operation),
            "4XX": {"$ref": "#/components/responses/Problem"},
            "5XX": {"$ref": "#/components/responses/Problem"},
        },
    }
    if "body" in operation.inputs:
        schema = {"$ref": REF.format(name=operation.inputs["body"].__name__)}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if operation.inputs.get("caller") is Caller:
        found["security"] = [{"bearer": []}]
    return found


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "Done."}
    schema = {"$ref": REF.format(name=operation.answer.__name__)}
    text = str(operation.answer.__doc__)
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _problem() -> dict[str, Any]:
    return {
        "description": str(Problem.__doc__),
        "headers": {"Retry-After": {"description": "s, when to try again", "schema": {"type": "integer"}}},
        "content": {PROBLEM: {"schema": {"$ref": REF.format(name="Problem")}}},
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for place in ("path", "query"):
        if (kind := operation.inputs.get(place)) is not None:
            found += [_parameter(place, field) for field in msgspec.structs.fields(kind)]
    if operation.is_write:
        found.append(
            {
                "name": KEY,
                "in": "header",
                "description": KEY_TEXT,
                "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
            }
        )
    return found


def _parameter(place: str, field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    schema: dict[str, Any] = msgspec.json.schema(field.type)
    if not field.required and isinstance(schema.get("anyOf"), list):  # leaving it out is its null
        schema = next(some for some in schema["anyOf"] if some != {"type": "null"})
    if not field.required and field.default is not None:
        schema = schema | {"default": field.default}
    return {"name": field.encode_name, "in": place, "required": field.required, "schema": schema}


def _for_browsers(value: Any) -> Any:
    """Patterns as JSON Schema writes them: Python's \\A and \\Z are ^ and $ there."""
    if isinstance(value, dict):
        return {
            key: re.sub(r"\\Z\Z", "$", re.sub(r"\A\\A", "^", each))
            if key == "pattern" and isinstance(each, str)
            else _for_browsers(each)
            for key, each in value.items()
        }
    return [_for_browsers(each) for each in value] if isinstance(value, list) else value
