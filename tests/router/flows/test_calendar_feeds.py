"""Calendars to subscribe to: what stands in them, for whom, and when they end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from directory.records.accounts import Account, Grant
from router.flows import calendar_feeds, meetings
from router.records.calendar_models import CalendarFeed
from router.records.forum_models import ForumDate
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.rules import calendar_owners
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from tests.support.asking import MONDAY, QUESTION, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast, Person

PUBLIC = "https://samvag.example"
CANARY = "Kanarieord"
# A night after which clocks are changed lies between the asking and the second meeting.
WINTER = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
MAILBOX = CalendarOwner(OwnerKind.MAILBOX, AF_MAILBOX)
AF = CalendarOwner(OwnerKind.PARTY, "af")


def read(database: Database, token: str, *, now: datetime = MONDAY) -> icalendar.Calendar:
    content = calendar_feeds.read(database, token, public_url=PUBLIC, now=now)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return icalendar.Calendar.from_ical(content)


def events(database: Database, token: str, *, now: datetime = MONDAY) -> list[Any]:
    return list(read(database, token, now=now).walk("VEVENT"))


def is_open(database: Database, token: str, *, now: datetime = MONDAY) -> bool:
    try:
        calendar_feeds.read(database, token, public_url=PUBLIC, now=now)
    except NotFound:
        return False
    return True


def make(database: Database, owner: CalendarOwner | None, person: Person) -> str:
    return calendar_feeds.make(database, owner or calendar_owners.own(person.actor), person.actor, now=MONDAY)


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
