"""Working calendars: the Swedish year and the two nights the clock turns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest

from router.rules import calendars
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, red_day
from tests.router.rules import almanac

NIGHT = Calendar("night", 1, (((time(0), END_OF_DAY),),) * 7, lambda day: "")


@pytest.mark.parametrize("year", range(2005, 2061))
def test_the_closed_days_are_those_of_the_law_and_the_three_eves(year: int) -> None:
    assert set(calendars.red_days(year)) == almanac.closed_days(year)


@pytest.mark.parametrize("year", [2026, 2028, 2038])
def test_a_day_is_open_when_it_is_a_weekday_that_is_not_red(year: int) -> None:
    closed = almanac.closed_days(year)
    days = [date(year, 1, 1) + timedelta(days=passed) for passed in range(365)]
    assert [day for day in days if DEFAULT.is_open_day(day)] == [
        day for day in days if day.weekday() < 5 and day not in closed
    ]


def test_red_days_carry_their_swedish_names() -> None:
    assert calendars.red_day(date(2026, 12, 24)) == "Julafton"
    assert calendars.red_day(date(2026, 6, 19)) == "Midsommarafton"
    assert calendars.red_day(date(2026, 4, 3)) == "Långfredagen"
    assert calendars.red_day(date(2026, 4, 2)) == ""


def test_many_threads_asking_for_new_years_get_the_same_days() -> None:
    calendars.red_days.cache_clear()
    days = [date(year, 12, 24) for year in range(2005, 2061)] * 8
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(calendars.red_day, days)) == {"Julafton"}


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        ("2026-11-26", "2026-11-26T15:30"),
        ("2026-07-01", "2026-07-01T14:30"),
        ("2026-03-27", "2026-03-27T15:30"),
        ("2026-03-30", "2026-03-30T14:30"),
        ("2026-10-23", "2026-10-23T14:30"),
        ("2026-10-26", "2026-10-26T15:30"),
    ],
)
def test_the_last_closing_is_half_past_four_in_swedish_time(day: str, closes: str) -> None:
    at = DEFAULT.last_close(date.fromisoformat(day))
    assert at == datetime.fromisoformat(closes).replace(tzinfo=UTC)
    assert at.tzinfo is UTC


def test_a_closed_day_has_no_intervals_and_no_closing() -> None:
    assert DEFAULT.intervals(date(2026, 12, 24)) == ()
    assert DEFAULT.intervals(date(2026, 11, 26)) == ((time(8), time(16, 30)),)
    with pytest.raises(ValueError, match="2026-12-24 is closed"):
        DEFAULT.last_close(date(2026, 12, 24))


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-26", 24)])
def test_a_whole_day_is_as_long_as_the_day_is(day: str, hours: int) -> None:
    ((opens_at, closes_at),) = NIGHT.stretches(date.fromisoformat(day))
    assert closes_at - opens_at == timedelta(hours=hours)


def test_hours_within_the_skipped_hour_are_empty_and_never_overlap_the_next() -> None:
    intervals = ((time(1), time(2, 30)), (time(3), time(5)))
    spring = Calendar("spring", 1, (intervals,) * 7, lambda day: "")
    first, second = spring.stretches(date(2026, 3, 29))
    assert first[1] == second[0] == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_shown_twice_is_the_first_of_the_two() -> None:
    assert calendars.moment(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weekly", "says"),
    [
        ((((time(8), time(16)),),) * 6, "seven weekdays"),
        (((),) * 7, "at least one with hours"),
        ((((time(16), time(8)),),) * 7, "out of order"),
        ((((time(8), time(12)), (time(11), time(16))),) * 7, "out of order"),
        ((((time(8), END_OF_DAY), (time(9), time(16))),) * 7, "out of order"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    weekly: tuple[tuple[calendars.Interval, ...], ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        Calendar("odd", 1, weekly, lambda day: "")


def test_hours_may_touch() -> None:
    Calendar("shifts", 1, (((time(8), time(12)), (time(12), END_OF_DAY)),) * 7, lambda day: "")


def test_a_calendar_that_never_opens_is_an_error_and_not_a_loop() -> None:
    shut = Calendar("shut", 1, DEFAULT.weekly, lambda day: "stängt")
    for step in (1, -1):
        with pytest.raises(calendars.NeverOpen, match="'shut' has no open day within 400 days"):
            shut.open_day(date(2026, 11, 26), step=step)


def test_a_time_without_offset_is_no_moment() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        calendars.local_date(datetime(2026, 11, 26, 12))


def test_what_is_said_of_a_date_stands_against_weekday_and_red_day() -> None:
    morning = ((time(8), time(12)),)
    dates = {date(2026, 12, 23): morning, date(2026, 12, 24): morning, date(2026, 12, 19): morning}
    own = Calendar("own", 1, DEFAULT.weekly, red_day, dates | {date(2026, 12, 22): ()})
    assert [own.is_open_day(date(2026, 12, day)) for day in (19, 20, 21, 22, 23, 24, 25)] == [
        *(True, False, True, False, True, True, False),
    ]
    assert own.last_close(date(2026, 12, 24)) == datetime(2026, 12, 24, 11, tzinfo=UTC)
    assert hash(own) == hash(own)


def test_hours_out_of_order_are_refused_on_a_date_too() -> None:
    with pytest.raises(ValueError, match="out of order"):
        Calendar("odd", 1, DEFAULT.weekly, red_day, {date(2026, 12, 23): ((time(12), time(8)),)})


def test_a_day_whose_only_hours_are_skipped_closes_as_the_clock_turns() -> None:
    # It is a day like any other for who counts days, but nobody was ever there: for hours it gives none.
    night = Calendar("night hour", 1, (((time(2), time(3)),),) * 7, lambda day: "")
    assert night.is_open_day(date(2026, 3, 29))
    assert night.last_close(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    ((opens_at, closes_at),) = night.stretches(date(2026, 3, 29))
    assert opens_at == closes_at


def test_hours_in_the_hour_that_is_shown_twice_follow_its_first_showing() -> None:
    inside = Calendar("inside", 1, (((time(2, 15), time(2, 45)),),) * 7, lambda day: "")
    ((opens_at, closes_at),) = inside.stretches(date(2026, 10, 25))
    assert opens_at == datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert closes_at - opens_at == timedelta(minutes=30)


def test_a_search_for_an_open_day_ends_with_the_years() -> None:
    with pytest.raises(calendars.NeverOpen, match="before the years end"):
        Calendar("sundays", 1, ((),) * 6 + (((time(8), time(9)),),), lambda day: "").open_day(
            date.max, step=1
        )
