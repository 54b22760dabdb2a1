"""What the router counts is what the directory judges by: who breaks most promises is no structured way in."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from config.database import Database
from directory.flows import contact_paths, lookup
from directory.flows.contact_paths import Asked
from directory.records.confirming import Performance
from directory.records.models import EntryPoint
from directory.rules.paths import PathStatus
from router.flows import performance
from router.records import tallies
from tests.support.asking import MONDAY, rows
from tests.support.cast import AF_MAILBOX, Cast

TODAY = MONDAY.date()
PATH = Asked("fk", "af", "1493")


def kept(database: Database, *, on_time: int, late: int, at: datetime = MONDAY) -> None:
    changes = tallies.Changes()
    for measure, n in [
        ("respond.on_time", on_time),
        ("respond.late", late),
        ("answer_days.3", on_time + late),
    ]:
        tallies.count(changes, mailbox_id=AF_MAILBOX, party_id="af", measure=measure, at=at, n=n)
    with database.writing() as session:
        tallies.write(session, changes)


def path(database: Database) -> tuple[PathStatus, str]:
    """Of AF's mailbox alone, as the path and its own page say."""
    found = contact_paths.contact_path(database, PATH, today=TODAY)
    item = lookup.entry(database, AF_MAILBOX, today=TODAY).item
    assert item.because is not None
    assert (item.status, item.because.code) == (found.status, found.because.code)
    return found.status, found.because.code


def test_a_mailbox_that_breaks_most_of_its_promises_is_partial_until_it_keeps_them(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        others = sa.update(EntryPoint).where(EntryPoint.party_id == "af", EntryPoint.id != AF_MAILBOX)
        session.execute(others.values(status="closed"))
    kept(database, on_time=4, late=5)
    assert performance.recount(database, MONDAY) == 1
    # Nine say more about chance than about the mailbox.
    assert path(database) == (PathStatus.STRUCTURED, "path.structured")

    kept(database, on_time=0, late=1)
    assert performance.recount(database, MONDAY) == 1
    assert performance.recount(database, MONDAY) == 0
    assert [(row.promises, row.late, row.median_days) for row in rows(database, Performance)] == [(10, 6, 3)]
    assert path(database) == (PathStatus.PARTIAL, "path.breaks_promises")

    kept(database, on_time=10, late=0, at=MONDAY + timedelta(days=1))
    performance.recount(database, MONDAY + timedelta(days=1))
    assert path(database)[0] is PathStatus.STRUCTURED
    # What was long ago counts no more.
    assert performance.recount(database, MONDAY + timedelta(days=120)) == 1
    assert rows(database, Performance) == []


def test_a_telephone_that_is_never_open_or_of_which_nobody_knows_when_is_partial(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        others = sa.update(EntryPoint).where(EntryPoint.party_id == "af", EntryPoint.id != "af-14-ingang")
        session.execute(others.values(status="closed"))

    def judged(**values: object) -> str:
        with database.writing() as session:
            session.execute(sa.update(EntryPoint).where(EntryPoint.id == "af-14-ingang").values(**values))
        return contact_paths.contact_path(database, PATH, today=TODAY).because.code

    every = "|".join(f"{TODAY + timedelta(days=one)}#closed" for one in range(30))
    assert judged(from_parties=["*"]) == "path.structured"
    assert judged(date_hours=every) == "path.never_open"
    assert judged(date_hours="", phone_hours="") == "path.no_hours"
    assert lookup.entry(database, "af-14-ingang", today=TODAY).item.status is PathStatus.PARTIAL
