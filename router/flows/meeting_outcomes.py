"""What came of a meeting: said by somebody of either side after its hour, and taken back while nothing has followed."""

from __future__ import annotations

from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.rules.meeting_outcomes import Outcome, StepWish

__all__ = ["Outcome", "StepWish", "end", "take_back"]


def end(database: Database, reference: str, outcome: Outcome, actor: Actor, *, now: datetime) -> None:
    """Say whether the booked meeting was held, who came, what was noted and agreed, and whether it ends the inquiry."""
    raise NotImplementedError


def take_back(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Undo what was said of the newest meeting, until something else has followed."""
    raise NotImplementedError
