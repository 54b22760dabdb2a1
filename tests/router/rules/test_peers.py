"""What went wrong in programs like ours, each as a test that it does not go wrong here, and eleven known answers.

What concerns counting stands here. What concerns the life of a deadline (what starts, stops and pauses it) is held
by the tests of the flows, named in tests/router/flows/test_peers_in_life.py.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from directory.rules.agreements import Term, TermUnit, parse_term
from router.rules import calendars, deadlines
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, Interval, red_day
from router.rules.deadlines import Pause
from router.rules.terms import Outcome
from tests.router.rules.test_deadlines import LUNCH, NIGHT, TO_FIVE, local, utc

EASTER = Calendar(
    "to five, half Maundy Thursday",
    1,
    TO_FIVE.weekly,
    red_day,
    {date(2026, 4, 2): ((time(8), time(12)),)},
)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        pytest.param(TO_FIVE, local("2026-03-27T16:30"), 4, "2026-03-30T09:30", id="V1"),
        pytest.param(NIGHT, local("2026-03-28T12:00"), 24, "2026-03-29T11:00", id="V2"),
        pytest.param(NIGHT, local("2026-10-24T12:00"), 24, "2026-10-25T10:00", id="V3"),
        pytest.param(LUNCH, local("2026-11-23T11:30"), 2, "2026-11-23T13:30", id="V4"),
        pytest.param(EASTER, local("2026-04-02T10:00"), 8, "2026-04-07T12:00", id="V5"),
        pytest.param(TO_FIVE, local("2026-11-22T23:30"), 1, "2026-11-23T08:00", id="V6"),
        pytest.param(TO_FIVE, local("2026-11-25T17:00"), 1, "2026-11-26T08:00", id="V7"),
        pytest.param(TO_FIVE, local("2026-11-25T16:00"), 1, "2026-11-25T16:00", id="V8"),
        pytest.param(NIGHT, local("2026-10-25T02:30"), 1, "2026-10-25T01:30", id="V9"),
        pytest.param(NIGHT, local("2026-10-25T02:30").replace(fold=1), 1, "2026-10-25T02:30", id="V10"),
        pytest.param(TO_FIVE, local("2026-12-23T15:00"), 24, "2026-12-30T11:00", id="V11"),
    ],
)
def test_the_eleven_known_answers(calendar: Calendar, start: datetime, hours: int, due: str) -> None:
    assert deadlines.due(start, Term(hours, TermUnit.WORKING_HOURS), calendar).at == utc(due)


def test_zammad_3180_a_day_until_midnight_has_no_closed_last_minute() -> None:
    for day in range(1, 29):
        ((_, closes),), ((opens, _),) = (NIGHT.stretches(date(2026, 3, day + one)) for one in (0, 1))
        assert closes == opens


def test_zammad_390_days_that_are_only_observed_are_open() -> None:
    # Twelfth Night's and Walpurgis Eve, Maundy Thursday, Mother's Day's Friday, All Hallows' Eve, Lucia's Monday.
    observed = ("2026-01-05", "2026-04-30", "2026-04-02", "2026-05-29", "2026-10-30", "2027-12-13")
    assert [day for day in observed if not DEFAULT.is_open_day(date.fromisoformat(day))] == []


def test_zammad_188_every_pause_counts_and_not_only_some() -> None:
    pauses = [Pause(local(f"2026-11-{day}T10:00"), local(f"2026-11-{day}T11:00")) for day in (23, 24, 25)]
    found = deadlines.due(local("2026-11-23T08:00"), parse_term("24 working_hours"), pauses=pauses)
    # Three days of 8.5 hours less one each are 22.5; the other 1.5 are on Thursday.
    assert found.at == utc("2026-11-26T08:30")


def test_zammad_breaks_two_pauses_that_start_in_the_same_minute_both_count() -> None:
    begin = local("2026-11-23T10:00")
    pauses = [
        Pause(begin, begin + timedelta(seconds=20)),
        Pause(begin + timedelta(seconds=30), begin + timedelta(seconds=40)),
    ]
    found = deadlines.due(local("2026-11-23T09:00"), parse_term("2 working_hours"), pauses=pauses)
    assert found.at == local("2026-11-23T11:00:30")


def test_zammad_breaks_a_pause_through_the_repeated_hour_is_as_long_as_it_was() -> None:
    # From half past two the first time to half past two the second time is an hour.
    pause = Pause(local("2026-10-25T02:30"), local("2026-10-25T02:30").replace(fold=1))
    found = deadlines.due(local("2026-10-25T01:00"), parse_term("3 working_hours"), NIGHT, pauses=[pause])
    assert found.at == utc("2026-10-25T03:00")


def test_request_tracker_the_offset_and_the_zone_of_the_process_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    found = deadlines.due(datetime(2026, 11, 26, 9, tzinfo=UTC), parse_term("1 working_days"))
    assert found.at == utc("2026-11-27T15:30")


def test_request_tracker_feasts_that_move_are_found_every_year() -> None:
    assert {calendars.red_day(date(year, *good_friday)) for year, *good_friday in GOOD_FRIDAYS} == {
        "Långfredagen"
    }


GOOD_FRIDAYS = ((2024, 3, 29), (2025, 4, 18), (2026, 4, 3), (2027, 3, 26), (2028, 4, 14), (2038, 4, 23))


def test_chatwoot_13392_working_hours_are_not_the_hours_on_the_wall() -> None:
    found = deadlines.due(local("2026-11-27T16:00"), parse_term("1 working_hours"))
    assert found.at == local("2026-11-30T08:30")


def test_chatwoot_late_is_late_though_nobody_looked_before_the_answer() -> None:
    due_at = utc("2026-11-27T15:30")
    assert deadlines.outcome(due_at, due_at + timedelta(seconds=1)) is Outcome.LATE


def test_chatwoot_14009_a_lunch_break_is_closed() -> None:
    found = deadlines.due(local("2026-11-23T12:30"), parse_term("1 working_hours"), LUNCH)
    assert found.at == local("2026-11-23T14:00")


def test_chatwoot_5254_hours_may_go_past_midnight() -> None:
    shifts: tuple[Interval, ...] = ((time(0), time(6)), (time(22), END_OF_DAY))
    nights = Calendar("nights", 1, (shifts,) * 7, lambda day: "")
    found = deadlines.due(local("2026-11-23T23:00"), parse_term("3 working_hours"), nights)
    assert found.at == local("2026-11-24T02:00")


@pytest.mark.parametrize("weekday", range(7))
def test_osticket_6739_a_week_may_be_open_on_any_single_day(weekday: int) -> None:
    weekly: list[tuple[Interval, ...]] = [()] * 7
    weekly[weekday] = ((time(8), time(12)),)
    single = Calendar("single", 1, tuple(weekly), lambda day: "")
    found = deadlines.due(local("2026-11-23T07:00"), parse_term("3 working_days"), single)
    # Three weeks after the first such day from Monday the 23rd.
    assert found.at == local(f"2026-12-{14 + weekday:02}T12:00")


def test_osticket_6847_no_interval_of_a_day_is_dropped() -> None:
    quarters = tuple((time(hour), time(hour, 15)) for hour in range(8, 16))
    short = Calendar("quarters", 1, (quarters,) * 7, lambda day: "")
    assert deadlines.due(local("2026-11-23T08:00"), parse_term("2 working_hours"), short).at == local(
        "2026-11-23T15:15"
    )


def test_django_helpdesk_a_weekend_makes_nothing_earlier() -> None:
    # Three working days: never fewer nights away than over a week without a weekend in between.
    found = [
        deadlines.due(local(f"2026-11-{day}T10:00"), parse_term("3 working_days")).at for day in range(16, 28)
    ]
    starts = [local(f"2026-11-{day}T10:00") for day in range(16, 28)]
    assert min(at - start for at, start in zip(found, starts, strict=True)) >= timedelta(days=3)
    assert all(earlier <= later for earlier, later in pairwise(found))


def test_froide_the_day_of_arrival_is_the_swedish_one() -> None:
    # Friday 23.30 UTC is Saturday in Sweden.
    found = deadlines.due(utc("2026-06-12T23:30"), parse_term("1 calendar_days"), NIGHT)
    assert found.at == local("2026-06-15T00:00")


def test_glpi_a_pause_is_kept_when_the_term_or_the_calendar_changes() -> None:
    pause = [Pause(local("2026-11-24T09:00"), local("2026-11-26T09:00"))]
    start = local("2026-11-23T10:00")
    for calendar in (DEFAULT, TO_FIVE):
        for amount in (1, 2, 5):
            term = Term(amount, TermUnit.WORKING_DAYS)
            paused = deadlines.due(start, term, calendar, pauses=pause).at
            two_more = deadlines.due(start, Term(amount + 2, TermUnit.WORKING_DAYS), calendar).at
            assert paused == two_more


def test_biz_37_a_search_on_a_night_that_is_turned_ends() -> None:
    night: tuple[Interval, ...] = ((time(2), time(3)),)
    turned = Calendar("turned", 1, (((),) * 6) + (night,), lambda day: "")
    # Sunday the 29th of March has no such hour, so the next one is a week later.
    assert deadlines.due(local("2026-03-27T10:00"), parse_term("1 working_hours"), turned).at == local(
        "2026-04-05T03:00"
    )


def test_alaveteli_day_zero_is_the_day_of_arrival_and_due_is_the_end_of_the_last_day() -> None:
    found = deadlines.due(local("2026-11-02T08:00"), parse_term("20 working_days"))
    assert found.at == local("2026-11-30T16:30")
