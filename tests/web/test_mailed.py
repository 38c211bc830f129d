"""A forgotten password in a real browser: the links are those that the operator is shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.manta.test_engine import Up
from tests.web.browser import PASSWORD
from tests.web.test_two_windows import PHONE, WITHIN_MS

ADDRESS = "ann@example.org"
NEW_PASSWORD = "another horse battery"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def page(browser: Browser, up: Up) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{up.port}/")
    yield page
    context.close()


def linked(up: Up) -> str:
    """The link of the next letter."""
    note = up.hears(lambda line: ADDRESS in line.get("note", ""))["note"]
    return str(note).rpartition(" ")[2]


def test_who_forgot_the_password_comes_back_by_a_link_to_the_confirmed_address(page: Page, up: Up):
    page.get_by_role("tab", name="Sign up").click()
    page.locator("input[name=username]").fill("ann")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=email]").fill(ADDRESS)
    page.get_by_role("button", name="Create my account").click()
    page.get_by_title("You").wait_for()
    page.goto(linked(up))
    page.get_by_text(f"{ADDRESS} is your address now.").wait_for()
    assert "#" not in page.url
    page.goto(f"http://127.0.0.1:{up.port}/devices")
    page.locator("form", has_text="E-mail").get_by_text(ADDRESS).wait_for()
    page.get_by_title("You").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("link", name="Forgotten your password?").click()
    page.locator("input[name=account]").fill(ADDRESS)
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_text("a link is on its way").wait_for()
    page.goto(linked(up))
    page.locator("input[name=password]").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set it").click()
    page.get_by_text("Your password is set").wait_for()
    page.get_by_role("link", name="Log in").click()
    page.locator("input[name=username]").fill("ann")
    page.locator("input[name=password]").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_title("You").wait_for()
