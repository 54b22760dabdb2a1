"""Proposing times for a meeting: the proposal, its times and participants, links and reminders, and taking it back."""

from __future__ import annotations

from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.rules.meeting_wishes import Invited, ParticipantsChange, Proposed, Role, TimesChange

__all__ = [
    "Invited",
    "ParticipantsChange",
    "Proposed",
    "Role",
    "TimesChange",
    "change_participants",
    "change_times",
    "propose",
    "remind",
    "revoke_link",
    "withdraw",
]


def propose(database: Database, reference: str, wanted: Proposed, actor: Actor, *, now: datetime) -> int:
    """Propose times: every participant but the proposer's own side gets a letter with a personal link.

    Returns the id of the meeting. Raises Invalid, Conflict("already_booked", "already_proposed", "is_closed").
    """
    raise NotImplementedError


def change_times(
    database: Database, reference: str, change: TimesChange, actor: Actor, *, now: datetime
) -> None:
    """Add and take back proposed times. Who has to answer new ones gets a letter.

    Raises Invalid, NotFound("no_time"), Conflict("no_proposal").
    """
    raise NotImplementedError


def change_participants(
    database: Database, reference: str, change: ParticipantsChange, actor: Actor, *, now: datetime
) -> None:
    """Add, change and remove participants of a proposed or booked meeting; those concerned get their letters.

    Raises Invalid, NotFound("no_participant"), Conflict("no_meeting").
    """
    raise NotImplementedError


def withdraw(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Take a proposal back before anything is booked. Raises Conflict("no_proposal")."""
    raise NotImplementedError


def revoke_link(
    database: Database, reference: str, participant_id: int, actor: Actor, *, now: datetime
) -> None:
    """Make every link of a participant worthless and send it a new one.

    Raises NotFound("no_participant"), Conflict("no_meeting").
    """
    raise NotImplementedError


def remind(database: Database, *, now: datetime) -> int:
    """Remind those who are silent, two days and one day before the last moment to answer. Returns how many letters."""
    raise NotImplementedError
