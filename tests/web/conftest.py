"""A browser and a whole installation, one of each for a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.manta.test_engine import Up
from tests.web.browser import NoBrowser, opened
from tests.web.installation import installed


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, where there is one."""
    try:
        with opened() as browser:
            yield browser
    except NoBrowser as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def up(browser: Browser) -> Iterator[Up]:
    """An installation; without a browser none is started."""
    with installed() as launched:
        yield launched
