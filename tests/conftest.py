"""What every test has: a shut network, a clock nobody moved, and the fixtures of tests/support."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest

from config import clock, failpoints, own_mail
from tests.support import network
from tests.support.size import IS_FULL

pytest_plugins = [
    "tests.support.databases",
    "tests.support.chromium",
    "tests.support.cast",
    "tests.support.browser",
    "tests.support.grouping",
    "tests.support.invited",
]

network.shut()

# A busy machine is no fault of the code, so no example is timed; what hypothesis found, it prints to be repeated.
hypothesis.settings.register_profile(
    "samvag",
    deadline=None,
    print_blob=True,
    max_examples=2000 if IS_FULL else 100,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("samvag")


@pytest.fixture(autouse=True)
def _as_new() -> Iterator[None]:
    """No test inherits another's moved clock or failpoints."""
    yield
    clock.shift_from(None)
    own_mail.tell("")
    failpoints.listen(None)
