"""Booking and cancelling, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from router.flows import agreements, desk, ledger, meetings, watch
from router.records.meeting_models import Meeting
from router.records.models import Breach, Deadline, Event, OutgoingMail, Tally
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

WISH = meetings.Wish(datetime(2026, 12, 3, 9, 0, tzinfo=UTC), 45, "Videomöte")


def meeting_deadline(database: Database) -> Deadline:
    found: Deadline = next(row for row in rows(database, Deadline) if row.kind == "meeting")
    return found


def test_booking_keeps_the_promise_and_tells_both_parties(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    meetings.book(database, reference, WISH, cast.af_keeper.actor, now=MONDAY + timedelta(days=1))

    deadline = meeting_deadline(database)
    told = {row.recipient for row in rows(database, OutgoingMail) if row.letter == "meeting_booked"}
    assert (deadline.outcome, deadline.stopped_at) == ("on_time", MONDAY + timedelta(days=1))
    assert told == {"funktionsbrevlada.fk.vastra-gotaland@af.example", cast.caseworker.email}


def test_only_one_meeting_is_booked_at_a_time(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    meetings.book(database, reference, WISH, cast.af_keeper.actor, now=MONDAY)

    with pytest.raises(Conflict) as refusal:
        meetings.book(database, reference, WISH, cast.caseworker.actor, now=MONDAY)

    assert refusal.value.code == "already_booked"
    assert len(rows(database, Meeting)) == 1


def test_a_cancelled_meeting_lets_the_deadline_go_on_where_it_stood(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    # Booked on 3 December with 20 days left of 30; cancelled on 10 December: 20 days from there is 30 December.
    meetings.book(
        database,
        reference,
        meetings.Wish(datetime(2026, 12, 15, 9, 0, tzinfo=UTC), 60, "Rum 3"),
        cast.af_keeper.actor,
        now=datetime(2026, 12, 3, 9, 0, tzinfo=UTC),
    )

    meetings.cancel(database, reference, cast.caseworker.actor, now=datetime(2026, 12, 10, 9, 0, tzinfo=UTC))

    deadline = meeting_deadline(database)
    assert (deadline.outcome, deadline.stopped_at) == (None, None)
    assert deadline.due_at == datetime(2026, 12, 30, 15, 30, tzinfo=UTC)
    assert deadline.pauses == [
        {
            "from": "2026-12-03T09:00:00+00:00",
            "to": "2026-12-10T09:00:00+00:00",
            "reason": "booked",
            "by": None,
        }
    ]
    kept = {row.measure: row.n for row in rows(database, Tally) if row.scope == "all"}
    assert kept["meeting.on_time"] == 0


def test_the_cancellation_carries_the_same_uid_and_a_higher_sequence(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    meetings.book(database, reference, WISH, cast.af_keeper.actor, now=MONDAY)
    meetings.cancel(database, reference, cast.af_keeper.actor, now=MONDAY)

    booked, cancelled = (
        {
            (row.facts["uid"], row.facts["sequence"])
            for row in rows(database, OutgoingMail)
            if row.letter == letter
        }
        for letter in ("meeting_booked", "meeting_cancelled")
    )
    assert {uid for uid, _ in booked} == {uid for uid, _ in cancelled}
    assert ({number for _, number in booked}, {number for _, number in cancelled}) == ({0}, {1})


def test_a_meeting_booked_after_the_term_is_a_breach_and_stays_one(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    late = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
    watch.sweep(database, late)

    meetings.book(
        database,
        reference,
        meetings.Wish(late + timedelta(days=2), 30, "Rum 3"),
        cast.af_keeper.actor,
        now=late,
    )
    meetings.cancel(database, reference, cast.af_keeper.actor, now=late + timedelta(hours=1))

    assert meeting_deadline(database).breached
    assert [row.kind for row in rows(database, Breach)].count("meeting") == 1
    assert watch.sweep(database, late + timedelta(days=40)).breaches == 0


def test_a_meeting_still_owed_can_be_booked_after_the_desk_closed(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=MONDAY)
    desk.close(database, reference, cast.af_keeper.actor, now=MONDAY)

    meetings.book(database, reference, WISH, cast.caseworker.actor, now=MONDAY)

    assert meeting_deadline(database).outcome == "on_time"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (meetings.Wish(datetime(2026, 12, 3, 9, 0), 45, "Rum"), "/starts_at"),
        (meetings.Wish(MONDAY - timedelta(hours=1), 45, "Rum"), "/starts_at"),
        (meetings.Wish(WISH.starts_at, 0, "Rum"), "/minutes"),
        (meetings.Wish(WISH.starts_at, 481, "Rum"), "/minutes"),
        (meetings.Wish(WISH.starts_at, 45, "  "), "/place"),
        (meetings.Wish(WISH.starts_at, 45, "Rum\r\nATTENDEE:x"), "/place"),
        (meetings.Wish(WISH.starts_at, 45, "Hos 19900101-2385"), "/place"),
    ],
)
def test_an_impossible_wish_names_its_field(
    database: Database, cast: Cast, wish: meetings.Wish, field: str
) -> None:
    reference = ask(database, cast)

    with pytest.raises(Invalid) as refusal:
        meetings.book(database, reference, wish, cast.af_keeper.actor, now=MONDAY)

    assert refusal.value.field == field
    assert rows(database, Meeting) == []


def test_an_outsider_books_and_cancels_nothing(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    with pytest.raises(NotFound):
        meetings.book(database, reference, WISH, cast.outsider.actor, now=MONDAY)
    with pytest.raises(NotFound):
        meetings.cancel(database, reference, cast.outsider.actor, now=MONDAY)
    with pytest.raises(Conflict):
        meetings.cancel(database, reference, cast.af_keeper.actor, now=MONDAY)


def held_is_promised(database: Database, cast: Cast) -> str:
    """Ask under an agreement that counts the meeting when it is held; due on 23 December."""
    wanted = {"meeting_measured": "held"}
    actor = cast.administrator.actor
    agreements.save(database, "fk-af-2021", wanted, actor, version=1, now=MONDAY - timedelta(hours=1))
    return ask(database, cast)


def test_a_meeting_that_must_be_held_is_kept_when_its_hour_has_come(database: Database, cast: Cast) -> None:
    reference = held_is_promised(database, cast)
    meetings.book(database, reference, WISH, cast.af_keeper.actor, now=MONDAY + timedelta(hours=2))

    assert meeting_deadline(database).stopped_at is None
    assert meetings.settle(database, now=WISH.starts_at - timedelta(seconds=1)) == 0
    # Nobody looked before Christmas; what counts is when they met.
    late = datetime(2026, 12, 30, 9, 0, tzinfo=UTC)
    assert (meetings.settle(database, now=late), meetings.settle(database, now=late)) == (1, 0)

    deadline = meeting_deadline(database)
    assert (deadline.outcome, deadline.stopped_at) == ("on_time", WISH.starts_at)
    assert [row.kind for row in rows(database, Event)][-1] == "meeting_held"
    assert watch.sweep(database, late).breaches == 2  # the answer and the first sign, not the meeting
    assert ledger.check(database) == ()


def test_a_meeting_that_nobody_came_to_leaves_the_promise_as_it_was(database: Database, cast: Cast) -> None:
    reference = held_is_promised(database, cast)
    due_at = meeting_deadline(database).due_at
    meetings.book(database, reference, WISH, cast.af_keeper.actor, now=MONDAY)
    after = WISH.starts_at + timedelta(hours=1)
    meetings.settle(database, now=after)

    meetings.cancel(database, reference, cast.caseworker.actor, now=after)

    deadline = meeting_deadline(database)
    assert (deadline.stopped_at, deadline.outcome, deadline.due_at) == (None, None, due_at)
    assert meetings.settle(database, now=after) == 0


def test_a_booking_for_after_the_promised_day_saves_nothing(database: Database, cast: Cast) -> None:
    reference = held_is_promised(database, cast)
    january = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
    meetings.book(database, reference, meetings.Wish(january, 45, "Rum"), cast.af_keeper.actor, now=MONDAY)
    watch.sweep(database, datetime(2026, 12, 24, tzinfo=UTC))

    meetings.settle(database, now=january)

    deadline = meeting_deadline(database)
    assert (deadline.breached, deadline.outcome, deadline.stopped_at) == (True, "late", january)
