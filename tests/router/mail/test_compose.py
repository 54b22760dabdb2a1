"""Letters say what they should in Swedish, hold nothing else, and cannot be broken out of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest
from icalendar import Calendar

from config.settings import Settings
from router.mail import letters
from router.mail.compose import compose
from router.mail.letters import BadLetter

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECIPIENT = "mottagning@af.example"
LEFT = "0123456789abcdef0123456789abcdef"
REFERENCE = "SV-7K3M-9QTX"
EVERY: Mapping[str, Any] = {"reference": REFERENCE, "path": f"/arenden/{REFERENCE}"}
DUE = "2026-11-26T16:30:00+01:00"
MEETING: Mapping[str, Any] = {
    "uid": "6f1e0c5a9b@samvag",
    "sequence": 0,
    "starts_at": "2026-12-02T10:00:00+01:00",
    "minutes": 90,
    "place": "Torget 1, Mariestad",
    "form": "room",
    "kind": "planning",
    "participant_id": 7,
    "own": "Mottagning, AF",
    "is_required": True,
    "answer": "needs_action",
    "attendees": [
        {"participant_id": 7, "own": "Mottagning, AF", "form": "room", "answer": "needs_action"},
        {"participant_id": 8, "own": "Rehabkoordinator, VGR", "form": "video", "answer": "accepted"},
    ],
}
PROPOSED: Mapping[str, Any] = {
    "kind": "sip",
    "asks": "FK",
    "parties": ["FK", "AF", "VGR"],
    "own": "Rehabkoordinator, VGR",
    "times": 4,
    "minutes": 60,
    "answer_by": DUE,
}
FACTS: Mapping[str, Mapping[str, Any]] = {
    "asked": {"respond_by": DUE, "meeting_by": "2026-12-23T16:30:00+01:00", "held": False},
    "invited": {"respond_by": DUE, "meeting_by": "2026-12-23T16:30:00+01:00", "held": False},
    "forwarded": {"respond_by": DUE},
    "handed_back": {},
    "followed_up": {"respond_by": DUE},
    "answered": {},
    "received": {"respond_by": DUE, "meeting_by": None},
    "undelivered": {"letter": "asked"},
    "reminder": {"promise": "respond", "due_at": DUE, "step": "breach", "plan": "default", "role": "keepers"},
    "step": {
        "promise": "respond",
        "due_at": DUE,
        "step": "share:75",
        "plan": "mailbox",
        "role": "owner",
    },
    "joined": {"into": "SV-8Q2N-4RTZ"},
    "split": {"into": "SV-8Q2N-4RTZ"},
    "paused": {"reason": "consent", "until": "2026-12-07T10:00:00+01:00"},
    "extension_proposed": {"promise": "respond", "to_at": "2026-12-03T16:30:00+01:00"},
    "extension_answered": {"promise": "meeting", "due_at": DUE, "agreed": False},
    "meeting_booked": MEETING,
    "meeting_moved": dict(MEETING) | {"sequence": 1, "was": "2026-12-01T13:00:00+01:00"},
    "meeting_changed": MEETING,
    "meeting_cancelled": dict(MEETING) | {"sequence": 1},
    "meeting_ended": {"next_by": "2026-12-10"},
    "times_proposed": PROPOSED,
    "times_waiting": PROPOSED,
    "proposal_withdrawn": {name: PROPOSED[name] for name in letters.PROPOSED},
}


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(public_url="https://samvag.example", mail_sender="svara-inte@samvag.example")


def write(settings: Settings, letter: str, *, recipient: str = RECIPIENT, **changes: Any) -> bytes:
    facts = {**EVERY, **FACTS[letter], **changes}
    return compose(letter, facts, recipient=recipient, message_id=LEFT, at=AT, settings=settings).content


def read(content: bytes) -> EmailMessage:
    message = cast(EmailMessage, message_from_bytes(content, policy=default))
    assert not any(part.defects for part in message.walk())
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def invitation(content: bytes) -> Any:
    [part] = [part for part in read(content).walk() if part.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_payload(decode=True))


@pytest.mark.parametrize("letter", FACTS)
def test_every_letter_has_the_headers_of_a_machine(settings: Settings, letter: str) -> None:
    message = read(write(settings, letter))

    assert message["Message-ID"] == f"<{LEFT}@samvag.example>"
    assert message["Date"].datetime == AT
    assert str(message["From"]) == "Samväg <svara-inte@samvag.example>"
    assert str(message["To"]) == RECIPIENT
    assert message["Auto-Submitted"] == ("auto-replied" if letter == "received" else "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "All"
    counts = {name.casefold(): len(message.get_all(name)) for name in message}
    assert set(counts.values()) == {1}


@pytest.mark.parametrize("letter", FACTS)
def test_the_same_facts_make_the_same_bytes(settings: Settings, letter: str) -> None:
    assert write(settings, letter) == write(settings, letter)


@pytest.mark.parametrize("letter", FACTS)
def test_every_letter_is_plain_ascii_in_short_lines(settings: Settings, letter: str) -> None:
    content = write(settings, letter)

    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize("letter", FACTS)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_bodies_name_the_inquiry_and_link_to_it_and_nowhere_else(
    settings: Settings, letter: str, kind: str
) -> None:
    text = body(read(write(settings, letter)), kind)

    assert REFERENCE in text
    assert "Öppna ärendet i Samväg" in text
    # Who is reminded can also go to where reminders are chosen.
    others = text.count("https://samvag.example/paminnelser")
    assert others == (letter in ("reminder", "step"))
    assert text.count("://") - others == text.count(f"https://samvag.example/arenden/{REFERENCE}") == 1
    assert "Det går inte att svara på det." in text


@pytest.mark.parametrize(
    ("letter", "changes", "subject", "sentence"),
    [
        ("asked", {}, "ny fråga, svara senast torsdag 26 november", "torsdag 26 november 2026, 16.30"),
        ("asked", {"respond_by": None}, "ny fråga", "En ny fråga väntar i er funktionsbrevlåda"),
        ("asked", {}, "ny fråga, svara senast torsdag 26 november", "onsdag 23 december 2026"),
        ("asked", {"held": True, "respond_by": None}, "ny fråga", "Håll möte senast"),
        ("followed_up", {}, "följdfråga, svara senast torsdag 26 november", "En följdfråga väntar"),
        ("followed_up", {"respond_by": None}, "följdfråga", "En följdfråga väntar"),
        ("answered", {}, "er fråga har fått svar", "Er fråga har fått svar"),
        ("reminder", {"promise": "acknowledge"}, "ingen har tagit frågan i tid", "Ta frågan senast"),
        ("reminder", {}, "svaret har inte kommit i tid", "Svara senast"),
        ("reminder", {"promise": "meeting"}, "inget möte har bokats i tid", "Boka möte senast"),
        ("reminder", {}, "svaret har inte kommit i tid", "Du får mejlet för att du bevakar brevlådan."),
        (
            "reminder",
            {},
            "svaret har inte kommit i tid",
            "när tiden har gått ut, enligt den gemensamma planen",
        ),
        (
            "step",
            {},
            "snart går svarstiden ut",
            "när 75 procent av tiden har gått, enligt brevlådans egen plan",
        ),
        ("step", {"step": "hours_before:1"}, "snart går svarstiden ut", "1 arbetstimme innan tiden går ut"),
        (
            "step",
            {"step": "days_after:3", "role": "administrator", "plan": "agreement"},
            "svaret har fortfarande inte kommit",
            "3 arbetsdagar efter att tiden har gått ut, enligt överenskommelsens plan",
        ),
        ("meeting_booked", {}, "möte bokat onsdag 2 december 10.00", "2 december 2026, 10.00–11.30"),
        ("meeting_booked", {}, "möte bokat onsdag 2 december 10.00", "Torget 1, Mariestad"),
        ("meeting_cancelled", {}, "mötet onsdag 2 december 10.00 är avbokat", "Mötet är avbokat"),
    ],
)
def test_each_letter_says_its_thing_in_swedish(
    settings: Settings, letter: str, changes: dict[str, Any], subject: str, sentence: str
) -> None:
    message = read(write(settings, letter, **changes))

    assert message["Subject"] == f"{REFERENCE}: {subject}"
    assert sentence in body(message, "plain")
    assert sentence in body(message, "html")


@pytest.mark.parametrize("letter", FACTS)
def test_nothing_but_the_letters_own_facts_gets_in(settings: Settings, letter: str) -> None:
    canaries = {name: "Kanariefågel 19900101-2385" for name in ("subject", "body", "name", "unit", "url")}

    assert write(settings, letter, **canaries) == write(settings, letter)


def test_the_letter_of_the_day_names_every_promise_and_why(settings: Settings) -> None:
    named = [
        {**EVERY, **FACTS["reminder"]},
        {**EVERY, **FACTS["step"], "step": "days_after:1", "promise": "meeting"},
    ]
    facts = {"path": "/paminnelser", "named": named, "more": 2}
    made = compose("digest", facts, recipient=RECIPIENT, message_id=LEFT, at=AT, settings=settings)
    message = read(made.content)

    assert message["Subject"] == "Dagens påminnelser: 4 löften"
    for kind in ("plain", "html"):
        text = body(message, kind)
        assert text.count(f"https://samvag.example/arenden/{REFERENCE}") == 2
        assert "Svaret har inte kommit i tid" in text
        assert "Fortfarande är inget möte bokat" in text
        assert "1 arbetsdag efter att tiden har gått ut, enligt brevlådans egen plan" in text
        assert "Ytterligare 2 löften väntar." in text
        assert "https://samvag.example/paminnelser" in text


def test_a_place_is_text_and_not_markup(settings: Settings) -> None:
    message = read(write(settings, "meeting_booked", place="<script>alert('å')</script> & co"))

    assert "&lt;script&gt;" in body(message, "html")
    assert "<script>" not in body(message, "html")
    assert "<script>alert('å')</script> & co" in body(message, "plain")


@pytest.mark.parametrize(
    ("letter", "changes"),
    [
        ("nothing", {}),
        ("asked", {"reference": "SV-1"}),
        ("asked", {"reference": None}),
        ("asked", {"path": "@evil.example"}),
        ("asked", {"path": "//evil.example"}),
        ("asked", {"path": "/arenden/x?y=<z>"}),
        ("asked", {"path": "/arenden/x\r\nBcc: y"}),
        ("asked", {"respond_by": "i morgon"}),
        ("asked", {"respond_by": "2026-11-26T16:30:00"}),
        ("asked", {"respond_by": 5}),
        ("reminder", {"promise": "respond\r\nBcc: y"}),
        ("reminder", {"due_at": None}),
        ("step", {"step": "share:75\r\nBcc: y"}),
        ("step", {"plan": "mailbox:af"}),
        ("step", {"role": "keeper"}),
        ("digest", {"named": [{}], "more": 0}),
        ("digest", {"named": [], "more": -1}),
        ("meeting_booked", {"minutes": 0}),
        ("meeting_booked", {"minutes": True}),
        ("meeting_booked", {"minutes": "90"}),
        ("meeting_booked", {"sequence": -1}),
        ("meeting_booked", {"uid": "a b"}),
        ("meeting_booked", {"place": None}),
    ],
)
def test_facts_that_are_not_what_they_should_be_make_no_letter(
    settings: Settings, letter: str, changes: dict[str, Any]
) -> None:
    facts = {**EVERY, **FACTS.get(letter, {}), **changes}

    with pytest.raises(BadLetter):
        compose(letter, facts, recipient=RECIPIENT, message_id=LEFT, at=AT, settings=settings)


@pytest.mark.parametrize("letter", FACTS)
def test_every_missing_fact_is_named(settings: Settings, letter: str) -> None:
    for name in {"reference", "path", *FACTS[letter]} - set(letters.UNSAID):
        facts = {key: value for key, value in {**EVERY, **FACTS[letter]}.items() if key != name}
        with pytest.raises(BadLetter, match=name):
            compose(letter, facts, recipient=RECIPIENT, message_id=LEFT, at=AT, settings=settings)


def test_the_table_of_letters_is_the_contract() -> None:
    assert {letter: set(names) for letter, names in letters.LETTERS.items()} == {
        letter: set(facts) for letter, facts in FACTS.items()
    }


LINE_BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\r\n "]


@pytest.mark.parametrize("mark", LINE_BREAKS, ids=ascii)
@pytest.mark.parametrize("where", ["recipient", "mail_sender", "public_url", "message_id"])
def test_a_control_character_in_a_header_is_refused(
    make_settings: Callable[..., Settings], where: str, mark: str
) -> None:
    values = {"recipient": RECIPIENT, "mail_sender": "a@samvag.example", "message_id": LEFT}
    values["public_url"] = "https://samvag.example"
    values[where] += f"{mark}Bcc: evil@elsewhere.example"
    # Not all of these pass the settings' own checks, but nothing here may depend on that.
    settings = make_settings().model_copy(
        update={"mail_sender": values["mail_sender"], "public_url": values["public_url"]}
    )

    # What is wrong with the installation must not fail its letters for good.
    with pytest.raises(BadLetter if where in ("recipient", "message_id") else ValueError):
        compose(
            "asked",
            {**EVERY, **FACTS["asked"]},
            recipient=values["recipient"],
            message_id=values["message_id"],
            at=AT,
            settings=settings,
        )


def test_a_booked_meeting_is_an_invitation(settings: Settings) -> None:
    content = write(settings, "meeting_booked")
    calendar = invitation(content)
    [event] = calendar.walk("VEVENT")

    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 0)
    assert event["UID"] == MEETING["uid"]
    assert event.start == datetime(2026, 12, 2, 9, tzinfo=UTC)
    assert event.end == datetime(2026, 12, 2, 10, 30, tzinfo=UTC)
    assert event.decoded("DTSTAMP") == AT
    assert event["SUMMARY"] == f"Möte i Samväg {REFERENCE}"
    assert event["LOCATION"] == "Torget 1, Mariestad"
    assert event["URL"] == f"https://samvag.example/arenden/{REFERENCE}"
    assert event["ORGANIZER"] == "mailto:svara-inte@samvag.example"
    assert event["ATTENDEE"] == f"mailto:{RECIPIENT}"
    assert b"DTSTART;TZID=Europe/Stockholm:20261202T100000" in calendar.to_ical()


def test_a_cancelled_meeting_takes_the_same_invitation_back(settings: Settings) -> None:
    calendar = invitation(write(settings, "meeting_cancelled"))
    [event] = calendar.walk("VEVENT")

    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)
    assert event["UID"] == MEETING["uid"]


@pytest.mark.parametrize(
    ("letter", "method"), [("meeting_booked", "REQUEST"), ("meeting_cancelled", "CANCEL")]
)
def test_the_invitation_is_both_a_part_and_a_file(settings: Settings, letter: str, method: str) -> None:
    message = read(write(settings, letter))
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [file] = list(message.iter_attachments())

    assert part.get_param("method") == method
    assert part.get_content_charset() == "utf-8"
    assert file.get_filename() == "mote.ics"
    assert file.get_payload(decode=True) == part.get_payload(decode=True)


def test_a_letter_without_a_meeting_has_no_invitation(settings: Settings) -> None:
    assert b"BEGIN:VCALENDAR" not in write(settings, "asked")
    assert [part.get_content_type() for part in read(write(settings, "asked")).walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_place_of_many_lines_becomes_one(settings: Settings) -> None:
    content = write(settings, "meeting_booked", place="Sal 3\r\n  Torget 1,\tMariestad; via gården")
    [event] = invitation(content).walk("VEVENT")

    assert event["LOCATION"] == "Sal 3 Torget 1, Mariestad; via gården"


def test_a_long_place_with_swedish_letters_survives_folding(settings: Settings) -> None:
    place = "Åsögårdens östra flygel, våning två, " * 5
    [event] = invitation(write(settings, "meeting_booked", place=place)).walk("VEVENT")

    assert event["LOCATION"] == place.strip()


def test_an_address_with_swedish_letters_is_written_as_such(settings: Settings) -> None:
    content = write(settings, "asked", recipient="växjö@å.example")

    assert "To: växjö@xn--5ca.example" in content.decode("utf-8")
