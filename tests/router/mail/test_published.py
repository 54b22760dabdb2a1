"""When a published calendar says that somebody is busy, in the forms that Exchange, Google and others write."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.words import STOCKHOLM
from router.mail import published
from router.mail.published import Unreadable
from router.rules.slots import Taken
from tests.support.calendar_server import calendar
from tests.support.size import IS_FULL

FIRST = datetime(2026, 11, 23, tzinfo=UTC)
LAST = FIRST + timedelta(days=200)


def busy(*events: str, before: str = "") -> list[tuple[str, str, bool]]:
    """In Swedish time, as `12-01 08:00`."""
    return told(published.busy(calendar(*events, before=before), first=FIRST, last=LAST))


def told(taken: tuple[Taken, ...]) -> list[tuple[str, str, bool]]:
    def local(at: datetime) -> str:
        return f"{at.astimezone(STOCKHOLM):%m-%d %H:%M}"

    return [(local(one.starts_at), local(one.ends_at), one.is_tentative) for one in taken]


def test_free_and_busy_in_several_lines() -> None:
    text = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:PUBLISH
BEGIN:VFREEBUSY
UID:1
ORGANIZER:mailto:alva@fk.example
COMMENT:Eget möte
FREEBUSY;FBTYPE=BUSY:20261201T080000Z/20261201T090000Z,20261202T0800
 00Z/PT1H30M
FREEBUSY;FBTYPE=FREE:20261203T080000Z/PT1H
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261204T080000Z/PT1H
FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261205T080000Z/PT1H
FREEBUSY:20261206T080000Z/PT1H
FREEBUSY;FBTYPE=X-OWN:20261207T080000Z/PT1H
END:VFREEBUSY
END:VCALENDAR
"""
    found = published.busy(text.replace("\n", "\r\n").encode(), first=FIRST, last=LAST)
    assert told(found) == [
        ("12-01 09:00", "12-01 10:00", False),
        ("12-02 09:00", "12-02 10:30", False),
        ("12-04 09:00", "12-04 10:00", True),
        ("12-05 09:00", "12-05 10:00", False),
        ("12-06 09:00", "12-06 10:00", False),
        ("12-07 09:00", "12-07 10:00", False),
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        # Times without a zone are Swedish.
        ("DTSTART:20261201T080000\nDTEND:20261201T090000", [("12-01 08:00", "12-01 09:00", False)]),
        # A whole day, and three of them: the end is the first day that is free.
        ("DTSTART;VALUE=DATE:20261201", [("12-01 00:00", "12-02 00:00", False)]),
        ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261204", [("12-01 00:00", "12-04 00:00", False)]),
        # The day on which clocks are changed, and an hour that it has not.
        ("DTSTART;VALUE=DATE:20270328", [("03-28 00:00", "03-29 00:00", False)]),
        (
            "DTSTART;TZID=Europe/Stockholm:20270328T023000\nDURATION:PT1H",
            [("03-28 03:30", "03-28 04:30", False)],
        ),
        # Names of zones as Exchange writes them.
        (
            "DTSTART;TZID=W. Europe Standard Time:20261201T080000\nDURATION:PT1H",
            [("12-01 08:00", "12-01 09:00", False)],
        ),
        (
            "DTSTART;TZID=GMT Standard Time:20261201T080000\nDURATION:PT1H",
            [("12-01 09:00", "12-01 10:00", False)],
        ),
        ("DTSTART;TZID=Ingenstans:20261201T080000\nDURATION:PT1H", [("12-01 08:00", "12-01 09:00", False)]),
        ("DTSTART:20261201T080000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", [("12-01 09:00", "12-01 10:00", True)]),
        (
            "DTSTART:20261201T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE",
            [("12-01 09:00", "12-01 10:00", True)],
        ),
        (
            "DTSTART:20261201T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
            [("12-01 09:00", "12-01 10:00", False)],
        ),
        ("DTSTART:20261201T080000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        ("DTSTART:20261201T080000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261201T080000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
        # A moment is no time, and what is broken says nothing.
        ("DTSTART:20261201T080000Z", []),
        ("DTSTART:i morgon\nDURATION:PT1H", []),
        ("DTSTART:20261201T080000Z\nDURATION:länge", []),
        (
            "DTSTART:20261201T080000Z\nDURATION:PT1H\nRRULE:FREQ=IBLAND",
            [("12-01 09:00", "12-01 10:00", False)],
        ),
        # What has been, what began before, and what lies too far ahead.
        ("DTSTART:20261101T080000Z\nDURATION:PT1H", []),
        ("DTSTART:20261122T080000Z\nDTEND:20261123T080000Z", [("11-23 01:00", "11-23 09:00", False)]),
        ("DTSTART:20280101T080000Z\nDURATION:PT1H", []),
    ],
)
def test_one_event(event: str, expected: list[tuple[str, str, bool]]) -> None:
    assert busy(f"UID:1\n{event}") == expected


def test_one_broken_event_leaves_the_others() -> None:
    assert busy("DTSTART:x\nRRULE:x", "UID:2\nDTSTART:20261201T080000Z\nDURATION:PT1H") == [
        ("12-01 09:00", "12-01 10:00", False)
    ]


def test_what_repeats_with_exceptions_and_over_the_night_when_clocks_are_changed() -> None:
    zone = "TZID=W. Europe Standard Time"
    found = busy(
        f"UID:1\nDTSTART;{zone}:20260105T080000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20270405T060000Z"
        f"\nEXDATE;{zone}:20261123T080000",
        f"UID:1\nRECURRENCE-ID;{zone}:20261130T080000\nDTSTART;{zone}:20261201T130000\nDURATION:PT2H",
        f"UID:1\nRECURRENCE-ID;{zone}:20261207T080000\nDTSTART;{zone}:20261207T080000\nSTATUS:CANCELLED",
        "UID:2\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=6\nSTATUS:TENTATIVE",
    )
    assert found[:3] == [
        ("12-01 13:00", "12-01 15:00", False),
        ("12-14 08:00", "12-14 09:00", False),
        ("12-21 08:00", "12-21 09:00", False),
    ]
    assert ("01-06 00:00", "01-07 00:00", True) in found
    # Clocks are changed on 28 March: it is at eight by the clock on both sides.
    assert found[-3:] == [
        ("03-22 08:00", "03-22 09:00", False),
        ("03-29 08:00", "03-29 09:00", False),
        ("04-05 08:00", "04-05 09:00", False),
    ]


def test_what_is_certain_stands_before_what_is_not() -> None:
    day = "DTSTART:20261201T{}Z\nDTEND:20261201T{}Z"
    assert busy(
        "UID:1\nSTATUS:TENTATIVE\n" + day.format("080000", "120000"),
        "UID:2\n" + day.format("090000", "100000"),
        "UID:3\n" + day.format("093000", "110000"),
        "UID:4\n" + day.format("110000", "113000"),
    ) == [
        ("12-01 09:00", "12-01 10:00", True),
        ("12-01 10:00", "12-01 12:30", False),
        ("12-01 12:30", "12-01 13:00", True),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1",
        "freq=hourly",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,10,20,30,40,50",
    ],
)
def test_what_repeats_without_end_within_a_day_is_refused_at_once(rule: str) -> None:
    started = time.process_time()
    with pytest.raises(Unreadable) as refused:
        busy(f"UID:1\nDTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:{rule}")
    assert refused.value.code == "calendar_too_heavy"
    assert time.process_time() - started < 0.5


def test_too_many_of_anything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = "DTSTART:20261201T080000Z\nDURATION:PT1H"
    for name, most in (("MOST_COMPONENTS", 3), ("MOST_OCCURRENCES", 3), ("MOST_TAKEN", 3)):
        monkeypatch.setattr(published, name, most)
        with pytest.raises(Unreadable, match="calendar_too_heavy"):
            busy(f"UID:0\n{one}\nRRULE:FREQ=DAILY", *(f"UID:{number}\n{one}" for number in range(1, 5)))
        monkeypatch.undo()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>Logga in</html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026",
        calendar("UID:1")[:-20],
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_whole_calendar_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable, match="calendar_not_ical"):
        published.busy(text, first=FIRST, last=LAST)


def test_no_word_of_an_event_goes_to_any_library(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    whole = published.Calendar.from_ical
    monkeypatch.setattr(published.Calendar, "from_ical", lambda text: seen.append(text) or whole(text))
    busy(
        "UID:1\nSUMMARY:Sam\n tal\nDESCRIPTION:Samtal\nLOCATION:Rum\nATTENDEE:mailto:a@b.example"
        "\nDTSTART:20261201T080000Z\nDURATION:PT1H\nBEGIN:VALARM\nDESCRIPTION:Samtal\nEND:VALARM"
    )
    assert "am\r\n tal" not in seen[0] and "Samtal" not in seen[0] and "Rum" not in seen[0]
    assert "ATTENDEE" not in seen[0] and "VALARM" not in seen[0]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0c", "\x1c", "\r", "\\n"])
def test_no_title_begins_an_event_of_its_own(sign: str) -> None:
    more = ["END:VEVENT", "BEGIN:VEVENT", "UID:2", "DTSTART:20261202T080000Z", "DURATION:PT1H"]
    title = f"SUMMARY:{sign.join(['Möte', *more])}"
    assert busy(f"UID:1\nDTSTART:20261201T080000Z\n{title}\nDURATION:PT1H") == [
        ("12-01 09:00", "12-01 10:00", False)
    ]


MINUTES = st.integers(0, 60 * 24 * 3)
SPANS = st.lists(st.tuples(MINUTES, MINUTES, st.booleans()), max_size=8)


@settings(max_examples=1000 if IS_FULL else 40)
@given(SPANS)
def test_merged_times_say_of_every_minute_what_the_events_said(spans: list[tuple[int, int, bool]]) -> None:
    found = [
        Taken(FIRST + timedelta(minutes=start), FIRST + timedelta(minutes=end), unsure)
        for start, end, unsure in spans
    ]
    last = FIRST + timedelta(days=2)
    merged = published._merged(found, FIRST, last)
    assert all(one.starts_at < one.ends_at for one in merged)
    assert all(one.ends_at <= other.starts_at for one, other in pairwise(merged))

    def said(taken: list[Taken], at: datetime) -> bool | None:
        here = {one.is_tentative for one in taken if one.starts_at <= at < one.ends_at}
        return False if False in here else True if here else None

    edges = {edge + shift for start, end, _ in spans for edge in (start, end) for shift in (-1, 0)}
    for minute in sorted(one for one in edges if 0 <= one < 60 * 24 * 2):
        at = FIRST + timedelta(minutes=minute)
        assert said(list(merged), at) == said(found, at)
