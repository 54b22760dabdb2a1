"""What every test has: a shut network, a clock nobody moved, and the fixtures of tests/support."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config import clock, failpoints
from tests.support import network

pytest_plugins = ["tests.support.databases", "tests.support.chromium", "tests.support.cast", "tests.support.browser"]

network.shut()


@pytest.fixture(autouse=True)
def _as_new() -> Iterator[None]:
    """No test inherits another's moved clock or failpoints."""
    yield
    clock.shift_from(None)
    failpoints.listen(None)
