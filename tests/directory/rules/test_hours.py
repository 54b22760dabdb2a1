"""Opening hours in HSA form: read, shown as a week, asked at a moment."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules import hours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = hours.parse("1-4#07:30#16:30$5-5#07:30#15:00")


def never(day: date) -> bool:
    return False


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def test_hours_are_read_span_by_span() -> None:
    first, second = hours.parse("1-4#07:30#16:30$5-5#07:30#15:00")
    assert first == hours.Span(1, 4, time(7, 30), time(16, 30))
    assert second == hours.Span(5, 5, time(7, 30), time(15, 0))


def test_no_text_means_no_hours() -> None:
    assert hours.parse("") == ()


def test_closing_at_midnight_is_kept_and_written_as_24() -> None:
    (span,) = hours.parse("1-7#00:00#24:00")
    assert span.closes == hours.END_OF_DAY
    assert str(span) == "1-7#00:00#24:00"


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("1-5", "1-5"),
        ("1-5#08:00#16:30$x", "'x'"),
        ("0-5#08:00#16:30", "0-5#"),
        ("1-8#08:00#16:30", "1-8#"),
        ("5-1#08:00#16:30", "start on a later weekday"),
        ("1-5#16:30#08:00", "close before they open"),
        ("1-5#08:00#08:00", "close before they open"),
        ("1-5#08:60#16:30", "no clock shows"),
        ("1-5#08:00#24:01", "no clock shows"),
        ("1-5#24:00#24:00", "no clock shows"),
        ("1-5#8:00#16:30", "do not have the form"),
        ("1-5#08:00#16:30$", "''"),
        ("1-5#0٨:00#16:30", "do not have the form"),
    ],
)
def test_hours_that_cannot_be_read_are_named(text: str, bad: str) -> None:
    with pytest.raises(ValueError, match=bad):
        hours.parse(text)


@given(
    st.lists(
        st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(0, 1440), st.integers(0, 1440)).filter(
            lambda s: s[0] <= s[1] and s[2] < s[3]
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_was_read_can_be_written_back(spans: list[tuple[int, int, int, int]]) -> None:
    text = "$".join(
        f"{first}-{last}#{opens // 60:02}:{opens % 60:02}#{closes // 60:02}:{closes % 60:02}"
        for first, last, opens, closes in spans
    )
    assert "$".join(map(str, hours.parse(text))) == text


def test_a_week_has_seven_days_and_joins_intervals_that_touch() -> None:
    week = dict(hours.week(hours.parse("1-2#13:00#17:00$1-1#08:00#12:00$2-2#08:00#13:00$3-3#09:00#24:00")))
    assert list(week) == [1, 2, 3, 4, 5, 6, 7]
    assert week[1] == ((time(8), time(12)), (time(13), time(17)))
    assert week[2] == ((time(8), time(17)),)
    assert week[3] == ((time(9), hours.END_OF_DAY),)
    assert week[7] == ()


@pytest.mark.parametrize(
    ("moment", "is_open", "closes_at", "opens_at"),
    [
        ("2026-11-26T07:29:59", False, None, "2026-11-26T07:30"),
        ("2026-11-26T07:30", True, "2026-11-26T16:30", None),
        ("2026-11-26T16:30", False, None, "2026-11-27T07:30"),
        ("2026-11-27T14:59", True, "2026-11-27T15:00", None),
        ("2026-11-27T15:00", False, None, "2026-11-30T07:30"),
        ("2026-11-28T12:00", False, None, "2026-11-30T07:30"),
    ],
)
def test_the_state_says_when_it_changes(
    moment: str, is_open: bool, closes_at: str | None, opens_at: str | None
) -> None:
    state = hours.state(OFFICE, at(moment), never)
    assert state.is_open is is_open
    assert state.closes_at == (closes_at and at(closes_at))
    assert state.opens_at == (opens_at and at(opens_at))


def test_a_closed_day_is_passed_over() -> None:
    closed = {date(2026, 12, 24), date(2026, 12, 25)}
    state = hours.state(OFFICE, at("2026-12-23T18:00"), closed.__contains__)
    assert state == hours.OpenState(False, None, at("2026-12-28T07:30"))


def test_midnight_does_not_close_hours_that_go_on() -> None:
    state = hours.state(hours.parse("5-6#00:00#24:00"), at("2026-11-27T23:00"), never)
    assert state == hours.OpenState(True, at("2026-11-29T00:00"), None)


def test_what_never_closes_has_no_closing_and_what_never_opens_no_opening() -> None:
    always = hours.state(hours.parse("1-7#00:00#24:00"), at("2026-11-27T23:00"), never)
    assert always == hours.OpenState(True, None, None)
    assert hours.state((), at("2026-11-27T23:00"), never) == hours.OpenState(False, None, None)
    assert hours.state(OFFICE, at("2026-11-27T10:00"), lambda day: True).opens_at is None


def test_hours_of_dates_are_read_in_order_and_written_the_same() -> None:
    text = "2026-12-23#13:00#15:00|2026-12-24#closed| 2026-12-23#08:00#12:00"
    found = hours.parse_dates(text)
    assert found == {
        date(2026, 12, 23): ((time(8), time(12)), (time(13), time(15))),
        date(2026, 12, 24): (),
    }
    assert hours.write_dates(found) == "2026-12-23#08:00#12:00|2026-12-23#13:00#15:00|2026-12-24#closed"
    assert hours.parse_dates(hours.write_dates(found)) == found
    assert hours.parse_dates("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24",
        "2026-02-30#closed",
        "2026-12-24#08:00",
        "2026-12-24#12:00#08:00",
        "2026-12-24#closed|2026-12-24#08:00#12:00",
        "julafton#closed",
        "|".join(f"2026-{month:02}-{day:02}#closed" for month in range(1, 6) for day in range(1, 29)),
    ],
)
def test_hours_of_dates_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        hours.parse_dates(text)


def test_the_hours_of_a_date_hold_on_a_red_day_too() -> None:
    own = hours.parse_dates("2026-12-24#closed|2026-12-25#10:00#12:00")
    seen = hours.state(OFFICE, at("2026-12-24 09:00"), lambda day: day.day == 25, own)
    assert (seen.is_open, seen.opens_at) == (False, at("2026-12-25 10:00"))


def test_what_is_closed_for_a_month_is_said_to_be() -> None:
    today, month = date(2026, 12, 1), [date(2026, 12, 1) + timedelta(days=one) for one in range(30)]
    every = "|".join(f"{day.isoformat()}#closed" for day in month)
    most = "|".join(f"{day.isoformat()}#closed" for day in month[:-1])
    assert hours.closed_for_long("1-7#08:00#16:30", every, today)
    assert not hours.closed_for_long("1-7#08:00#16:30", most, today)
    assert not hours.closed_for_long("", "2026-12-30#08:00#12:00", today)
