"""How forums recur, against a walker that looks at one day after the other and knows no library."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import Invalid
from config.words import STOCKHOLM
from router.rules import calendars, recurring, replanning
from router.rules.recurring import LAST, MONTHS, ORDINALS, OnClosed, Plan, Recurrence
from router.rules.replanning import Timed
from tests.support.size import IS_FULL

DAY = timedelta(days=1)
FEWER = settings(max_examples=2000 if IS_FULL else 40)
WEEKLY = st.builds(
    Recurrence,
    st.sampled_from(recurring.WEEKS),
    st.sets(st.integers(0, 4), min_size=1).map(lambda days: tuple(sorted(days))),
)
MONTHLY = st.builds(
    Recurrence, st.sampled_from(MONTHS), st.integers(0, 4).map(lambda day: (day,)), st.sampled_from(ORDINALS)
)
# Over a leap day, a year with 53 weeks (2026) and Christmases on every weekday.
DAYS = st.dates(date(2023, 12, 1), date(2032, 12, 31))
PLANS = st.builds(Plan, WEEKLY | MONTHLY, DAYS, st.none() | DAYS, st.sampled_from(tuple(OnClosed)))


def walked(plan: Plan, first: date, last: date) -> list[date]:
    """Every day between, asked one by one whether the plan means it."""
    found = []
    day = max(first, plan.starts_on)
    end = min(last, plan.ends_on or last)
    while day <= end:
        if _is_meant(plan, day):
            found.append(day)
        day += DAY
    return found


def _is_meant(plan: Plan, day: date) -> bool:
    recurrence = plan.recurrence
    if day.weekday() not in recurrence.weekdays:
        return False
    if not recurrence.nth:
        monday, since = (one - DAY * one.weekday() for one in (day, plan.starts_on))
        return (monday - since).days // 7 % recurrence.interval == 0
    months = (day.year - plan.starts_on.year) * 12 + day.month - plan.starts_on.month
    if months % recurrence.interval:
        return False
    if recurrence.nth == LAST:
        return (day + 7 * DAY).month != day.month
    return (day.day - 1) // 7 + 1 == recurrence.nth


def walked_to_open(day: date) -> date:
    """The next day that is neither a weekend nor a red day nor an eve."""
    while day.weekday() > 4 or calendars.red_day(day):
        day += DAY
    return day


@FEWER
@given(PLANS, DAYS, st.integers(0, 800))
def test_the_days_are_those_that_a_walker_finds(plan: Plan, first: date, length: int) -> None:
    last = first + DAY * length

    assert list(recurring.days(plan, first=first, last=last)) == walked(plan, first, last)


@FEWER
@given(PLANS, DAYS, st.integers(0, 400))
def test_closed_days_give_way_or_are_left_out_and_no_day_comes_twice(
    plan: Plan, first: date, length: int
) -> None:
    last = first + DAY * length

    found = recurring.occurrences(plan, first=first, last=last)

    assert [one.planned_on for one in found] == walked(plan, first, last)
    held = [one.day for one in found if one.day is not None]
    assert len(set(held)) == len(held)
    every = set(walked(plan, first, last + 30 * DAY))
    for one in found:
        is_closed = bool(calendars.red_day(one.planned_on))
        assert (one.because is not None) == is_closed
        if not is_closed:
            assert one.day == one.planned_on
        elif plan.on_closed is OnClosed.SKIP:
            assert one.day is None
        else:
            later = walked_to_open(one.planned_on)
            assert one.day == later or (one.day is None and (later in every or later in held))


@FEWER
@given(PLANS, DAYS, st.integers(1, 60))
def test_what_is_asked_for_in_two_parts_is_what_is_asked_for_at_once(
    plan: Plan, first: date, length: int
) -> None:
    # The worker asks for a little more each time; a day at the seam must neither vanish nor come twice.
    middle, last = first + DAY * length, first + DAY * 120
    whole = recurring.occurrences(plan, first=first, last=last)

    parts = recurring.occurrences(plan, first=first, last=middle)
    parts += recurring.occurrences(plan, first=middle + DAY, last=last)

    assert parts == whole


@FEWER
@given(WEEKLY | MONTHLY, DAYS)
def test_a_recurrence_is_read_back_and_has_words(recurrence: Recurrence, starts_on: date) -> None:
    assert recurring.read(recurring.write(recurrence)) == recurrence
    words = recurring.in_words(recurrence, starts_on)
    assert "recurs." not in words
    assert any(day in words for day in ("måndag", "tisdag", "onsdag", "torsdag", "fredag"))


@FEWER
@given(PLANS, DAYS, st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_the_clock_on_the_wall_says_the_same_on_both_sides_of_a_night_when_it_is_changed(
    plan: Plan, today: date, at: time
) -> None:
    found = replanning.coming(Timed(plan, at, 60, ""), today=today)

    for one in found:
        assert one.starts_at is not None
        assert one.starts_at.astimezone(STOCKHOLM).replace(tzinfo=None) == datetime.combine(one.day, at)
        assert today < one.day <= today + replanning.AHEAD + recurring.FARTHEST
    assert len({one.planned_on for one in found}) == len({one.day for one in found}) == len(found)


def test_a_forum_at_one_o_clock_is_twelve_in_winter_and_eleven_in_summer() -> None:
    plan = Plan(Recurrence(1, (4,)), date(2027, 3, 26))
    found = replanning.coming(Timed(plan, time(13), 60, ""), today=date(2027, 3, 29))
    days = {one.planned_on: one for one in found}

    # Good Friday is left to Tuesday after Easter, two nights after the clocks were changed.
    assert days[date(2027, 3, 26)].day == date(2027, 3, 30)
    assert days[date(2027, 3, 26)].starts_at == datetime(2027, 3, 30, 11, tzinfo=UTC)
    assert days[date(2027, 10, 29)].starts_at == datetime(2027, 10, 29, 11, tzinfo=UTC)
    assert days[date(2027, 11, 5)].starts_at == datetime(2027, 11, 5, 12, tzinfo=UTC)


def test_a_forum_that_takes_the_whole_day_has_no_hour() -> None:
    found = replanning.coming(
        Timed(Plan(Recurrence(12, (1,), 2), date(2026, 9, 1)), None, 480, ""), today=date(2026, 9, 1)
    )

    assert [(one.day, one.starts_at) for one in found] == [(date(2026, 9, 8), None)]


@pytest.mark.parametrize(
    ("frequency", "rule", "words"),
    [
        ("6/year", "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", "den andra tisdagen i varannan månad"),
        ("2/month", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "varannan tisdag"),
        ("1/week", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU", "varje tisdag"),
        ("2/week", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH", "varje tisdag och torsdag"),
        ("1/year", "FREQ=MONTHLY;INTERVAL=12;BYDAY=2TU", "den andra tisdagen i september"),
        ("2 gånger per år", "FREQ=MONTHLY;INTERVAL=6;BYDAY=2TU", "den andra tisdagen i mars och september"),
        ("Varje månad", "FREQ=MONTHLY;INTERVAL=1;BYDAY=2TU", "den andra tisdagen i varje månad"),
        ("varannan vecka", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "varannan tisdag"),
        ("varje kvartal", "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU", "i mars, juni, september och december"),
        ("vid behov", "", ""),
        ("13/year", "", ""),
        ("", "", ""),
    ],
)
def test_what_the_directory_says_of_how_often_suggests_a_plan(frequency: str, rule: str, words: str) -> None:
    found = recurring.suggested(frequency)

    assert (recurring.write(found) if found else "") == rule
    assert words in (recurring.in_words(found, date(2026, 9, 1)) if found else "")


def test_words_for_a_week_with_two_days_and_for_the_last_of_a_month() -> None:
    start = date(2026, 2, 1)

    assert recurring.in_words(Recurrence(2, (0, 3)), start) == "måndag och torsdag varannan vecka"
    assert recurring.in_words(Recurrence(3, (4,), LAST), start).startswith(
        "den sista fredagen i februari, maj"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=SA",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=1TU",
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=6TU",
        "FREQ=MONTHLY;INTERVAL=1;BYDAY=-2TU",
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU\nEXDATE:20260101",
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;UNTIL=20270101",
    ],
)
def test_a_rule_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        recurring.read(text)


def test_a_fifth_weekday_comes_only_in_months_that_have_one() -> None:
    plan = Plan(Recurrence(1, (0,), 5), date(2026, 1, 1))

    found = recurring.days(plan, first=date(2026, 1, 1), last=date(2026, 12, 31))

    assert found == tuple(date(2026, month, day) for month, day in ((3, 30), (6, 29), (8, 31), (11, 30)))
