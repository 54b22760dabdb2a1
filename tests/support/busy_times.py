"""What takes the time of those who are to meet, written straight into the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from config.database import Database
from directory.records.absences import Absence
from router.records.calendar_models import BusyInterval, BusySource
from router.records.forum_models import ForumDate
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry
from tests.support.asking import MONDAY, rows
from tests.support.cast import Cast, Person


def away(database: Database, day: date, *people: Person, cover: Person | None = None) -> None:
    """These people are away on a day."""
    with database.writing() as session:
        session.add_all(
            Absence(
                account_id=one.actor.account_id,
                starts_on=day,
                ends_on=day,
                cover_id=cover.actor.account_id if cover else None,
                entered_by=one.actor.account_id,
                entered_at=MONDAY,
            )
            for one in people
        )


def busy(
    database: Database, hours: Iterable[tuple[datetime, datetime]], *, by: Person, mailbox: str | None = None
) -> None:
    """A published calendar: a mailbox's, or that of the person who set it."""
    with database.writing() as session:
        source = BusySource(
            mailbox_id=mailbox,
            account_id=None if mailbox else by.actor.account_id,
            url="https://kalender.example/1",
            set_by=by.actor.account_id,
            set_at=MONDAY,
            next_try_at=MONDAY,
        )
        session.add(source)
        session.flush()
        session.add_all(
            BusyInterval(source_id=source.id, starts_at=begins, ends_at=ends, is_tentative=False)
            for begins, ends in hours
        )


def whole(day: date) -> tuple[datetime, datetime]:
    """A day from morning to night."""
    begins = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    return begins, begins + timedelta(hours=12)


def forum(database: Database, forum_id: str, day: date) -> None:
    """A forum meets the whole day."""
    with database.writing() as session:
        session.add(ForumDate(forum_id=forum_id, day=day, starts_at=None, minutes=0))


def booked(database: Database, cast: Cast, reference: str, starts_at: datetime) -> None:
    """A meeting of the whole day between the asker and nobody else."""
    inquiry = next(row for row in rows(database, Inquiry) if row.reference == reference)
    with database.writing() as session:
        meeting = Meeting(
            inquiry_id=inquiry.id,
            uid=f"{reference}@samvag",
            starts_at=starts_at,
            minutes=9 * 60,
            place="Rum 1",
            state="booked",
        )
        session.add(meeting)
        session.flush()
        session.add(
            Participant(
                meeting_id=meeting.id,
                party_id="fk",
                name="Försäkringskassan",
                is_asker=True,
                address=cast.caseworker.email,
                added_at=MONDAY,
            )
        )
