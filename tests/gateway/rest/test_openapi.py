import re
from typing import Any

import pytest

from gateway.rest import shapes
from gateway.rest.operation import Caller, operations_of, serves
from tests.gateway.conftest import Phone


@pytest.fixture
async def document(phone: Phone) -> Any:
    return (await phone.send("GET", "/openapi.json")).body


async def test_every_route_under_api_is_described(phone: Phone, document: Any):
    for path, verbs in document["paths"].items():
        known = re.sub(r"\{\w+\}", "0123456789abcdef", path)
        answer = await phone.send("PATCH", known)
        assert answer.status == 405
        allowed = set(answer.headers["Allow"].split(","))
        if path != "/api/posts/upload-url":  # it looks like the id of a post
            assert allowed == {verb.upper() for verb in verbs}


def test_every_operation_has_a_name_of_its_own_and_a_text(document: Any):
    operations = [operation for verbs in document["paths"].values() for operation in verbs.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) >= 20
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_all_but_the_ways_in_need_a_token(document: Any):
    found = {
        path for path, verbs in document["paths"].items() for each in verbs.values() if "security" not in each
    }
    by_mail = {"/api/email/confirm", "/api/password/forgotten", "/api/password/reset"}
    assert found == {"/api/register", "/api/login", "/api/refresh"} | by_mail


def test_every_write_takes_a_key(document: Any):
    for verbs in document["paths"].values():
        for verb, operation in verbs.items():
            headers = [given["name"] for given in operation["parameters"] if given["in"] == "header"]
            assert headers == ([] if verb == "get" else ["Idempotency-Key"])


def test_the_key_says_that_it_stands_for_its_first_body(document: Any):
    (key,) = [
        each for each in document["paths"]["/api/posts"]["post"]["parameters"] if each["in"] == "header"
    ]
    assert "gets the first answer, whatever its body" in " ".join(key["description"].split())


def test_every_reference_leads_somewhere(document: Any):
    refs = set(re.findall(r"#/components/(\w+)/(\w+)", str(document)))
    assert len(refs) > 10
    assert [ref for ref in refs if ref[1] not in document["components"][ref[0]]] == []


def test_patterns_are_written_as_browsers_read_them(document: Any):
    assert "\\\\A" not in str(document)
    assert "\\\\Z" not in str(document)
    user_id = document["paths"]["/api/users/{user_id}"]["get"]["parameters"][0]["schema"]
    assert user_id["pattern"] == "^[A-Za-z0-9_.-]{1,64}$"


def test_a_post_has_the_fields_that_others_expect(document: Any):
    post = document["components"]["schemas"]["Post"]
    assert set(post["required"]) == {
        "post_id", "author", "media_url", "thumbnail_url", "caption", "location", "like_count",
        "comment_count", "liked_by_viewer", "created_at", "audience",
    }  # fmt: skip


async def test_the_page_shows_every_operation_and_runs_no_script(phone: Phone, document: Any):
    async with phone._session.get(f"{phone.url}/docs") as response:
        page = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not re.search(r"<script|src=|https?://", page)
    for path in document["paths"]:
        assert path in page
    assert page.count("<details>") == sum(len(verbs) for verbs in document["paths"].values())


def test_an_operation_that_takes_something_else_is_a_mistake():
    class Strange:
        @serves("GET", "/api/strange")
        async def strange(self, caller: Caller, number: int) -> shapes.Me:
            raise NotImplementedError

    with pytest.raises(TypeError, match="takes number"):
        operations_of(Strange())
