"""Confirming a way in by the link in a letter. Whoever holds the link speaks for the mailbox that it was sent to.

Opening the link changes nothing, so that a program that looks through letters confirms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from config.words import STOCKHOLM
from directory.records import care, cells, confirmations
from directory.records.changes import Why
from directory.rules import editing
from directory.rules.terms import EntryPointStatus

YES, NO = "yes", "no"
LONGEST_TOKEN = 100
# What a mailbox can say yes or no to at a glance, in the order of the form.
SHOWN = frozenset(
    {"purpose", "not_for", "inquiry_kinds", "from_parties", "areas", "channels", "phone_hours", "date_hours"}
    | {"mailbox_address", "keepers", "response_working_days", "meeting_calendar_days", "status"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is asked to confirm. `confirmed_at`: when that was done by this letter's link, None before.

    `verified_on` is the day it counts as verified from, `is_open` whether an answer is still wanted.
    """

    entry_point_id: str
    name: str
    party: str
    mailbox: str
    address: str
    cells: tuple[tuple[str, str], ...]
    verified_on: date | None
    confirmed_at: datetime | None
    is_open: bool


def shown(database: Database, token: str, *, now: datetime) -> Asked:
    """What the link asks about; changes nothing. Raises NotFound("bad_link")."""
    with database.reading() as session:
        return _asked(session, _find(session, token, now))


def answer(database: Database, token: str, *, is_right: bool, now: datetime) -> Asked:
    """Say yes or no. A yes counts once, however often it is sent; a no may become a yes.

    Raises NotFound("bad_link").
    """
    with database.writing() as session:
        row = _find(session, token, now)
        # What somebody has verified since by other means needs no answer.
        if (
            _is_open(row)
            and confirmations.answered(session, row.id, YES if is_right else NO, now)
            and is_right
        ):
            why = Why("letter", None, now)
            care.verify(session, row.entry_point_id, now.astimezone(STOCKHOLM).date(), why)
        return _asked(session, _find(session, token, now))


def _find(session: Session, token: str, now: datetime) -> Any:
    row = confirmations.standing(session, token) if len(token) <= LONGEST_TOKEN else None
    if row is None or row.status == EntryPointStatus.CLOSED:
        raise NotFound("bad_link")
    if row.expires_at <= now and row.answer != YES:
        raise NotFound("bad_link")
    return row


def _is_open(row: Any) -> bool:
    """Whether nothing has been verified, and nothing come into doubt, since the letter was written."""
    return row.answer != YES and row.doubt is None and (row.verified_on or confirmations.NEVER) == row.since


def _asked(session: Session, row: Any) -> Asked:
    standing = cells.read(session, [row.entry_point_id])[row.entry_point_id]
    fields = [field for field in editing.editable(standing) if field in SHOWN and standing[field]]
    return Asked(
        row.entry_point_id,
        row.name,
        row.party,
        row.mailbox,
        row.address,
        tuple((field, standing[field]) for field in fields),
        row.verified_on,
        row.answered_at if row.answer == YES else None,
        _is_open(row),
    )
