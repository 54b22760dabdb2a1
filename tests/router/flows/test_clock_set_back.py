"""A clock that was ahead and has been put right: what was written meanwhile stands, and everything adds up."""

from __future__ import annotations

from datetime import date, timedelta

from config.database import Database
from router.flows import calendars, desk, ledger, meetings, watch
from router.records.models import Breach, Deadline, Event
from router.rules.kept_calendars import Kept, OwnDate
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_a_history_never_goes_back_in_time(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    ahead = MONDAY + 30 * DAY
    watch.sweep(database, ahead)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY + HOUR)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=MONDAY + 2 * HOUR)

    moments = [one.at for one in rows(database, Event)]
    assert moments == sorted(moments)
    assert max(moments) == ahead
    assert {one.found_at for one in rows(database, Breach)} == {ahead}
    assert ledger.check(database) == ()


def test_a_meeting_cancelled_before_it_was_booked_gives_no_time_and_takes_none(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    [promised] = [one for one in rows(database, Deadline) if one.kind == "meeting"]
    for booked in (DAY, HOUR):
        wish = meetings.Wish(MONDAY + 20 * DAY, 60, "Rum 3")
        meetings.book(database, reference, wish, cast.caseworker.actor, now=MONDAY + booked)
        meetings.cancel(database, reference, cast.caseworker.actor, now=MONDAY + HOUR / 2)

    [promise] = [one for one in rows(database, Deadline) if one.kind == "meeting"]
    assert (promise.due_at, promise.stopped_at) == (promised.due_at, None)
    assert ledger.check(database) == ()


def test_a_promise_that_is_counted_again_stands_after_what_happened_before(
    database: Database, cast: Cast
) -> None:
    ask(database, cast, now=MONDAY + 2 * DAY)
    away = {date(2026, 11, 30): OwnDate((), "Planeringsdag")}
    closed = Kept("party:af", 0, "party:af", (), True, True, away)
    calendars.save(database, closed, cast.party_administrator.actor, version=0, now=MONDAY)

    moments = [one.at for one in rows(database, Event)]
    assert len(moments) > 1
    assert moments == sorted(moments)
    assert ledger.check(database) == ()
