"""Marking what was agreed at a meeting as done, or as not needed any more."""

from __future__ import annotations

from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.rules.next_steps import DueStep


def done(database: Database, reference: str, step_id: int, actor: Actor, *, now: datetime) -> None:
    """Mark a step as done: by the side whose it is, or by the asker."""
    raise NotImplementedError


def withdraw(database: Database, reference: str, step_id: int, actor: Actor, *, now: datetime) -> None:
    """Say that a step is not needed any more, for the asker."""
    raise NotImplementedError


def due(database: Database, actor: Actor, *, now: datetime) -> tuple[DueStep, ...]:
    """The steps of the actor's own units' inquiries that are soon due or have passed, earliest first."""
    raise NotImplementedError
