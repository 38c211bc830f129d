"""Photos at real windows: chosen, sent over a bad line, posted, and seen by somebody else."""

import pytest
from playwright.sync_api import Browser, FilePayload, Route

from manta.wiring import PAGES
from tests.manta.test_engine import Up
from tests.media_workers.photo import pictures
from tests.web.browser import Window
from tests.web.test_two_windows import closed, of_people

PHOTO = FilePayload(
    name="sea.jpg",
    mimeType="image/jpeg",
    buffer=pictures.jpeg(pictures.scene(900, 600), block=pictures.exif()),
)
NO_PHOTO = FilePayload(name="notes.jpg", mimeType="image/jpeg", buffer=b"%PDF-1.7 and so on")
IS_SHOWN = "[...document.querySelectorAll('.carousel img')].some((one) => one.naturalWidth > 0)"

pytestmark = pytest.mark.timeout(240)


def test_photos_are_chosen_sent_over_a_bad_line_posted_and_seen_by_a_follower(browser: Browser, up: Up):
    assert (PAGES / "index.html").exists()
    ann, bob = of_people(browser, up, "ann", "bob")
    ann.follow("bob")
    ann.page.get_by_title("Feed").click()
    cut = [True]

    def line(route: Route) -> None:
        if cut and route.request.method == "PUT":
            cut.pop()
            route.abort()
        else:
            route.continue_()

    bob.page.route("**/s3/uploads/**", line)
    field = bob.page.get_by_label("Choose photos")
    field.set_input_files([PHOTO, PHOTO])
    bob.page.get_by_label("Description of the photo").first.fill("Waves at noon")
    bob.page.locator(".picked li[data-status=ready]").nth(1).wait_for()
    bob.page.get_by_role("button", name="Post", exact=True).click()
    for window in (bob, ann):
        window.page.locator(".carousel").first.wait_for()
        window.page.wait_for_function(IS_SHOWN)
    assert ann.page.get_by_alt_text("Waves at noon").count() == 1
    ann.page.get_by_label("Next photo").click()
    ann.page.get_by_text("2 / 2").wait_for()
    assert not cut
    told_of_no_photo(bob)
    closed(ann, bob)


def told_of_no_photo(window: Window) -> None:
    """What is no photo says why, and can be taken back."""
    window.page.get_by_label("Choose photos").set_input_files([NO_PHOTO])
    window.page.get_by_text("This is a PDF document").wait_for()
    window.page.get_by_role("button", name="Try again").wait_for()
    assert window.page.get_by_role("button", name="Post", exact=True).is_disabled()
    window.page.get_by_role("button", name="Remove").click()
    window.page.locator(".picked").wait_for(state="detached")
