"""Proposed times, forums and who may: calendars to subscribe to, in detail."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from router.flows import calendar_feeds
from router.records.calendar_models import CalendarFeed
from router.records.forum_models import ForumDate
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.rules import calendar_owners
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.subscribing import AF, MAILBOX, events, make

# What all subscribers have in common is tried on both in test_calendar_feeds.py.
ONE_ENGINE_A_DAY = True
CANARY = "Kanarieord"
WINTER = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def propose(database: Database, reference: str, *times: datetime) -> None:
    """A proposal as rows, with a room of the receiver's own."""
    with database.writing() as session:
        inquiry_id = session.execute(
            sa.text("SELECT id FROM inquiry WHERE reference = :one"), {"one": reference}
        ).scalar_one()
        meeting = Meeting(
            inquiry_id=inquiry_id,
            uid="forslag@samvag",
            minutes=30,
            place="Gemensamt",
            state="proposed",
            why=CANARY,
        )
        session.add(meeting)
        session.flush()
        session.add(
            Participant(
                meeting_id=meeting.id,
                party_id="af",
                name="Väg in",
                mailbox_id=AF_MAILBOX,
                address="af@af.example",
                place="Vårt rum\r\nATTENDEE:mailto:x@y.example\u2028;,\x07",
                added_at=MONDAY,
            )
        )
        session.add_all(MeetingTime(meeting_id=meeting.id, starts_at=at, added_at=MONDAY) for at in times)


def test_proposed_times_are_perhaps_and_places_one_line_each(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    propose(database, reference, WINTER, WINTER + timedelta(days=1), MONDAY - timedelta(days=1))
    found = events(database, make(database, MAILBOX, cast.af_keeper))
    assert [one.decoded("DTSTART") for one in found] == [WINTER, WINTER + timedelta(days=1)]
    assert {(one["STATUS"], one["TRANSP"], str(one["SUMMARY"])) for one in found} == {
        ("TENTATIVE", "TRANSPARENT", f"Föreslagen mötestid {reference}")
    }
    assert len({str(one["UID"]) for one in found}) == 2
    assert {str(one["LOCATION"]) for one in found} == {"Vårt rum ATTENDEE:mailto:x@y.example ;,"}
    assert all("ATTENDEE" not in one for one in found)
    # The asking side takes no part in it as rows, so it stands in no calendar of theirs.
    assert events(database, make(database, None, cast.caseworker)) == []


def test_forums_of_ones_parties_stand_there_all_day_ones_too(database: Database, cast: Cast) -> None:
    common = {"forum_id": "forstarkt-fk-af", "minutes": 90, "place": "Rum 2"}
    with database.writing() as session:
        session.add(ForumDate(day=date(2026, 12, 10), starts_at=WINTER + timedelta(days=7), **common))
        session.add(ForumDate(day=date(2027, 3, 28), starts_at=None, **common))
        session.add(ForumDate(day=date(2027, 4, 1), starts_at=None, state="cancelled", **common))
    for token in (
        make(database, None, cast.caseworker),
        make(database, MAILBOX, cast.af_keeper),
        make(database, AF, cast.party_administrator),
    ):
        found = events(database, token)
        assert [(one.decoded("DTSTART"), one["STATUS"]) for one in found] == [
            (WINTER + timedelta(days=7), "CONFIRMED"),
            (date(2027, 3, 28), "CONFIRMED"),
            (date(2027, 4, 1), "CANCELLED"),
        ]
        assert found[1].decoded("DTEND") == date(2027, 3, 29)
        assert str(found[0]["SUMMARY"]) == "Samverkansforum: Förstärkt samarbete FK–AF"
    assert events(database, make(database, None, cast.municipal_keeper)) == []


def test_who_may_subscribe_to_what_and_to_how_many(database: Database, cast: Cast) -> None:
    may: dict[str, list[str]] = {"mailbox": [], "party": []}
    for role in ("af_keeper", "af_owner", "party_administrator", "administrator", "caseworker", "outsider"):
        for owner in (MAILBOX, AF):
            try:
                make(database, owner, getattr(cast, role))
                may[owner.kind].append(role)
            except NotAllowed:
                assert calendar_feeds.mine(database, owner, getattr(cast, role).actor) == ()
    assert may == {"mailbox": ["af_keeper", "af_owner"], "party": ["party_administrator"]}
    with pytest.raises(NotFound):
        make(database, calendar_owners.own(cast.caseworker.actor), cast.outsider)
    for _ in range(calendar_feeds.MOST_FEEDS - 1):
        make(database, MAILBOX, cast.af_keeper)
    with pytest.raises(Conflict):
        make(database, MAILBOX, cast.af_keeper)


def test_reading_changes_nothing_but_when_it_was_read_once_an_hour(database: Database, cast: Cast) -> None:
    token = make(database, None, cast.caseworker)
    before = count_everything(database)
    seen = []
    for minutes in (0, 59, 61):
        events(database, token, now=MONDAY + timedelta(minutes=minutes))
        [feed] = rows(database, CalendarFeed)
        seen.append((feed.read_at - MONDAY) // timedelta(minutes=1))
    assert seen == [0, 0, 61]
    assert count_everything(database) == before
