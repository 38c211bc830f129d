"""A whole installation and a real browser: what one does, the other sees, without loading anything again."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from manta import admin, records
from tests.manta.test_engine import Up
from tests.web.browser import PASSWORD, Window

TEXT = "Beautiful sunset!"
PHONE = {"width": 390, "height": 844}
WITHIN_MS = 20_000.0

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def windows(browser: Browser, up: Up) -> Iterator[tuple[Window, Window]]:
    """Ann and bob, each in a browser of their own; ann follows bob."""
    ann, bob = of_people(browser, up, "ann", "bob")
    ann.follow("bob")
    yield ann, bob
    closed(ann, bob)


def of_people(browser: Browser, up: Up, *names: str) -> list[Window]:
    """Someone new at each, with a phone."""
    made = []
    for name in names:
        context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
        context.set_default_timeout(WITHIN_MS)
        made.append(Window(context, f"http://127.0.0.1:{up.port}", name).join())
    return made


def closed(*windows: Window) -> None:
    """Nothing went wrong in any of them."""
    for window in windows:
        assert window.faults == []
        window.context.close()


def processes(up: Up, role: str) -> list[int]:
    """The process ids of all cells, or of all edges."""
    record = records.read(up.data / "run.json")
    assert record is not None
    reports = admin.ask(Path(record.runtime) / admin.SOCKET, "cells")
    return [report["pid"] for report in reports if report["name"].startswith(f"{role}:")]


def test_what_one_does_the_other_sees_also_when_the_gateways_are_killed_in_between(
    up: Up, windows: tuple[Window, Window]
):
    ann, bob = windows
    for window in windows:
        window.mark()
    bob.post(TEXT)
    ann.sees_post(TEXT)
    ann.like(TEXT)
    bob.sees_count("likes", 1)
    watch_the_cluster(bob)
    for pid in processes(up, "edge"):
        os.kill(pid, signal.SIGKILL)
    sees_restarts(bob, "gateway-0")
    for pid in processes(up, "cell")[:1]:
        os.kill(pid, signal.SIGKILL)
    sees_restarts(bob, "cell-0")
    bob.page.get_by_title("Back to the feed").click()
    bob.open_post(TEXT)
    ann.open_post(TEXT)
    bob.sees_count("viewers", 2)
    ann.type("What a colour")
    bob.page.locator(".typing", has_text="ann is writing").wait_for()
    ann.send()
    bob.sees_comment("What a colour")
    bob.sees_count("comments", 1)
    ann.sees_comment("What a colour")
    assert bob.page.locator(".comment").count() == 1
    assert ann.page.locator(".comment").count() == 1
    assert all(window.was_never_reloaded() for window in windows)


def watch_the_cluster(window: Window) -> None:
    """Opens /cluster, where all is well."""
    window.page.get_by_title("Cluster").click()
    window.page.locator(".health", has_text="all well").wait_for()
    assert window.page.locator("[data-part]").count() == 4


def sees_restarts(window: Window, part: str) -> None:
    """Waits until the page, by itself, shows that a part was started anew and answers."""
    again = window.page.locator(f"[data-part={part}][data-up=true] td:last-child", has_text="1")
    again.wait_for()


def test_who_is_private_is_seen_by_those_who_were_let_in(browser: Browser, up: Up):
    cyd, dan = of_people(browser, up, "cyd", "dan")
    cyd.post(TEXT)
    cyd.opens_privacy()
    cyd.page.get_by_role("switch", name="Private account").check()
    dan.find("cyd")
    dan.page.get_by_text("This account is private").wait_for()
    dan.page.get_by_role("button", name="Follow", exact=True).click()
    dan.page.get_by_role("button", name="Requested").wait_for()
    requests = cyd.page.get_by_role("region", name="Follow requests")
    requests.get_by_role("button", name="Accept").click()
    requests.get_by_text("Nobody asks to follow you.").wait_for()
    dan.find("cyd")
    dan.sees_post(TEXT)
    cyd.find("dan")
    cyd.page.get_by_text("More", exact=True).click()
    cyd.page.get_by_role("button", name="Block …").click()
    cyd.page.get_by_role("button", name="Block dan").click()
    cyd.page.get_by_role("region", name="Blocked").get_by_text("dan").wait_for()
    dan.find("cyd")
    dan.page.get_by_text("There is no cyd here").wait_for()
    closed(cyd, dan)


def test_a_device_that_is_logged_out_from_another_one_is_out(browser: Browser, up: Up):
    (eve,) = of_people(browser, up, "eve")
    laptop = Window(browser.new_context(), eve.url, "eve").enter()
    eve.page.get_by_title("You").click()
    eve.page.get_by_role("link", name="Devices").click()
    eve.page.get_by_text("This one").wait_for()
    eve.page.get_by_role("listitem").get_by_role("button", name="Log out").click()
    laptop.page.get_by_role("tab", name="Sign up").wait_for()
    eve.page.get_by_label("Old password").fill(PASSWORD)
    eve.page.get_by_label("New password").fill("another horse battery")
    eve.page.get_by_role("button", name="Change it").click()
    eve.page.get_by_text("It is changed").wait_for()
    assert eve.page.get_by_role("listitem").count() == 1
    closed(eve, laptop)
