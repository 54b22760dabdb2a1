"""Mail that comes in, for tests: written as a mail server hands it over, stored through the door, and sorted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from router.flows import receiving, sorting
from router.mail import parse, reply_to
from router.records.mail_models import IncomingMail, VerifiedDomain
from router.records.models import Leg
from router.records.receiving import Arrived
from router.rules.terms import Door
from tests.support.asking import MONDAY, rows

AUTHSERV = "mx.samvag.example"
# What our own server in front puts on top of every mail: the boundary.
BOUNDARY = (
    f"from mail.example (mail.example [192.0.2.1]) by {AUTHSERV} with ESMTPS id 4X1;"
    " Mon, 23 Nov 2026 10:00:00 +0100"
)
MAIL_DOMAIN = "svar.samvag.example"


def settings(**changes: Any) -> Settings:
    """Of an installation that takes mail in and believes one server."""
    known = {"environment": "test", "mail_domain": MAIL_DOMAIN, "mail_authserv": AUTHSERV}
    return Settings.model_validate(known | changes)


SETTINGS = settings()


def mail(
    sender: str,
    text: str = "Det går bra på torsdag.",
    *,
    subject: str = "Planering inför arbetsprövning",
    to: str = "mottagare@samvag.example",
    vouched: bool = True,
    headers: Sequence[tuple[str, str]] = (),
    message_id: str = "",
) -> bytes:
    """One mail, as our own server has taken it in. `vouched`: it found that the domain of From wrote it."""
    domain = sender.rpartition("@")[2].rstrip(">")
    message = EmailMessage()
    if vouched:
        message["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from={domain}"
    message["Received"] = BOUNDARY
    if sender:
        message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
    message["Message-ID"] = message_id or f"<{abs(hash((sender, text, subject)))}@{domain or 'x.example'}>"
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def store(
    database: Database,
    content: bytes,
    *recipients: str,
    sender: str = "sender@mail.example",
    now: datetime = MONDAY,
) -> None:
    """Take it in at a door."""
    arrived = Arrived(Door.LMTP, content, recipients, sender)
    receiving.receive(database, SETTINGS, arrived, now=now)


def sort(database: Database, *, now: datetime = MONDAY, **changes: Any) -> sorting.Counts:
    """One round of sorting, in this process."""
    given: dict[str, Any] = {"settings": SETTINGS} | changes
    return sorting.sort(database, given.pop("read", parse.read), now=lambda: now, **given)


def deliver(
    database: Database, content: bytes, *recipients: str, now: datetime = MONDAY, **changes: Any
) -> list[Any]:
    """Take it in and sort it; every row of incoming mail afterwards, the oldest first."""
    store(database, content, *recipients, now=now)
    sort(database, now=now, **changes)
    return rows(database, IncomingMail)


def reply_address(database: Database, *, side: reply_to.Side = "desk", leg_id: int | None = None) -> str:
    """The reply address of a leg, the newest when nothing is said."""
    with database.reading() as session:
        newest = sa.select(sa.func.max(Leg.id)).scalar_subquery()
        leg = session.scalars(
            sa.select(Leg).where(Leg.id == (leg_id if leg_id is not None else newest))
        ).one()
        return reply_to.reply_address(SETTINGS, leg.id, side, leg.reply_generation)


def verify(database: Database, domain: str, party_id: str, unit_id: str | None = None) -> None:
    """Let an administrator have verified a domain."""
    with database.writing() as session:
        session.add(
            VerifiedDomain(
                domain=domain, party_id=party_id, unit_id=unit_id, verified_at=MONDAY, verified_by=None
            )
        )
