"""What an automatic answer tells: that somebody is away, and so that a functional mailbox is one person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import table
from directory.records import doubts
from directory.records.models import Mailbox
from directory.rules.doubting import Cause
from router.records import history
from router.records.models import Inquiry, Leg, OutgoingMail
from router.rules.terms import EventKind

MAIL, LEG, MAILBOX = map(table, (OutgoingMail, Leg, Mailbox))


@dataclass(frozen=True, slots=True)
class Noted:
    """What it was about: the inquiry whose history says so, and the mailbox that turned out to be a person's."""

    inquiry_id: int | None
    leg_id: int | None
    mailbox_id: str | None
    code: str


def note(
    session: Session,
    *,
    letter_id: str | None = None,
    leg_id: int | None = None,
    leg_side: str = "",
    sender: str = "",
    is_absence: bool,
    has_quit: bool,
    now: datetime,
) -> Noted | None:
    """Write down an automatic answer. None when it is about nothing of ours. It stops no promise and moves nothing.

    It is about `letter_id`, whose return path it came to (`reply_to.returned`), or else about the leg whose right reply
    address, of `leg_side` ("desk" or "asker"), it came to. `sender` is its From only where that is vouched for.
    An absence at a functional mailbox is a finding: it is one person's; and somebody who has quit is one as well.
    """
    mailbox_id, inquiry_id, leg = _about(session, letter_id, leg_id if leg_side == "desk" else None)
    if leg is None and leg_id is not None:
        leg, inquiry_id = leg_id, session.scalar(sa.select(LEG.c.inquiry_id).where(LEG.c.id == leg_id))
    if mailbox_id is None and sender:
        mailbox_id = _box_of(session, sender)
    if mailbox_id is None and inquiry_id is None:
        return None
    if inquiry_id is not None:
        _tell(session, inquiry_id, leg, is_absence=is_absence, has_quit=has_quit, now=now)
    if mailbox_id is not None and (is_absence or has_quit):
        _doubt(session, mailbox_id, Cause.HAS_QUIT if has_quit else Cause.PERSONAL, now)
    code = "mail.has_quit" if has_quit else "mail.absence" if is_absence else "mail.automatic"
    return Noted(inquiry_id, leg, mailbox_id, code)


def _about(
    session: Session, letter_id: str | None, leg_id: int | None
) -> tuple[str | None, int | None, int | None]:
    """The mailbox that was written to, the inquiry, and the leg; None for each that is not known."""
    if letter_id is not None:
        letter = session.execute(
            sa.select(MAIL.c.inquiry_id, MAIL.c.recipient).where(MAIL.c.message_id == letter_id)
        ).one_or_none()
        if letter is None:
            return None, None, None
        box = _box_of(session, letter.recipient)
        leg = None
        if letter.inquiry_id is not None and box is not None:
            newest = sa.select(sa.func.max(LEG.c.id))
            leg = session.scalar(newest.where(LEG.c.inquiry_id == letter.inquiry_id, LEG.c.mailbox_id == box))
        return box, letter.inquiry_id, leg
    if leg_id is not None:
        row = session.execute(
            sa.select(LEG.c.inquiry_id, LEG.c.mailbox_id).where(LEG.c.id == leg_id)
        ).one_or_none()
        if row is not None:
            return row.mailbox_id, row.inquiry_id, leg_id
    return None, None, None


def _box_of(session: Session, address: str) -> str | None:
    of = sa.select(MAILBOX.c.id).where(MAILBOX.c.address == address).order_by(MAILBOX.c.id).limit(1)
    return session.scalar(of) or session.scalar(
        sa.select(MAILBOX.c.id)
        .where(sa.func.lower(MAILBOX.c.address) == address.strip().lower())
        .order_by(MAILBOX.c.id)
        .limit(1)
    )


def _tell(
    session: Session, inquiry_id: int, leg_id: int | None, *, is_absence: bool, has_quit: bool, now: datetime
) -> None:
    inquiry = session.scalars(sa.select(Inquiry).where(Inquiry.id == inquiry_id).with_for_update()).one()
    said = "quit" if has_quit else "absent" if is_absence else ""
    facts = {"said": said} if said else {}
    event = history.Happened(EventKind.AUTOMATIC_REPLY, leg_id=leg_id, facts=facts)
    history.append(session, inquiry, [event], state=inquiry.state, at=now)
    deed = audit.Deed(None, "mail.automatic_reply", "inquiry", inquiry.reference, facts=dict(facts))
    audit.record(session, [deed], now=now)


def _doubt(session: Session, mailbox_id: str, cause: Cause, now: datetime) -> None:
    for one in doubts.served(session, mailbox_id):
        doubts.degraded(session, one, cause, now)
