"""Putting ways in into doubt: for whoever learns that one no longer works as it is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from config.database import Database
from directory.records import doubts
from directory.rules.doubting import Cause


def degrade(
    database: Database, entry_point_ids: Collection[str], cause: Cause, now: datetime
) -> tuple[str, ...]:
    """Those that count as unverified from now on because of this, until somebody confirms or answers from them."""
    with database.writing() as session:
        return tuple(one for one in sorted(entry_point_ids) if doubts.degraded(session, one, cause, now))
