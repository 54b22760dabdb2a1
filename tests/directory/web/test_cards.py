"""A way in as a page shows it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from directory.rules.agreements import Candidate, Term, TermUnit
from directory.rules.found import Item
from directory.rules.paths import PathStatus
from directory.web import cards

MONDAY_NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)
DAY, EVENING = (time(8), time(16, 30)), (time(17), time(19))


def an_item(**changes: object) -> Item:
    values: dict[str, object] = {
        "id": "way",
        "name": "Way",
        "kind": "functional_mailbox",
        "party": "af",
        "party_name": "AF",
        "party_short": "AF",
        "party_kind": "agency",
        "unit": "unit",
        "unit_name": "Unit",
        "areas": ("14",),
        "score": 1.0,
        "purpose": "",
        "from_parties": ("fk",),
        "phone": "08-465 004 11",
        "phone_hours": "1-5#08:00#16:30",
        "verified_on": date(2026, 1, 1),
        "keepers": 2,
        "response_working_days": 5,
        "meeting_calendar_days": 30,
        "has_mailbox": True,
        "status": PathStatus.STRUCTURED,
    }
    return Item(**values | changes)  # type: ignore[arg-type]


def an_agreement(*, respond: Term | None) -> Candidate:
    return Candidate("a", 1, "A", "*", "*", ("SE",), ("*",), None, respond, None, "booked", None, None)


def no_red_day(_day: date) -> str:
    return ""


def card(item: Item, agreement: Candidate | None = None) -> cards.Card:
    return cards.card(item, agreement, None, red_day=no_red_day, now=MONDAY_NOON)


def test_the_own_figures_are_shown_where_no_agreement_answers() -> None:
    shown = card(an_item())
    assert (str(shown.respond), str(shown.meeting)) == ("5 working_days", "30 calendar_days")


def test_an_agreement_stands_before_the_own_figures_even_where_it_promises_nothing() -> None:
    shown = card(an_item(), an_agreement(respond=Term(3, TermUnit.WORKING_DAYS)))
    assert str(shown.respond) == "3 working_days"
    assert shown.meeting is None


@pytest.mark.parametrize(
    ("verified_on", "is_old"), [(None, True), (date(2025, 11, 22), True), (date(2025, 11, 23), False)]
)
def test_a_way_in_is_old_when_nobody_has_verified_it_for_a_year(
    verified_on: date | None, is_old: bool
) -> None:
    assert card(an_item(verified_on=verified_on)).is_old is is_old


def test_a_telephone_is_closed_on_a_red_day() -> None:
    shown = cards.card(an_item(), None, None, red_day=lambda day: "Helgdag", now=MONDAY_NOON)
    assert shown.opening is not None
    assert not shown.opening.is_open


@pytest.mark.parametrize("missing", [{"phone": ""}, {"phone_hours": ""}])
def test_nothing_is_said_of_hours_that_nobody_knows(missing: dict[str, str]) -> None:
    assert card(an_item(**missing)).opening is None


def test_equal_days_are_joined_and_today_stands_by_itself() -> None:
    week = cards.opening_week("1-5#08:00#16:30$3-3#17:00#19:00", MONDAY_NOON)
    assert [(one.first, one.last, one.intervals, one.is_today) for one in week] == [
        (1, 1, (DAY,), True),
        (2, 2, (DAY,), False),
        (3, 3, (DAY, EVENING), False),
        (4, 5, (DAY,), False),
    ]


def test_a_closed_day_parts_the_days_around_it() -> None:
    week = cards.opening_week("2-2#08:00#16:30$4-4#08:00#16:30", MONDAY_NOON)
    assert [(one.first, one.last) for one in week] == [(2, 2), (4, 4)]


def test_other_days_are_red_weekdays_of_two_weeks_and_dates_with_hours_of_their_own() -> None:
    red = {date(2026, 11, 24): "Tisdag röd", date(2026, 11, 28): "Lördag röd", date(2026, 12, 7): "För sent"}
    own = "2026-12-24#closed|2026-11-28#08:00#12:00|2026-11-20#closed|2027-06-01#closed"
    ahead = cards.other_days(own, lambda day: red.get(day, ""), MONDAY_NOON)
    assert ahead == (
        cards.OtherDay(date(2026, 11, 24), "Tisdag röd"),
        cards.OtherDay(date(2026, 11, 28), "Lördag röd", ((time(8), time(12)),)),
        cards.OtherDay(date(2026, 12, 24), ""),
    )


def test_the_hours_of_a_date_hold_instead_of_the_weekdays() -> None:
    closed = cards.opening(an_item(date_hours="2026-11-23#closed"), red_day=no_red_day, now=MONDAY_NOON)
    assert closed is not None and not closed.is_open
    assert closed.opens_at is not None and closed.opens_at.date() == date(2026, 11, 24)
    only = an_item(phone_hours="", date_hours="2026-11-23#08:00#12:30")
    half = cards.opening(only, red_day=lambda _: "Röd dag", now=MONDAY_NOON)
    assert half is not None and half.is_open
    assert half.closes_at is not None and half.closes_at.time() == time(12, 30)
