"""A process that ends at a named step, played inside the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config import failpoints


class Crash(BaseException):
    """The process is gone at this point; nothing after it happens."""


@contextmanager
def crash_at(step: str) -> Iterator[None]:
    """The process is killed at this step, which must come; what follows the block runs in another."""

    def listen(name: str) -> None:
        if name == step:
            raise Crash

    failpoints.listen(listen)
    try:
        with pytest.raises(Crash):
            yield
    finally:
        failpoints.listen(None)
