import pytest

from gateway.rest.problems import status_of
from protocol.errors import (
    Broken,
    Malformed,
    MantaError,
    Moved,
    Overloaded,
    Quarantined,
    Rejected,
    TooFast,
    TooLarge,
    Unavailable,
    Unknown,
)
from protocol.ids import derived_id, post_ref
from tests.gateway.conftest import Phone
from tests.gateway.little_cluster import LittleCluster

NOWHERE = f"/api/posts/{derived_id('post', 'ann', '1')}"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Rejected("post.unknown"), 404),
        (Rejected("post.gone"), 410),
        (Rejected("post.taken"), 409),
        (Rejected("post.not_yours"), 403),
        (Rejected("caller.missing"), 401),
        (Rejected("door.closed"), 403),
        (Rejected("token.expired"), 401),
        (Rejected("login.wrong"), 401),
        (Rejected("name.taken"), 409),
        (TooFast(), 429),
        (Rejected("post.caption_too_long"), 422),
        (Malformed(), 400),
        (TooLarge(), 413),
        (Quarantined(), 500),
        (Broken(), 500),
        (Unavailable(), 503),
        (Overloaded(), 503),
        (Moved(), 503),
        (Unknown(), 503),
    ],
)
def test_every_error_has_its_status(error: MantaError, status: int):
    assert status_of(error) == status


async def test_a_problem_has_code_and_text(phone: Phone):
    answer = await phone.send("GET", NOWHERE, by="ann")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.body == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no such post",
        "code": "post.unknown",
        "retry": False,
    }


async def test_what_may_be_tried_again_says_when(phone: Phone, cluster: LittleCluster):
    cluster.failing[post_ref(derived_id("post", "ann", "1"))] = Unavailable("the journal does not answer")
    answer = await phone.send("POST", f"{NOWHERE}/like", by="ann")
    assert (answer.status, answer.headers["Retry-After"], answer.body["retry"]) == (503, "1", True)


async def test_a_path_that_is_not_served_is_a_problem_too(phone: Phone):
    answer = await phone.send("GET", "/api/nothing")
    assert (answer.status, answer.body["code"]) == (404, "http.404")


async def test_a_method_that_is_not_served_names_those_that_are(phone: Phone):
    answer = await phone.send("PATCH", "/api/posts", by="ann")
    assert (answer.status, answer.body["code"], answer.headers["Allow"]) == (405, "http.405", "POST")


async def test_a_body_over_the_limit_is_refused(phone: Phone):
    answer = await phone.send("POST", "/api/posts", by="ann", body={"caption": "a" * 70_000})
    assert (answer.status, answer.body["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"caption": 1}', b'{"caption": "a", "x": 1}', b"\xff", b"{}"]
)
async def test_a_body_that_is_not_what_it_should_be_is_malformed(phone: Phone, body: bytes):
    answer = await phone.send("POST", "/api/posts", by="ann", body=body)
    assert (answer.status, answer.body["code"]) == (400, "malformed")


async def test_a_fault_of_ours_is_a_problem_without_details(phone: Phone, cluster: LittleCluster, caplog):
    cluster.failing[post_ref(derived_id("post", "ann", "1"))] = ValueError("secret")  # type: ignore[assignment]
    answer = await phone.send("GET", NOWHERE, by="ann")
    assert (answer.status, answer.body["code"], answer.body["detail"]) == (500, "internal", "a fault of ours")
    assert "secret" not in caplog.text
    assert [(r.error, "little_cluster.py" in r.at) for r in caplog.records if r.levelname == "ERROR"] == [
        ("ValueError", True)
    ]
