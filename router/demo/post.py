"""Mail that has come in to the demonstration: an answer, a question, an absence, a stranger and one that is broken."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from directory.records.models import Mailbox
from router.flows import outbox, receiving, sorting
from router.mail import parse
from router.mail.maildir import MaildirTransport
from router.mail.reply_to import reply_address
from router.records.models import Leg
from router.records.receiving import Arrived
from router.rules.terms import DeadlineKind, Door, LegState

TEXTS = Path(__file__).resolve().parent.parent.parent / "templates" / "demo" / "mail.toml"
# What a demonstration is told when nobody says otherwise.
DOMAIN, AUTHSERV = "svar.samvag.example", "mx.samvag.example"
ASKED, ASKING, AWAY = "af-14-fk", "kommun-1493-ame-brevlada", "fk-14-vard"
ENTRANCE = "af-14-ingang"
UNANSWERED = (LegState.WAITING.value, LegState.CLAIMED.value)
FEW = 2
# No mail at all: what a device that scans to mail may send when it breaks.
BROKEN = bytes(range(256)) * 4


def play(database: Database, settings: Settings, *, now: datetime) -> None:
    """Mails of the last hours are taken in and sorted as real ones are."""
    settings = settings.model_copy(
        update={
            "mail_domain": settings.mail_domain or DOMAIN,
            "mail_authserv": settings.mail_authserv or AUTHSERV,
        }
    )
    boxes, legs = _read(database, now)
    stranger = texts()["stranger"]["sender"]
    mails: list[tuple[str, str, bytes]] = [
        (boxes[ASKING], boxes[ENTRANCE], _mail("question", boxes[ASKING], boxes[ENTRANCE])),
        (stranger, boxes[ASKED], _mail("stranger", stranger, boxes[ASKED])),
        (stranger, boxes[ASKED], BROKEN),
    ]
    if leg := legs.get(ASKED):
        to = reply_address(settings, leg.id, "desk", leg.reply_generation)
        mails.append((boxes[ASKED], to, _mail("answer", boxes[ASKED], to)))
    if leg := legs.get(AWAY):
        to = reply_address(settings, leg.id, "desk", leg.reply_generation)
        mails.append(("", to, _mail("absence", boxes[AWAY], to, {"Auto-Submitted": "auto-replied"})))
    for number, (sender, to, content) in enumerate(mails):
        at = now - timedelta(minutes=25 - 5 * number)
        receiving.receive(database, settings, Arrived(Door.LMTP, content, (to,), sender), now=at)
    sorting.sort(database, parse.read, now=lambda: now - timedelta(minutes=2), settings=settings)
    outbox.deliver(
        database, MaildirTransport(settings.data_dir / "letters"), now=lambda: now, settings=settings
    )


@cache
def texts() -> dict[str, Any]:
    with TEXTS.open("rb") as file:
        return tomllib.load(file)


def _read(database: Database, now: datetime) -> tuple[dict[str, str], dict[str, Any]]:
    """The addresses of the mailboxes, and for each a leg that mail is written to.

    One that may still be answered in time, where others are left for those who look; else the last that was answered.
    """
    names = (ASKED, ASKING, AWAY, ENTRANCE)
    live = (
        sa.select(Leg.id, Leg.mailbox_id, Leg.reply_generation, Leg.state, Leg.due_kind, Leg.due_at)
        .where(Leg.mailbox_id.in_(names), Leg.state.in_((*UNANSWERED, LegState.ANSWERED.value)))
        .order_by(Leg.id.desc())
    )
    boxes: dict[str, str] = {}
    legs: dict[str, Any] = {}
    with database.reading() as session:
        for mailbox in session.execute(sa.select(Mailbox.id, Mailbox.address).where(Mailbox.id.in_(names))):
            boxes[mailbox.id] = mailbox.address
        rows = session.execute(live).all()
    for name in names:
        own = [leg for leg in rows if leg.mailbox_id == name]
        waiting = [leg for leg in own if leg.state in UNANSWERED]
        in_time = [leg for leg in waiting if leg.due_kind == DeadlineKind.RESPOND and leg.due_at > now]
        answered = [leg for leg in own if leg.state == LegState.ANSWERED]
        if chosen := (in_time if len(waiting) > FEW else answered):
            legs[name] = chosen[0]
    return boxes, legs


def _mail(which: str, sender: str, to: str, also: Mapping[str, str] | None = None) -> bytes:
    message = EmailMessage()
    for name, value in (also or {}).items():
        message[name] = value
    message.set_content(str(texts()[which]["body"]).strip() + "\n")
    return _headers(which, sender, to) + message.as_bytes()


def _headers(which: str, sender: str, to: str) -> bytes:
    message = EmailMessage()
    domain = sender.rpartition("@")[2]
    # What the server in front of a real installation writes: whom it vouches for, above what it received.
    message["Authentication-Results"] = f"{AUTHSERV}; dmarc=pass header.from={domain}"
    message["Received"] = f"from mail.{domain} by {AUTHSERV} with ESMTPS id demo-{which}"
    name = texts()[which].get("name")
    message["From"] = f"{name} <{sender}>" if name else sender
    message["To"] = to
    message["Subject"] = texts()[which]["subject"]
    message["Message-ID"] = f"<demo-{which}@{domain}>"
    return message.as_bytes().rstrip(b"\n") + b"\n"
