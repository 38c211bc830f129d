"""A whole installation: photos from an upload to the page of somebody else, whoever is killed meanwhile."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from cluster.embedded import loopback
from manta import records
from manta.cli import main
from tests.cluster.embedded.servers import short_folder, until
from tests.manta.test_engine import Up
from tests.media_workers.photo import pictures

PHOTO = pictures.jpeg(pictures.scene(1_600, 1_200), block=pictures.exif())
WITHIN_S = 100.0


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """One installation for all tests of this module."""
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        launched = Up(
            folder / "data", port, "--cells", "2", "--gateways", "1", "--darkrooms", "2",
            "--development-door", "true",
        )  # fmt: skip
        try:
            launched.ready()
            assert launched.ask("PUT", "/api/users/ann", {"name": "Ann"})[0] == 200
            yield launched
        finally:
            launched.kill()


def uploaded(up: Up, body: bytes = PHOTO) -> str:
    """The id of an upload whose bytes were acknowledged."""
    status, grant = up.ask("POST", "/api/posts/upload-url", {"content_type": "image/jpeg"})
    assert status == 200, (status, grant)
    request = urllib.request.Request(
        grant["upload_url"], body, headers={"Content-Type": "image/jpeg"}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200
    return str(grant["upload_id"])


def published(up: Up, *uploads: str) -> str:
    """The id of a post with these photos."""
    media = [{"upload_id": upload} for upload in uploads]
    status, post = up.ask("POST", "/api/posts", {"caption": "The sea", "media": media})
    assert status == 201, (status, post)
    return str(post["post_id"])


def seen(up: Up, post: str) -> Any:
    """The post as somebody else sees it, when it has appeared."""
    found: Any = None

    def look() -> bool:
        nonlocal found
        url = f"http://127.0.0.1:{up.port}/api/posts/{post}"
        with suppress(OSError):  # it is not there yet
            found = json.loads(fetched(url, **{"Manta-User": "bob"})[1])
        return found is not None

    until(look, f"post {post} appears", WITHIN_S)
    return found


def fetched(url: str, **headers: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
        return response.status, response.read()


def killed(up: Up, capsys: pytest.CaptureFixture[str], *names: str) -> None:
    """Ends these actors' processes at once."""

    def is_killed(name: str) -> bool:
        pid = up.cells(capsys).get(name, {}).get("pid")
        with suppress(ProcessLookupError):  # it is told of a little later that it died before
            if pid:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    for name in names:
        until(lambda name=name: is_killed(name), f"{name} was up", WITHIN_S)  # type: ignore[misc]


def test_a_carousel_is_uploaded_developed_and_seen_by_somebody_else(up: Up):
    post = seen(up, published(up, uploaded(up), uploaded(up)))
    assert post["processing_status"] == "ready"
    assert [media["width"] for media in post["media"]] == [1_600, 1_600]
    status, body = fetched(post["media_url"], Accept="image/webp")
    assert (status, body[:4], body[8:12]) == (200, b"RIFF", b"WEBP")
    assert fetched(post["thumbnail_url"], Range="bytes=0-1") == (206, b"\xff\xd8")
    assert b"GPS" not in fetched(post["media_url"])[1]


def test_photos_appear_though_workers_and_cells_are_killed_meanwhile(
    up: Up, capsys: pytest.CaptureFixture[str]
):
    posts = [published(up, uploaded(up)) for _ in range(3)]
    killed(up, capsys, "edge:darkroom-0", "edge:darkroom-1")
    posts += [published(up, uploaded(up)) for _ in range(2)]
    killed(up, capsys, "cell:cell-0", "edge:darkroom-0")
    for post in posts:
        assert fetched(seen(up, post)["media_url"])[0] == 200


def test_photos_that_were_acknowledged_outlive_gateway_journal_and_store(
    up: Up, capsys: pytest.CaptureFixture[str]
):
    posts = [published(up, uploaded(up)) for _ in range(2)]
    record = records.read(up.data / "run.json")
    assert record is not None
    killed(up, capsys, "edge:gateway-0")
    for name in ("seaweedfs", "valkey"):
        os.kill(record.processes[name].pid, signal.SIGKILL)
    for post in posts:
        url = seen(up, post)["media_url"]
        until(lambda url=url: is_served(url), f"{url} is served", WITHIN_S)  # type: ignore[misc]


def is_served(url: str) -> bool:
    with suppress(OSError):  # the store is on its way back
        return fetched(url)[0] == 200
    return False


def test_what_is_no_photo_fails_and_an_operator_sees_an_empty_list_of_dead_jobs(
    up: Up, capsys: pytest.CaptureFixture[str]
):
    upload = uploaded(up, b"%PDF-1.7 and so on")
    until(lambda: up.ask("GET", f"/api/uploads/{upload}")[1]["processing_status"] == "failed", "it fails", 60)
    assert up.ask("GET", f"/api/uploads/{upload}")[1]["code"] == "photo_is_pdf"
    capsys.readouterr()
    assert main(["darkroom", "--json", "--data", str(up.data)]) == 0
    assert '"dead_count": 0' in capsys.readouterr().out
