"""Named places where a test may kill the process or raise, so that every crash can be tried."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

_listener: Callable[[str], None] | None = None


def failpoint(name: str) -> None:
    """Do nothing, unless a test listens. Stands between steps that leave this process."""
    if _listener is not None:
        _listener(name)


def listen(listener: Callable[[str], None] | None) -> None:
    """Call `listener` at every failpoint (None: stop). Only `config.settings` of a test may lead here."""
    global _listener
    _listener = listener


def is_heard() -> bool:
    """Whether a test listens."""
    return _listener is not None


class Counter:
    """Counts steps by name and kills this process at step number `kill_at` (0: never)."""

    def __init__(self, kill_at: int = 0) -> None:
        self.kill_at = kill_at
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
