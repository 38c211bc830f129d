"""`make pictures`: docs/pictures/ as the pages look, on an installation with some life in it."""

import base64
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from cluster.embedded import loopback
from manta import admin, records
from tests.cluster.embedded.servers import short_folder
from tests.manta.test_engine import Up
from tests.web.browser import NoBrowser, Window, opened
from tests.web.crowd import Crowd

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PHONE = {"width": 390, "height": 760}
GUESTS = 40
SHARED = (
    ("cid", "The tide went out at six and left the whole beach to us. #morning"),
    ("dan", "First snow on the ridge. Coffee tastes better up here."),
    ("bob", "Beautiful sunset! #photography"),
)
FRAME = """<!doctype html><div style="display:flex;gap:44px;padding:44px;width:max-content;
background:linear-gradient(120deg,#12b5a6,#3a62f0)">{}</div>"""
SCREEN = """<img src="data:image/png;base64,{}" style="width:390px;height:760px;border-radius:38px;
box-shadow:0 24px 70px rgb(0 0 0/.4)">"""


@contextmanager
def installed() -> Iterator[Up]:
    """An installation of two cells and two gateways in which a whole crowd may come at once."""
    with short_folder() as folder:
        port = loopback.choose(["up"], {})["up"]
        up = Up(folder / "data", port, "--cells", "2", "--gateways", "2", "--paced", "false")
        try:
            up.ready()
            yield up
        finally:
            up.kill()


def window(browser: Browser, up: Up, name: str, scheme: str) -> Window:
    """Someone on a phone."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, color_scheme=scheme, locale="en-GB",  # type: ignore[arg-type]
    )  # fmt: skip
    return Window(context, f"http://127.0.0.1:{up.port}", name).join()


def take_feed(browser: Browser, up: Up, crowd: list[Crowd]) -> None:
    """Two phones: ann's feed, and bob, who sees ann writing under his post."""
    people = {name: window(browser, up, name, "dark") for name, _ in SHARED}
    ann = window(browser, up, "ann", "light")
    for name, text in SHARED:
        ann.follow(name)
        people[name].post(text)
    cards = ann.page.locator("article.post[data-post]")
    cards.nth(len(SHARED) - 1).wait_for()
    posts = [cards.nth(at).get_attribute("data-post") or "" for at in range(len(SHARED))]
    crowd.append(Crowd(f"http://127.0.0.1:{up.port}", GUESTS, posts))
    crowd[0].come()
    ann.page.locator("[data-count=likes]", has_text=re.compile(r"^[2-9]\d$")).first.wait_for()
    _, text = SHARED[-1]
    ann.like(text)
    people["bob"].open_post(text)
    people["bob"].page.locator(".comment").nth(5).wait_for()
    left = ann.page.screenshot()
    ann.open_post(text)
    ann.type("Oh, this is ")
    people["bob"].page.locator(".typing").wait_for()
    right = people["bob"].page.screenshot()
    framed(browser, [left, right], PICTURES / "feed.png")


def framed(browser: Browser, screens: list[bytes], path: Path) -> None:
    """Screens side by side."""
    page = browser.new_context(viewport={"width": 1000, "height": 1000}).new_page()
    page.set_content(FRAME.format("".join(SCREEN.format(base64.b64encode(one).decode()) for one in screens)))
    page.locator("div").screenshot(path=path)


def take_cluster(browser: Browser, up: Up) -> None:
    """The cluster under that crowd, some time after one of its cells was killed."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    operator = Window(context, f"http://127.0.0.1:{up.port}", "operator").join()
    operator.page.goto(f"{operator.url}/cluster")
    operator.page.locator(".tiles").wait_for()
    operator.page.wait_for_timeout(40_000)
    record = records.read(up.data / "run.json")
    assert record is not None
    reports = admin.ask(Path(record.runtime) / admin.SOCKET, "cells")
    os.kill(next(report["pid"] for report in reports if report["name"] == "cell:cell-1"), signal.SIGKILL)
    operator.page.locator("[data-part=cell-1][data-up=true] td:last-child", has_text="1").wait_for()
    operator.page.wait_for_timeout(15_000)
    operator.page.screenshot(path=PICTURES / "cluster.png", full_page=True)


def main() -> int:
    """Takes both."""
    subprocess.run([sys.executable, str(ROOT / "scripts" / "web.py"), "build"], check=True)
    PICTURES.mkdir(exist_ok=True)
    crowd: list[Crowd] = []
    try:
        with opened() as browser, installed() as up:
            take_feed(browser, up, crowd)
            take_cluster(browser, up)
            threading.Thread(target=crowd[0].go_home, daemon=True).start()
    except NoBrowser as missing:
        print(missing, file=sys.stderr)
        return 1
    print("docs/pictures/feed.png, docs/pictures/cluster.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
