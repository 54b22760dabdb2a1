"""A proposal of times as tests make one, and what stands in the database of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.database import Database
from config.errors import Refused
from router.flows import proposing
from router.flows.proposing import Invited, Proposed
from router.records.meeting_models import MeetingTime, Participant
from router.records.models import Deadline, Event, OutgoingMail
from tests.support.asking import ask, rows
from tests.support.cast import AF_MAILBOX, Cast

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# A Monday at ten, with no red day before Easter.
MONDAY = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
FIRST = MONDAY + 14 * DAY
TIMES = (FIRST, FIRST + DAY, FIRST + 2 * DAY)
CARE = Invited(
    party_id="kommun-1493", address="Rehab@Vard.example", function="rehabkoordinator", place="010-1"
)
WANTED = Proposed(
    minutes=45,
    place="Videomöte",
    times=TIMES,
    participants=(Invited(mailbox_id=AF_MAILBOX, has_mandate=True), CARE),
    answer_by=datetime(2027, 2, 12, 15, 0, tzinfo=UTC),
)


def promise(database: Database) -> Deadline:
    found: Deadline = next(row for row in rows(database, Deadline) if row.kind == "meeting")
    return found


def links(database: Database, letter: str = "times_proposed") -> dict[str, str]:
    """The token of each link in letters of a kind, by whom it went to; the newest of each."""
    return {
        row.recipient: row.facts["path"].rpartition("/")[2]
        for row in rows(database, OutgoingMail)
        if row.letter == letter and row.facts["path"].startswith("/motestid/")
    }


def told(database: Database, letter: str) -> list[str]:
    return sorted(row.recipient for row in rows(database, OutgoingMail) if row.letter == letter)


def ids(database: Database) -> dict[str, int]:
    """Participants by address."""
    return {row.address: row.id for row in rows(database, Participant)}


def times(database: Database) -> list[int]:
    return [row.id for row in sorted(rows(database, MeetingTime), key=lambda row: row.starts_at)]


AF = "funktionsbrevlada.fk.vastra-gotaland@af.example"
REHAB = "rehab@vard.example"


def propose(database: Database, cast: Cast, wanted: Proposed = WANTED, **changes: Any) -> str:
    reference = ask(database, cast, now=MONDAY, **changes)
    proposing.propose(database, reference, wanted, cast.caseworker.actor, now=MONDAY)
    return reference


def kinds(database: Database) -> list[str]:
    return [row.kind for row in rows(database, Event)]


def code(refusal: pytest.ExceptionInfo[Refused]) -> str:
    return refusal.value.code
