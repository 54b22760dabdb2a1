"""Calendar parts in the forms that clients send them, and in the forms that nobody should."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from router.mail import itip, parse
from router.mail.contained import Reader
from router.rules.calendar_replies import CalendarReply
from router.rules.terms import Attending, MailKind
from tests.support.itip import EXPECTED, SEEDS, reply
from tests.support.mutants import mutants
from tests.support.size import IS_FULL, chance

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 2, 12, 30, tzinfo=UTC)
UID, TO, ANNA = "mote-ett@samvag", "mote+1-aaaa@svar.samvag.example", "anna@kommun.example"
MUTANTS = 5_000 if IS_FULL else 60


def seed(name: str) -> bytes:
    return reply(name, uid=UID, to=TO, sender=ANNA, starts_at=AT, suggestion=LATER, sequence=2)


def calendar(*lines: str, method: str = "REPLY", zone: str = "") -> bytes:
    text = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\n{zone}BEGIN:VEVENT\r\nUID:{UID}\r\n"
    return (text + "".join(f"{one}\r\n" for one in lines) + "END:VEVENT\r\nEND:VCALENDAR\r\n").encode()


def only(part: bytes) -> CalendarReply:
    (one,) = itip.read(part)
    return one


def test_there_are_enough_seeds_and_each_is_told_of() -> None:
    assert {one.stem for one in SEEDS.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 20


@pytest.mark.parametrize("name", [name for name, said in EXPECTED.items() if "answer" in said])
def test_every_clients_answer_is_read(name: str) -> None:
    (one,) = parse.read(seed(name)).calendar

    assert (one.uid, one.attendee, one.problem) == (UID, ANNA, "")
    assert one.answer == EXPECTED[name]["answer"]
    assert one.sequence == (None if name == "groupwise-accept" else 2)
    suggests = EXPECTED[name].get("suggests", False)
    assert one.method == ("COUNTER" if suggests else "REPLY")
    assert one.starts_at == (LATER if suggests else AT)
    assert one.ends_at is not None


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("W. Europe Standard Time", "20260701T110000", AT.replace(month=7, day=1)),
        ("Romance Standard Time", "20261201T100000", AT),
        ("Europe/Helsinki", "20261201T110000", AT),
        ("/freeassociation.example/Europe/Stockholm", "20261201T100000", AT),
        ("UTC", "20261201T090000", AT),
        ("(UTC+01:00) En zon som ingen har", "20261201T100000", None),
    ],
)
def test_zones_are_known_by_the_names_that_clients_give_them(
    zone: str, local: str, expected: datetime | None
) -> None:
    assert only(calendar(f'DTSTART;TZID="{zone}":{local}')).starts_at == expected


def test_a_time_without_zone_is_ours_and_a_whole_day_is_none() -> None:
    assert only(calendar("DTSTART:20261201T100000")).starts_at == AT
    assert only(calendar("DTSTART;VALUE=DATE:20261201")).starts_at is None


def test_a_zone_of_a_calendars_own_is_forgotten_with_it() -> None:
    found = []
    for offset in ("+0100", "+0400"):
        rule = f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nDTSTART:19700101T000000\r\n"
        zone = f"BEGIN:VTIMEZONE\r\nTZID:Egen\r\nBEGIN:STANDARD\r\n{rule}END:STANDARD\r\nEND:VTIMEZONE\r\n"
        found.append(only(calendar("DTSTART;TZID=Egen:20261201T100000", zone=zone)).starts_at)

    assert found == [AT, AT.replace(hour=6)]
    assert only(calendar("DTSTART;TZID=Egen:20261201T100000")).starts_at is None


def test_a_zone_that_nobody_can_read_does_not_hide_the_answer() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Trasig\r\nBEGIN:STANDARD\r\nTZOFFSETTO:x\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    one = only(calendar("ATTENDEE;PARTSTAT=DECLINED:mailto:a@b.example", zone=zone))

    assert (one.answer, one.problem) == (Attending.DECLINED, "")


def test_an_address_is_read_however_it_is_written() -> None:
    written = (
        "MAILTO:Anna@Kommun.Example",
        "mailto:anna%40kommun.example",
        "mailto: anna@kommun.example ",
        "anna@kommun.example",
        "mailto:anna@kommun.example?subject=x",
    )

    found = {only(calendar(f"ATTENDEE;PARTSTAT=ACCEPTED:{one}")).attendee for one in written}

    assert found == {ANNA}
    assert only(calendar("ATTENDEE:mailto:a@b.example,c@d.example")).attendee == ""


def test_two_values_of_what_may_have_one_are_no_answer() -> None:
    assert only(calendar(f"UID:{UID}x", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.example")).problem != ""
    assert only(calendar("SEQUENCE:1", "SEQUENCE:9")).problem == "unreadable"


def test_numbers_that_no_column_takes_are_not_believed() -> None:
    assert only(calendar("SEQUENCE:99999999999999")).sequence is None
    assert only(calendar("SEQUENCE:-4")).sequence == 0
    assert only(calendar("SEQUENCE:x")).sequence is None
    assert only(calendar("DTSTART:00010101T000000", "DTSTAMP:99991231T235959Z")).stamp is not None


@pytest.mark.parametrize(
    "bomb",
    [
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 30_000,
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 19_000 + b"END:VCALENDAR\r\n",
        calendar(*["ATTENDEE:mailto:a@b.example"] * 15_000),
        calendar("X-A:" + "\r\n x" * 120_000),
        calendar("ATTENDEE;" + 'X=";' * 100_000 + ":mailto:a@b.example"),
        calendar("UID:" + "a" * 500_000),
        calendar(
            "DTSTART;TZID=B:20261201T100000",
            zone="BEGIN:VTIMEZONE\r\nTZID:B\r\n"
            + "BEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n"
            "RRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\n" * 40 + "END:VTIMEZONE\r\n",
        ),
        calendar(
            "DTSTART;TZID=B:20261201T100000",
            zone="BEGIN:VTIMEZONE\r\nTZID:B\r\n"
            + "BEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\n"
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU\r\nEND:STANDARD\r\n" * 40 + "END:VTIMEZONE\r\n",
        ),
        b"BEGIN:VCALENDAR" + b"x" * itip.LARGEST,
    ],
    ids=["open", "components", "attendees", "folds", "quotes", "uid", "seconds", "years", "size"],
)
def test_a_bomb_costs_no_more_than_an_answer_may(bomb: bytes) -> None:
    started = time.process_time()
    found = itip.read(bomb)
    assert time.process_time() - started < 1.5
    assert len(found) <= 1


def test_the_same_answer_beside_the_text_and_attached_is_one_and_comes_back_from_the_process() -> None:
    with Reader() as reader:
        for name in ("gmail-accept", "outlook-new-time-custom-zone", "delegated", "broken-no-uid"):
            read = reader.read(seed(name))
            assert read == parse.read(seed(name))
            assert len(read.calendar) == 1


def test_an_attached_answer_without_words_is_a_programs_and_with_words_a_persons() -> None:
    bare = seed("groupwise-accept")
    told = bare.replace(b"charset=us-ascii\r\n\r\n", b"charset=us-ascii\r\n\r\nJag ringer er.", 1)

    assert [parse.read(one).kind for one in (bare, told)] == [MailKind.AUTOMATIC, MailKind.HUMAN]
    assert parse.read(told).calendar == parse.read(bare).calendar != ()


def test_nothing_of_a_comment_is_read() -> None:
    read = parse.read(seed("outlook-accept"))

    assert "vi ses där" not in repr(read.calendar)


def test_no_spoiled_reply_gets_an_error_out_of_the_reader() -> None:
    number, dice = chance()
    seeds = [seed(name) for name in sorted(EXPECTED) if name != "bomb-of-components"]
    calendars = [one.content for mail in seeds for one in parse.read(mail).files]
    for place, one in enumerate(mutants(seeds, dice, MUTANTS)):
        assert parse.read(one).because != "crashed", f"SAMVAG_TEST_SEED={number}, mail {place}"
    for place, part in enumerate(mutants(calendars, dice, 2 * MUTANTS)):
        for found in itip.read(part):
            assert found.sequence is None or 0 <= found.sequence <= itip.MOST_SEQUENCE, place
            assert all(at is None or at.tzinfo for at in (found.stamp, found.starts_at, found.ends_at)), place
