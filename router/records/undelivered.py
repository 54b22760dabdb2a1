"""What a letter that no server took leaves behind: an event that everybody who follows the inquiry can see."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from router.records import history
from router.records.models import Inquiry
from router.rules.terms import EventKind


def write(
    session: Session, mail_id: int, letter: str, inquiry_id: int | None, *, code: str, now: datetime
) -> None:
    """Let it be seen that a letter did not arrive, but not whose address it had. `code` is the server's, or empty."""
    facts = {"mail_id": mail_id, "letter": letter, "code": code}
    if inquiry_id is None:
        deed = audit.Deed(None, "letter.send", "letter", str(mail_id), "failed", facts)
        audit.record(session, [deed], now=now)
        return
    inquiry = session.scalars(sa.select(Inquiry).where(Inquiry.id == inquiry_id).with_for_update()).one()
    event = history.Happened(EventKind.UNDELIVERED, facts={"letter": letter})
    history.append(session, inquiry, [event], state=inquiry.state, at=now)
    deed = audit.Deed(None, "letter.send", "inquiry", inquiry.reference, "failed", facts)
    audit.record(session, [deed], now=now)
