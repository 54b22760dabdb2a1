"""What a calendar file offers, and what it is not accepted for."""

from datetime import date

import pytest

from config.errors import Invalid
from router.mail import calendar_file
from router.mail.calendar_file import Offered
from router.rules.calendars import DEFAULT
from router.rules.kept_calendars import hours_text

FIRST, LAST = date(2026, 11, 23), date(2028, 11, 22)


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"])


def read(*events: str) -> tuple[Offered, ...]:
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x", *events, "END:VCALENDAR", ""])
    return calendar_file.read(text.encode(), DEFAULT, first=FIRST, last=LAST)


def days(*events: str) -> list[str]:
    return [one.day.isoformat() for one in read(*events)]


def test_the_end_of_a_whole_day_is_the_first_day_that_is_free() -> None:
    assert days(event("UID:1", "DTSTART;VALUE=DATE:20261130", "DTEND;VALUE=DATE:20261202")) == [
        "2026-11-30",
        "2026-12-01",
    ]
    assert days(event("UID:1", "DTSTART;VALUE=DATE:20261130", "DTEND;VALUE=DATE:20261201")) == ["2026-11-30"]
    assert days(event("UID:1", "DTSTART;VALUE=DATE:20261130")) == ["2026-11-30"]


def test_a_free_day_is_accepted_and_an_observance_is_not() -> None:
    free, kept_in_mind = read(
        event("UID:1", "DTSTART;VALUE=DATE:20261130", "SUMMARY:Planeringsdag"),
        event("UID:2", "DTSTART;VALUE=DATE:20261211", "SUMMARY:Luciafest", "DESCRIPTION:Observance"),
    )
    assert (free.reason, free.hours, free.why_not) == ("Planeringsdag", (), "")
    assert kept_in_mind.why_not == "observance"


def test_what_is_closed_already_or_cancelled_is_not_accepted() -> None:
    found = read(
        event("UID:1", "DTSTART;VALUE=DATE:20261225"),
        event("UID:2", "DTSTART;VALUE=DATE:20261130", "STATUS:CANCELLED"),
    )
    assert [one.why_not for one in found] == ["cancelled", "closed_already"]


def test_part_of_a_day_in_another_zone_shortens_the_hours_here() -> None:
    (found,) = read(event("UID:1", "DTSTART:20261204T120000Z", "DTEND:20261204T150000Z"))
    assert (hours_text(found.hours), found.why_not) == ("08.00–13.00, 16.00–16.30", "part_of_day")


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=YEARLY", "20201201", ["2026-12-01", "2027-12-01"]),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=1MO", "20201201", ["2026-12-07", "2027-12-06"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270201", "20261101", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4", "20261109", ["2026-11-23", "2026-12-07", "2026-12-21"]),
        ("FREQ=DAILY;COUNT=3", "20261122", ["2026-11-23", "2026-11-24"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "20261130", ["2026-11-30", "2026-12-31"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "20200101", []),
        ("FREQ=SECONDLY", "20261130", ["2026-11-30"]),
    ],
)
def test_repeated_events_are_read_within_bounds(rule: str, start: str, expected: list[str]) -> None:
    assert days(event("UID:1", f"DTSTART;VALUE=DATE:{start}", f"RRULE:{rule}")) == expected


def test_a_repetition_that_was_moved_or_taken_away_is_read_where_it_is() -> None:
    rule = ("UID:1", "DTSTART;VALUE=DATE:20261130", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261201")
    moved = ("UID:1", "RECURRENCE-ID;VALUE=DATE:20261202", "DTSTART;VALUE=DATE:20261210")
    assert days(event(*rule), event(*moved)) == ["2026-11-30", "2026-12-10"]


def test_an_endless_rule_offers_no_more_than_fits() -> None:
    found = read(event("UID:1", "DTSTART;VALUE=DATE:20261130", "RRULE:FREQ=DAILY"))
    assert len(found) == calendar_file.MOST_OFFERED


@pytest.mark.parametrize(
    "data", [b"", b"no calendar", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"]
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        calendar_file.read(data, DEFAULT, first=FIRST, last=LAST)
    assert refused.value.code == "not_ical"
