"""From frozen facts to the bytes of a letter: Swedish text and HTML, and for a meeting an invitation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from config import words
from config.settings import Settings
from router.mail import addresses, calendar, letters
from router.mail.letters import BadLetter

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
MESSAGE_ID = re.compile(r"[0-9A-Za-z]{16,64}")
METHODS: Mapping[str, calendar.Method] = {"meeting_booked": "REQUEST", "meeting_cancelled": "CANCEL"}


def compose(
    letter: str,
    facts: Mapping[str, Any],
    *,
    recipient: str,
    message_id: str,
    at: datetime,
    settings: Settings,
) -> bytes:
    """The whole letter, ready to be sent. The same arguments always give the same bytes.

    Only the letter's own facts reach a template, and links lead only to the installation's public address.
    Raises BadLetter when these facts or this recipient can never make a letter.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        raise BadLetter("message_id is not what the outbox gives")
    known = letters.facts_of(letter, facts)
    sender, origin = _ours(settings)
    shown = known | {"url": origin + known["path"], "origin": origin}
    if letter in METHODS:
        shown["ends_at"] = known["starts_at"] + timedelta(minutes=known["minutes"])
    receiver = addresses.read(recipient, "recipient")
    # An address with å in front of the @ needs SMTPUTF8 all the way; all others go as plain ASCII.
    message = EmailMessage(policy=SMTP if receiver.addr_spec.isascii() else SMTPUTF8)
    subject = _render(letter, "subject.txt", shown).strip()
    headers = {
        "Message-ID": f"<{message_id}@{sender.domain}>",
        "Date": at,
        "From": sender,
        "To": receiver,
        "Subject": subject,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    for name, value in headers.items():
        message[name] = letters.line(value, name) if isinstance(value, str) else value
    shown["subject"] = subject
    message.set_content(_render(letter, "body.txt", shown), cte="quoted-printable")
    message.add_alternative(_render(letter, "body.html", shown), subtype="html", cte="quoted-printable")
    if letter in METHODS:
        invited = {"organizer": sender.addr_spec, "attendee": receiver.addr_spec}
        _invite(message, METHODS[letter], shown | invited, at=at)
    _fix_boundaries(message, message_id)
    return message.as_bytes()


def _ours(settings: Settings) -> tuple[Address, str]:
    """Who writes and where links lead. A fault here is the installation's and no letter's, so no BadLetter."""
    try:
        sender = addresses.read(settings.mail_sender, "mail_sender", name="Samväg")
        return sender, letters.line(settings.public_url, "public_url")
    except BadLetter as error:
        raise ValueError(str(error)) from error


def _invite(
    message: EmailMessage, method: calendar.Method, facts: Mapping[str, Any], *, at: datetime
) -> None:
    text = calendar.write(
        calendar.Invitation(
            method=method,
            uid=facts["uid"],
            sequence=facts["sequence"],
            stamped_at=at,
            starts_at=facts["starts_at"],
            minutes=facts["minutes"],
            summary=_render("meeting_booked", "summary.txt", facts).strip(),
            place=facts["place"],
            url=facts["url"],
            organizer=facts["organizer"],
            attendee=facts["attendee"],
        )
    )
    # The part is what Outlook and Google read as an invitation; the attached copy is for everybody else.
    message.add_alternative(text, subtype="calendar", cte="base64", params={"method": method})
    message.add_attachment(text.encode("utf-8"), "application", "ics", filename="mote.ics")


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{place}_{message_id}")


def _render(letter: str, file: str, facts: Mapping[str, Any]) -> str:
    return _environment().get_template(f"mail/{letter}/{file}").render(facts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["day"] = words.day
    environment.filters["clock"] = words.clock_time
    return environment
