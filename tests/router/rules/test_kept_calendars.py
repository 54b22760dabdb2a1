"""Calendars as they are written, laid over one another, and saved."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Invalid
from router.rules import kept_calendars
from router.rules.calendars import DEFAULT, Interval
from router.rules.kept_calendars import BUILT_IN, Kept, OwnDate, Shelf, made, parse_hours

DAY = date(2026, 11, 30)
OFFICE = BUILT_IN.weekly[0]
AF = Kept("party:af", 2, "AF", (), True, True, {DAY: OwnDate((), "Planeringsdag")})
BOX = Kept("mailbox:m.1", 7, "M", (), True, True, {DAY: OwnDate(parse_hours("10-12", ""), "Halvdag")})


def hours(text: str) -> tuple[Interval, ...]:
    return parse_hours(text, "/dates")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8-12, 13.00-16:30", "08.00–12.00, 13.00–16.30"),
        ("0-24", "00.00–24.00"),
        ("22.00–24.00", "22.00–24.00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, shown: str) -> None:
    assert kept_calendars.hours_text(hours(text)) == shown
    assert kept_calendars.read_hours(kept_calendars.stored_hours(hours(text))) == hours(text)


@pytest.mark.parametrize("text", ["8", "12-8", "8-8", "8-25", "8.75-9", "8-12, 11-13", "kl 8-12", "00-24.30"])
def test_hours_that_are_none_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        hours(text)
    assert (refused.value.code, refused.value.field) == ("bad_interval", "/dates")


def test_the_built_in_calendar_is_the_rules_own() -> None:
    assert made(BUILT_IN) is DEFAULT


def test_local_days_lie_over_the_calendar_the_mailbox_last() -> None:
    assert made(BUILT_IN, [AF]).intervals(DAY) == ()
    assert made(BUILT_IN, [AF]).closed_on(DAY) == "Planeringsdag"
    # The party has closed the day; a mailbox of its own can never open it again.
    assert made(BUILT_IN, [AF, BOX]).intervals(DAY) == ()
    assert made(BUILT_IN, [BOX]).intervals(DAY) == hours("10-12")


def test_local_days_never_open_what_is_closed() -> None:
    sunday, eve = date(2026, 11, 29), date(2026, 12, 24)
    wide = replace(BOX, dates={one: OwnDate(hours("0-24"), "") for one in (DAY, sunday, eve)})
    calendar = made(BUILT_IN, [wide])
    assert calendar.intervals(sunday) == calendar.intervals(eve) == ()
    assert calendar.intervals(DAY) == OFFICE


def test_the_name_of_a_calendar_finds_the_very_same_hours() -> None:
    calendar = made(replace(BUILT_IN, id="kort", version=3), [AF, BOX])
    assert (calendar.name, calendar.version) == ("kort+party:af.2+mailbox:m.1.7", 3)
    assert kept_calendars.parts(calendar.name) == ("kort", (("party:af", 2), ("mailbox:m.1", 7)))


def test_a_calendar_that_nobody_knows_is_counted_as_the_built_in_one() -> None:
    shelf = Shelf({AF.id: AF})
    assert shelf.calendar("lost", party_id="fk", mailbox_id="x") is DEFAULT
    assert shelf.calendar("lost", party_id="af", mailbox_id="x").name == "default+party:af.2"


@pytest.mark.parametrize(
    ("red", "eves", "open_on"),
    [(True, True, ()), (False, True, (25,)), (True, False, (24,)), (False, False, (24, 25))],
)
def test_red_days_and_eves_close_by_themselves(red: bool, eves: bool, open_on: tuple[int, ...]) -> None:
    calendar = made(replace(BUILT_IN, id="x", red_days=red, eves=eves))
    assert tuple(n for n in (24, 25) if calendar.is_open_day(date(2026, 12, n))) == open_on


@given(st.integers(2000, 2099))
def test_the_eves_are_those_three_and_no_red_days(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    eves = [one for one in days if kept_calendars.is_eve(one) and one.year == year]
    assert len(eves) == 3
    assert [one for one in eves if DEFAULT.closed_on(one).endswith("afton")] == eves


def test_what_is_never_open_is_not_saved() -> None:
    shut = replace(BUILT_IN, id="shut", weekly=((),) * 7)
    away = {DAY + timedelta(days=n): OwnDate((), "") for n in range(70)}
    for wanted, code in ((shut, "empty_calendar"), (replace(AF, dates=away), "closed_too_long")):
        with pytest.raises(Invalid) as refused:
            kept_calendars.checked(wanted, BUILT_IN)
        assert refused.value.code == code
    assert kept_calendars.checked(AF, BUILT_IN) is AF


@pytest.mark.parametrize(
    ("reason", "code"),
    [("Möte om 19900101-2385", "guard_found_words"), ("dag\u202e", "bad_characters")],
)
def test_a_reason_is_read_by_others_and_holds_nothing_it_should_not(reason: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        kept_calendars.checked(replace(AF, dates={DAY: OwnDate((), reason)}), BUILT_IN)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ((time(0), time(0)), ""),
        ((time(13), time(16)), "08.00–13.00, 16.00–16.30"),
        ((time(6), time(9)), "09.00–16.30"),
        ((time(20), time(0)), "08.00–16.30"),
    ],
)
def test_what_is_taken_of_a_day_leaves_the_rest(taken: Interval, left: str) -> None:
    assert kept_calendars.hours_text(kept_calendars.without(OFFICE, taken)) == left
