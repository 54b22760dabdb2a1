"""Calendars to subscribe to: what stands in them, for whom, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import NotFound
from directory.records.accounts import Account, Grant
from router.flows import calendar_feeds, meetings
from router.records.calendar_models import CalendarFeed
from router.records.meeting_models import Meeting
from router.rules import calendar_owners
from tests.support.asking import MONDAY, QUESTION, ask, rows
from tests.support.cast import Cast
from tests.support.subscribing import AF, MAILBOX, PUBLIC, events, is_open, make

CANARY = "Kanarieord"
WINTER = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def test_booked_meetings_stand_in_the_calendars_of_all_who_take_part_and_say_nothing_of_the_matter(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, subject=CANARY, body=CANARY, our_reference=CANARY)
    meetings.book(
        database, reference, meetings.Wish(WINTER, 45, "Videomöte"), cast.af_keeper.actor, now=MONDAY
    )
    tokens = {
        "asker": make(database, None, cast.caseworker),
        "keeper": make(database, None, cast.af_keeper),
        "mailbox": make(database, MAILBOX, cast.af_keeper),
        "party": make(database, AF, cast.party_administrator),
    }
    for who, token in tokens.items():
        [event] = events(database, token)
        assert event.decoded("DTSTART") == WINTER, who
        assert event.decoded("DTEND") == WINTER + timedelta(minutes=45)
        assert str(event["SUMMARY"]) == f"Möte i Samväg {reference}"
        assert str(event["LOCATION"]) == "Videomöte"
        assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CONFIRMED", "OPAQUE", 0)
        [meeting] = rows(database, Meeting)
        assert str(event["UID"]) != meeting.uid and str(event["UID"]).startswith(
            meeting.uid.partition("@")[0]
        )
        assert not {"ORGANIZER", "ATTENDEE", "METHOD"} & set(event)
        text = calendar_feeds.read(database, token, public_url=PUBLIC, now=MONDAY).decode()
        assert CANARY not in text and "Planering" not in text and QUESTION.body not in text
        names = [person.actor.name for person in (cast.caseworker, cast.af_keeper, cast.party_administrator)]
        assert not [name for name in names if name in text] and "@fk" not in text
    for outside in (cast.outsider, cast.municipal_keeper, cast.administrator):
        assert events(database, make(database, None, outside)) == []

    summer = datetime(2027, 3, 29, 7, 0, tzinfo=UTC)
    meetings.move(
        database, reference, meetings.Wish(summer, 45, "Videomöte"), cast.af_keeper.actor, now=MONDAY
    )
    [event] = events(database, tokens["mailbox"])
    assert (event.decoded("DTSTART"), event["SEQUENCE"]) == (summer, 1)
    meetings.cancel(database, reference, cast.caseworker.actor, now=MONDAY)
    assert events(database, tokens["mailbox"]) == []


def test_a_feed_ends_with_its_grant_its_account_and_when_it_is_ended(database: Database, cast: Cast) -> None:
    keeper = cast.af_keeper
    own, box, other = (
        make(database, None, keeper),
        make(database, MAILBOX, keeper),
        make(database, MAILBOX, keeper),
    )
    assert all(is_open(database, one) for one in (own, box, other))
    assert not is_open(database, own + "x") and not is_open(database, "") and not is_open(database, "x" * 500)
    stored = repr(rows(database, CalendarFeed))
    assert own not in stored and box not in stored

    [newest, _] = calendar_feeds.mine(database, MAILBOX, keeper.actor)
    with pytest.raises(NotFound):
        calendar_feeds.revoke(database, MAILBOX, newest.key, cast.af_owner.actor, now=MONDAY)
    with pytest.raises(NotFound):
        calendar_feeds.revoke(
            database, calendar_owners.own(keeper.actor), newest.key, keeper.actor, now=MONDAY
        )
    calendar_feeds.revoke(database, MAILBOX, newest.key, keeper.actor, now=MONDAY)
    assert sorted(is_open(database, one) for one in (box, other)) == [False, True]
    assert len(calendar_feeds.mine(database, MAILBOX, keeper.actor)) == 1

    with database.writing() as session:
        mine = Grant.account_id == keeper.actor.account_id
        session.execute(sa.update(Grant).where(mine).values(valid_to=MONDAY + timedelta(days=1)))
    later = MONDAY + timedelta(days=2)
    assert [is_open(database, one, now=later) for one in (box, other, own)] == [False, False, True]
    with database.writing() as session:
        session.execute(
            sa.update(Account).where(Account.id == keeper.actor.account_id).values(is_active=False)
        )
    assert not is_open(database, own)
