"""Incoming mail for whoever runs the installation from a command line: how it stands, and sorting it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config import audit
from config.database import Database, table
from config.errors import NotFound
from config.settings import Settings
from router.records import mail_state
from router.records.mail_models import Attachment, IncomingMail, RawMail
from router.records.models import Inquiry
from router.rules import mail_health
from router.rules.mail_health import Figures, MailFinding
from router.rules.terms import ArrivalState, MailKind

_MAIL, _FILE = table(IncomingMail), table(Attachment)
_IS_HELD = _MAIL.c.state == sa.literal_column("'held'")
# Of these only the header was ever fetched: there is nothing more to read.
HEADER_ONLY = "too_large"
# As a mail that has just come.
ANEW: Mapping[str, Any] = {
    "state": ArrivalState.STORED.value,
    "kind": None,
    "because": {},
    "attempts": 0,
    "lease": None,
    "suggested_id": None,
    "marks": [],
    "text": None,
    "reply": None,
    "html": None,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """One incoming mail without anything of what it says."""

    id: int
    state: str
    kind: str | None
    because: Mapping[str, Any]
    recipient: str
    sender_domain: str
    door: str
    received_at: datetime
    size: int
    files: int
    attempts: int
    copies: int
    mailbox_id: str | None
    unit_id: str | None
    reference: str | None


def stats(
    database: Database, settings: Settings, *, now: datetime
) -> tuple[Figures, tuple[MailFinding, ...]]:
    """How mail stands, and what is wrong with it."""
    with database.reading() as session:
        figures = mail_state.figures(session, now=now)
    return figures, mail_health.findings(figures, mail_state.doors(settings), now=now)


def requeue(
    database: Database, mail_ids: Sequence[int] = (), *, unparsed: bool = False, now: datetime
) -> tuple[int, ...]:
    """Let held mail be read and sorted as if it had just come: these, and with `unparsed` all that could not be read.

    Returns those that it was done to. What a person or sorting has dealt with stays as it is.
    """
    wanted: list[sa.ColumnElement[bool]] = [_MAIL.c.id.in_(mail_ids)]
    if unparsed:
        wanted.append(_MAIL.c.kind == MailKind.UNPARSED.value)
    with database.writing() as session:
        rows = session.execute(
            sa.select(_MAIL.c.id, _MAIL.c.because)
            .where(_IS_HELD, sa.or_(*wanted))
            .order_by(_MAIL.c.id)
            .with_for_update()
        ).all()
        ids = [row.id for row in rows if row.because.get("code") != HEADER_ONLY]
        if ids:
            session.execute(sa.delete(_FILE).where(_FILE.c.incoming_mail_id.in_(ids)))
            session.execute(sa.update(_MAIL).where(_MAIL.c.id.in_(ids)).values(**ANEW, next_try_at=now))
            deeds = [audit.Deed(None, "mail.requeue", "incoming_mail", str(one)) for one in ids]
            audit.record(session, deeds, now=now)
    return tuple(ids)


def kept(database: Database, mail_id: int) -> Kept:
    """How one mail stands. Raises NotFound("no_such_mail")."""
    with database.reading() as session:
        mail = session.get(IncomingMail, mail_id)
        if mail is None:
            raise NotFound("no_such_mail")
        size = session.scalar(sa.select(RawMail.size).where(RawMail.digest == mail.digest))
        of_it = sa.select(sa.func.count()).where(_FILE.c.incoming_mail_id == mail_id)
        reference = session.scalar(sa.select(Inquiry.reference).where(Inquiry.id == mail.inquiry_id))
        return Kept(
            id=mail.id,
            state=mail.state,
            kind=mail.kind,
            because=mail.because,
            recipient=mail.recipient,
            sender_domain=(mail.sender or mail.envelope_sender).rpartition("@")[2],
            door=mail.door,
            received_at=mail.received_at,
            size=size or 0,
            files=session.scalar(of_it) or 0,
            attempts=mail.attempts,
            copies=mail.copies,
            mailbox_id=mail.mailbox_id,
            unit_id=mail.unit_id,
            reference=reference,
        )


def raw(database: Database, mail_id: int, *, now: datetime) -> bytes:
    """The bytes of a mail as they came; that they were taken out is stored in the audit. Raises NotFound."""
    with database.writing() as session:
        content = session.scalar(
            sa.select(RawMail.content)
            .join(IncomingMail, IncomingMail.digest == RawMail.digest)
            .where(IncomingMail.id == mail_id)
        )
        if content is None:
            raise NotFound("no_such_mail")
        audit.record(session, [audit.Deed(None, "mail.fetch", "incoming_mail", str(mail_id))], now=now)
    return bytes(content)
