"""What schemathesis looks at in every answer beside the document: refusals are coded, no fault is ours."""

import secrets
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from gateway.rest.caller import CALL, KEY

MAY_FAIL = {"overloaded", "unavailable", "unknown", "moved"}
PROBLEM = "application/problem+json"


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """A key that was used before would be answered as it was then, whatever is sent under it now."""
    key = case.headers.get(KEY) if case.headers else None
    if isinstance(key, str) and CALL.fullmatch(key):
        case.headers[KEY] = secrets.token_hex(12)


@schemathesis.check
def refusals_are_coded(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Whatever is not answered says why, in a way that a program can act on."""
    if response.status_code < 400:
        return
    kind = response.headers.get("content-type", [""])[0]
    assert kind.startswith(PROBLEM), f"{response.status_code} as {kind}"
    problem = response.json()
    assert problem["code"], "no code"
    assert problem["status"] == response.status_code
    assert problem["detail"], "no text"
    if response.status_code >= 500:
        assert problem["code"] in MAY_FAIL, f"{problem['code']} is a fault of ours"
        assert problem["retry"]
