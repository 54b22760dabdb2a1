"""The only place that reads the time. Everybody else is handed `now`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

# A file with a number of seconds moves the clock of every process that was told of it. Tests and demos
# need that to see a deadline pass; `config.settings` refuses it in production.
_shift_file: Path | None = None


def shift_from(path: Path | None) -> None:
    """Let the clock be moved by the seconds written in `path` (None: the real time)."""
    global _shift_file
    _shift_file = path


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC) + _shift()


def monotonic() -> float:
    """Seconds that never go backwards, for waits and leases inside one process."""
    return time.monotonic()


def _shift() -> timedelta:
    if _shift_file is None:
        return timedelta()
    try:
        return timedelta(seconds=float(_shift_file.read_text(encoding="ascii").strip() or 0))
    except FileNotFoundError:
        return timedelta()
