"""Random requests, as many as a test may take; `make proof` sends 100,000."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from tests.api.answers import refusals_are_coded
from tests.api.trying import faults, running_site, served, tried

EXAMPLES = 12


async def test_random_requests_are_answered_as_the_document_says():
    async with running_site() as site:
        result = await tried(site, EXAMPLES, seed=1)
        assert result.exit == 0, result.said
        assert await served(site) > 300
        assert not await faults(site)


def answer(answered: int, kind: str = "application/problem+json", **problem: object) -> Any:
    body = {"status": answered, "code": "malformed", "detail": "why", "retry": False} | problem
    raw = msgspec.json.encode(body)
    return SimpleNamespace(
        status_code=answered, headers={"content-type": [kind]}, json=lambda: msgspec.json.decode(raw)
    )


@pytest.mark.parametrize(
    "planted",
    [
        answer(400, kind="text/plain"),
        answer(400, code=""),
        answer(400, detail=""),
        answer(404, status=400),
        answer(500, code="internal", retry=True),
        answer(503, code="unavailable", retry=False),
    ],
)
def test_a_planted_offender_is_found(planted: Any):
    with pytest.raises(AssertionError):
        refusals_are_coded(cast(Any, None), planted, cast(Any, None))


@pytest.mark.parametrize("honest", [answer(200), answer(400), answer(503, code="overloaded", retry=True)])
def test_an_honest_answer_is_left_alone(honest: Any):
    refusals_are_coded(cast(Any, None), honest, cast(Any, None))
