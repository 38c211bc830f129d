import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.entry.entrance import Entrance
from gateway.rest.pages import Pages
from gateway.server import Place, opened
from tests.gateway.little_cluster import LittleCluster

HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>one")
    (tmp_path / "assets" / "app-1.js").write_text("let one")
    (tmp_path / "assets" / "app-1.js.gz").write_bytes(gzip.compress(b"let one"))
    (tmp_path / "made-from").write_text("1")
    return tmp_path


@pytest.fixture
async def browser(
    cluster: LittleCluster, entrance: Entrance, built: Path
) -> AsyncIterator[aiohttp.ClientSession]:
    place = Place(port=0, pages=str(built))
    async with opened(cluster, cluster, place, entrance) as url, aiohttp.ClientSession(url) as session:
        yield session


@pytest.mark.parametrize("path", ["/", "/@ann", "/@ann.b", "/p/0123456789abcdef", "/cluster"])
async def test_every_page_is_the_one_that_finds_its_way(browser: aiohttp.ClientSession, path: str):
    async with browser.get(path, headers=HTML) as response:
        assert (response.status, await response.text()) == (200, "<!doctype html>one")
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-cache"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_files_whose_names_change_are_kept_for_ever(browser: aiohttp.ClientSession):
    async with browser.get("/assets/app-1.js") as response:
        assert (response.status, await response.text()) == (200, "let one")
        assert response.content_type == "text/javascript"
        assert response.headers["Content-Encoding"] == "gzip"
        assert "immutable" in response.headers["Cache-Control"]


async def test_what_has_not_changed_is_not_sent_again(browser: aiohttp.ClientSession):
    async with browser.get("/") as first:
        tag = first.headers["ETag"]
    async with browser.get("/", headers={"If-None-Match": tag}) as again:
        assert (again.status, await again.read()) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/assets/app-2.js", "/../made-from", "/made-from", "/nowhere"]
)
async def test_what_is_neither_file_nor_page_is_not_there(browser: aiohttp.ClientSession, path: str):
    async with browser.get(path) as response:
        assert (response.status, (await response.json())["code"]) == (404, "http.404")


async def test_a_wrong_method_is_named_also_where_pages_are_served(browser: aiohttp.ClientSession):
    async with browser.get("/api/register", headers=HTML) as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_a_new_build_takes_the_place_of_the_old_one(browser: aiohttp.ClientSession, built: Path):
    async with browser.get("/") as response:
        assert await response.text() == "<!doctype html>one"
    (built / "index.html").write_text("<!doctype html>two")
    (built / "made-from").unlink()
    (built / "made-from").write_text("2")
    async with browser.get("/") as response:
        assert await response.text() == "<!doctype html>two"


async def test_without_a_build_the_page_says_what_to_do(
    cluster: LittleCluster, entrance: Entrance, tmp_path: Path
):
    place = Place(port=0, pages=str(tmp_path / "none"))
    async with opened(cluster, cluster, place, entrance) as url, aiohttp.ClientSession() as session:
        async with session.get(url, headers=HTML) as response:
            assert response.status == 503
            assert "make run" in await response.text()


async def test_pages_may_upload_to_the_bucket_that_phones_reach_and_nowhere_else(tmp_path: Path):
    policy = Pages(tmp_path, "https://bucket.example.com")._guards["Content-Security-Policy"]
    assert "connect-src 'self' https://bucket.example.com; " in policy
    assert "connect-src 'self'; " in Pages(tmp_path)._guards["Content-Security-Policy"]
