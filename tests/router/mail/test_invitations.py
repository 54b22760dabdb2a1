"""What a meeting's invitation says to a calendar: exactly these properties, by Stockholm's clock, and no more."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from config.settings import Settings
from router.mail import calendar, letters, reply_to
from router.mail.compose import METHODS, Composed, Going, compose
from router.mail.letters import BadLetter
from router.rules.terms import Attending
from tests.router.mail.test_compose import EVERY, FACTS, LEFT, MEETING, RECIPIENT, REFERENCE
from tests.support import size

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# One of Skatteverket's published test numbers.
NUMBER = "19900101-2385"
OTHER = "rehab@region.example"
AGREED = [
    {
        "participant_id": 7,
        "own": "Mottagning, AF",
        "form": "room",
        "answer": "accepted",
        "address": RECIPIENT,
    },
    {"participant_id": 8, "own": "Rehab, VGR", "form": "phone", "answer": "tentative", "address": OTHER},
]


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(
        public_url="https://samvag.example",
        mail_sender="svara-inte@samvag.example",
        mail_domain="svar.samvag.example",
    )


def write(
    settings: Settings, letter: str = "meeting_booked", going: Going | None = None, **changes: Any
) -> Composed:
    facts = {**EVERY, **FACTS[letter], **changes}
    recipient, message_id = facts.pop("recipient", RECIPIENT), facts.pop("message_id", LEFT)
    return compose(
        letter,
        facts,
        recipient=recipient,
        message_id=message_id,
        at=AT,
        settings=settings,
        going=going or Going(),
    )


def parsed(made: Composed) -> Any:
    message = message_from_bytes(made.content, policy=default)
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    data = part.get_payload(decode=True)
    # Lines are folded at 75 octets (RFC 5545 3.1) and end in CRLF.
    assert isinstance(data, bytes) and max(map(len, data.split(b"\r\n"))) <= 75
    assert b"\n" not in data.replace(b"\r\n", b"")
    return icalendar.Calendar.from_ical(data)


def event_of(made: Composed) -> Any:
    [event] = parsed(made).walk("VEVENT")
    return event


def values(event: Any) -> dict[str, str]:
    return {name: str(value) for name, value in event.items() if name not in ("DTSTART", "DTEND", "DTSTAMP")}


def test_an_invitation_holds_exactly_this(settings: Settings) -> None:
    found = parsed(write(settings))
    event = event_of(write(settings))

    assert [part.name for part in found.walk()] == [
        "VCALENDAR",
        "VTIMEZONE",
        "DAYLIGHT",
        "STANDARD",
        "VEVENT",
    ]
    assert {name: str(value) for name, value in found.items()} == {
        "PRODID": "-//Samväg//Samväg//SV",
        "VERSION": "2.0",
        "CALSCALE": "GREGORIAN",
        "METHOD": "REQUEST",
    }
    organizer = reply_to.meeting_address(settings, 7)
    assert values(event) == {
        "UID": MEETING["uid"],
        "SEQUENCE": "0",
        "SUMMARY": f"Möte i Samväg {REFERENCE}",
        "DESCRIPTION": "Deltar: Mottagning, AF (på plats)\nDeltar: Rehabkoordinator, VGR (per video)",
        "LOCATION": "Torget 1, Mariestad",
        "URL": f"https://samvag.example/arenden/{REFERENCE}",
        "CLASS": "PRIVATE",
        "STATUS": "CONFIRMED",
        "TRANSP": "OPAQUE",
        "ORGANIZER": f"mailto:{organizer}",
        "ATTENDEE": f"mailto:{RECIPIENT}",
    }
    assert event.to_ical().count(b"DTSTART;TZID=Europe/Stockholm:20261202T100000\r\n") == 1
    assert event.to_ical().count(b"DTEND;TZID=Europe/Stockholm:20261202T113000\r\n") == 1
    assert event.to_ical().count(b"DTSTAMP:20261122T120000Z\r\n") == 1
    assert len(event.keys()) == 11 + 3
    assert dict(event["ORGANIZER"].params) == {"CN": "Samväg"}
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Mottagning, AF",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
    }


def test_a_cancellation_holds_exactly_this(settings: Settings) -> None:
    made = write(settings, "meeting_cancelled", is_required=False, answer="accepted")
    event = event_of(made)

    assert parsed(made)["METHOD"] == "CANCEL"
    assert set(event.keys()) == {
        *("ATTENDEE", "CLASS", "DTEND", "DTSTAMP", "DTSTART", "LOCATION", "ORGANIZER", "SEQUENCE", "STATUS"),
        *("SUMMARY", "TRANSP", "UID", "URL"),
    }
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CANCELLED", 1, "TRANSPARENT")
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Mottagning, AF",
        "ROLE": "OPT-PARTICIPANT",
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
    }


@pytest.mark.parametrize("letter", METHODS)
def test_each_letter_has_its_method_and_one_meeting_keeps_its_uid(settings: Settings, letter: str) -> None:
    made = write(settings, letter)

    assert parsed(made)["METHOD"] == METHODS[letter]
    assert event_of(made)["UID"] == MEETING["uid"]


def test_where_no_mail_is_taken_in_nobody_is_asked_to_reply(settings: Settings) -> None:
    event = event_of(write(settings.model_copy(update={"mail_domain": ""})))

    assert event["ORGANIZER"] == "mailto:svara-inte@samvag.example"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"


def test_what_waited_since_before_there_were_participants_still_goes_out(settings: Settings) -> None:
    old = ("uid", "sequence", "starts_at", "minutes", "place")
    facts = {**EVERY, **{name: MEETING[name] for name in old}}
    made = compose("meeting_booked", facts, recipient=RECIPIENT, message_id=LEFT, at=AT, settings=settings)
    event = event_of(made)

    assert event["ORGANIZER"] == "mailto:svara-inte@samvag.example"
    assert "CN" not in event["ATTENDEE"].params and "DESCRIPTION" not in event


def test_the_others_are_functions_and_parties_until_all_have_agreed_to_more(settings: Settings) -> None:
    private, agreed = event_of(write(settings)), event_of(write(settings, attendees=AGREED))

    assert OTHER.encode() not in write(settings).content and OTHER not in str(private.to_ical())
    assert private["ATTENDEE"] == f"mailto:{RECIPIENT}"
    assert [str(one) for one in agreed["ATTENDEE"]] == [f"mailto:{RECIPIENT}", f"mailto:{OTHER}"]
    mine, other = (dict(one.params) for one in agreed["ATTENDEE"])
    assert other == {"CN": "Rehab, VGR", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "TENTATIVE"}
    assert mine["RSVP"] == "TRUE"


def test_a_video_link_is_where_one_joins(settings: Settings) -> None:
    place = "https://video.example/rum/7;a=1?key=a,b&c=%C3%A5"
    event = event_of(write(settings, place=place, form="video"))

    assert (event["CONFERENCE"], event["LOCATION"]) == (place, place)
    assert dict(event["CONFERENCE"].params) == {"VALUE": "URI", "FEATURE": "VIDEO"}
    for words in ("Video på webben", "javascript:alert(1)", "https://x y", "ftp://x", "https://"):
        assert "CONFERENCE" not in event_of(write(settings, place=words, form="video"))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_link_of_ones_own_stands_in_the_letter_and_in_no_calendar(
    settings: Settings, language: str
) -> None:
    made = write(settings, "meeting_booked", Going(language), path="/motestid/hemlig-token-1")

    assert "URL" not in event_of(made)
    assert b"hemlig" not in parsed(made).to_ical()
    message: Any = message_from_bytes(made.content, policy=default)
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert text.count("https://samvag.example/motestid/hemlig-token-1") == 1
        assert ("utan att logga in" if language == "sv" else "without signing in") in text


NIGHTS = [
    *(datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)),
    *(datetime(2027, 3, 28, hour, 30, tzinfo=UTC) for hour in (0, 1)),
    datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
]


@pytest.mark.parametrize("starts_at", NIGHTS, ids=str)
@pytest.mark.parametrize("minutes", [30, 60, 150])
def test_the_nights_when_the_clock_is_set_lose_no_hour(starts_at: datetime, minutes: int) -> None:
    event = told(starts_at, minutes)

    assert event.start.astimezone(UTC) == starts_at
    assert event.end.astimezone(UTC) - event.start.astimezone(UTC) == timedelta(minutes=minutes)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))


@trying(max_examples=400 if size.IS_FULL else 40, deadline=None)
@given(MOMENTS, st.integers(1, 480))
def test_every_moment_is_read_as_it_was_meant(starts_at: datetime, minutes: int) -> None:
    starts_at = starts_at.replace(second=0, microsecond=0)
    event = told(starts_at, minutes)

    assert event.start.astimezone(UTC) == starts_at
    assert event.end.astimezone(UTC) == starts_at + timedelta(minutes=minutes)


def test_the_rules_of_the_clock_are_those_of_stockholm() -> None:
    """Read by another library, which knows nothing of the place but these lines."""
    text = calendar.write(invitation(datetime(2026, 12, 2, 9, tzinfo=UTC), 60))
    lines = text[text.index("BEGIN:VTIMEZONE") : text.index("BEGIN:VEVENT")]
    ours = tz.tzical(io.StringIO(lines)).get("Europe/Stockholm")
    at = datetime(1996, 11, 1)
    while at < datetime(2038, 1, 1):
        assert at.replace(tzinfo=ours).utcoffset() == at.replace(tzinfo=STOCKHOLM).utcoffset(), at
        at += timedelta(hours=67)
    assert len(lines) < 400


def invitation(starts_at: datetime, minutes: int) -> calendar.Invitation:
    return calendar.Invitation(
        method="REQUEST",
        uid="m1@samvag",
        sequence=0,
        stamped_at=AT,
        starts_at=starts_at,
        minutes=minutes,
        summary="Möte",
        place="Rum",
        url="",
        organizer="mote@samvag.example",
        attendee=calendar.Attendee(RECIPIENT, answer=Attending.ACCEPTED),
    )


def told(starts_at: datetime, minutes: int) -> Any:
    [event] = icalendar.Calendar.from_ical(calendar.write(invitation(starts_at, minutes))).walk("VEVENT")
    return event


FIELDS = [
    *("reference", "path", "uid", "starts_at", "place", "own"),
    *("other", "address", "recipient", "message_id", "mail_sender", "public_url"),
]
PAYLOADS = {
    "crlf": "\r\nATTENDEE:mailto:evil@elsewhere.example",
    "cr": "\rATTENDEE:mailto:evil@elsewhere.example",
    "event": "\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nBEGIN:VALARM\r\nACTION:EMAIL",
    "marks": '";X-PARAM="1;RSVP=TRUE":mailto:evil@elsewhere.example;,:\\;\\,',
    "escapes": "\\nATTENDEE:x^nEND:VEVENT^'\\\\n\\N",
    "separators": "\u2028ATTENDEE:x\u2029SUMMARY:y\x0bSUMMARY:z\x0cSUMMARY:q",
    "nul": "\x00\x85ATTENDEE:x\x9bSUMMARY:y\x7f\x1b[2J",
    "long": "åäö👩‍⚕️;" * 60,
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", FIELDS)
def test_no_field_adds_a_component_or_a_property(settings: Settings, field: str, payload: str) -> None:
    values: dict[str, Any] = {**EVERY, **MEETING, "recipient": RECIPIENT, "message_id": LEFT}
    values["attendees"] = [dict(one) for one in AGREED]
    if field in ("other", "address"):
        name = "own" if field == "other" else "address"
        values["attendees"][1][name] += PAYLOADS[payload]
    elif field in values:
        values[field] = f"{values[field]}{PAYLOADS[payload]}"
    else:
        changed = f"{getattr(settings, field)}{PAYLOADS[payload]}"
        settings = settings.model_copy(update={field: changed, "mail_domain": ""})

    try:
        made = write(settings, **values)
    except (BadLetter, ValueError):
        assert field not in ("place", "own", "other")
        return

    plain = write(
        settings if field not in ("mail_sender", "public_url") else plain_of(settings), attendees=AGREED
    )
    assert shape(made) == shape(plain)
    event = event_of(made)
    given = f"{MEETING.get(field, 'Rehab, VGR')}{PAYLOADS[payload]}"
    cleaned = " ".join(letters.CONTROL.sub(" ", given).split()).replace("\\", "/")
    if field == "place":
        assert event["LOCATION"] == cleaned[:200]
    if field in ("own", "other"):
        one = event["ATTENDEE"][field == "other"]
        assert one.params["CN"] == cleaned[:300].replace('"', "'")
    if field == "other":
        assert cleaned[:300] in event["DESCRIPTION"]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@trying(max_examples=1000 if size.IS_FULL else 40, deadline=None)
@given(WORDS, WORDS)
def test_whatever_somebody_types_is_read_back_as_it_was_typed(place: str, name: str) -> None:
    place, name = (" ".join(letters.CONTROL.sub(" ", one).split()) for one in (place, name))
    text = calendar.write(
        replace(
            invitation(AT, 60), place=place, attendee=calendar.Attendee(RECIPIENT, name), description=name
        )
    )

    found = icalendar.Calendar.from_ical(text)
    assert [part.name for part in found.walk()] == [
        *("VCALENDAR", "VTIMEZONE", "DAYLIGHT", "STANDARD", "VEVENT")
    ]
    [event] = found.walk("VEVENT")
    expected = {"LOCATION": place, "DESCRIPTION": name}
    assert {key: str(event.get(key, "")) for key in expected} == {
        key: value.replace("\\", "/") for key, value in expected.items()
    }
    assert event["ATTENDEE"].params.get("CN", "") == name.replace("\\", "/").replace('"', "'")


def plain_of(settings: Settings) -> Settings:
    changes = {"public_url": "https://samvag.example", "mail_sender": "svara-inte@samvag.example"}
    return settings.model_copy(update=changes)


def shape(made: Composed) -> list[tuple[str, list[str], int]]:
    def count(value: Any) -> int:
        return len(value) if isinstance(value, list) else 1

    return [
        (part.name, sorted(part.keys()), sum(count(value) for value in part.values()))
        for part in parsed(made).walk()
    ]


@pytest.mark.parametrize("letter", [*METHODS, "times_proposed", "times_waiting", "proposal_withdrawn"])
def test_nothing_of_what_a_meeting_is_about_is_in_any_byte(settings: Settings, letter: str) -> None:
    content = ("subject", "body", "why", "consent", "minutes_text", "what", "note", "address", "has_mandate")
    canaries = {name: f"Kanariefågel {NUMBER}" for name in content}

    assert write(settings, letter, **canaries) == write(settings, letter)


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    "changes",
    [
        {"place": f"Sal 3, {NUMBER}"},
        {"own": f"Handläggare {NUMBER}"},
        {"attendees": [{**AGREED[1], "own": f"Rehab {NUMBER}, VGR"}]},
        {"attendees": [{**AGREED[1], "address": f"{NUMBER}@region.example"}]},
        # So long that the number stands on both sides of a fold.
        {"place": f"{'x' * 55} {NUMBER}"},
    ],
    ids=["place", "own", "other", "address", "folded"],
)
def test_an_identity_number_anywhere_leaves_only_the_time(
    settings: Settings, changes: Mapping[str, Any], language: str
) -> None:
    made = write(settings, "meeting_booked", Going(language), **changes)

    assert made.is_withheld
    event = event_of(made)
    assert not {"LOCATION", "DESCRIPTION", "CONFERENCE"} & set(event.keys())
    assert "CN" not in event["ATTENDEE"].params
    assert b"2385" not in event.to_ical() and event.start == datetime(2026, 12, 2, 9, tzinfo=UTC)


def test_who_moves_a_meeting_says_where_it_was(settings: Settings) -> None:
    made = write(settings, "meeting_moved")
    message: Any = message_from_bytes(made.content, policy=default)

    assert message["Subject"] == f"{REFERENCE}: mötet flyttat till onsdag 2 december 10.00"
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert "tisdag 1 december 2026, 13.00" in text and "onsdag 2 december 2026, 10.00–11.30" in text


def test_whoever_is_to_answer_times_is_told_all_but_the_times(settings: Settings) -> None:
    made = write(settings, "times_proposed", path="/motestid/hemlig-token-1")
    message: Any = message_from_bytes(made.content, policy=default)

    assert message["Subject"] == f"{REFERENCE}: förslag på mötestider, svara senast torsdag 26 november"
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        for words in ("SIP-möte", "FK, AF, VGR", "Rehabkoordinator, VGR", "4 tider, 60 minuter", "16.30"):
            assert words in text
        assert "https://samvag.example/motestid/hemlig-token-1" in text and "/arenden/" not in text
