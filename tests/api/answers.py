"""What schemathesis looks at in every answer beside the document: refusals are coded, no fault is ours."""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

MAY_FAIL = {"overloaded", "unavailable", "unknown", "moved"}
PROBLEM = "application/problem+json"


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
