"""Waiting for something that another process does: look often, give up at a deadline and say what was missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = 30.0
PAUSE = 0.05

_never = threading.Event()


def until(look: Callable[[], Found], what: str, *, within: float = PATIENCE) -> Found:
    """The first true answer of `look`. Fails when there is none in time."""
    last = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < last, f"waited {within:.0f} seconds for {what}"
        _never.wait(PAUSE)
    return found
