"""Sorting of stored mail, in one transaction for each: an answer, a follow-up, a question, or held with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.database import Database
from config.settings import Settings
from router.mail.parsed import Parsed

Scan = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many mails a round took, and what came of them."""

    sorted: int = 0
    held: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.sorted + self.held + self.failed


def sort(
    database: Database,
    read: Callable[[bytes], Parsed],
    *,
    now: Callable[[], datetime],
    settings: Settings,
    limit: int = 200,
    is_stopping: Callable[[], bool] = lambda: False,
    scan: Scan | None = None,
) -> Counts:
    """Sort what is stored, at most `limit` mails, the oldest first. Safe to run in several processes at once."""
    return Counts()
