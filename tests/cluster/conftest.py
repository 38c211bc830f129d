"""Clocks for the tests of the ground: those that are marked `virtual_time` run on a fake one."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.cluster.virtual_time import loop_factories


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "virtual_time: the event loop's clock jumps to the next timer")


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Any]:
    """The loop that a test asks for."""
    return loop_factories(item)
