"""Letters that no server took: for the administrators, so that a refused letter is seen by somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from config.database import Database, table
from directory.rules.access import Actor
from router.records.models import OutgoingMail
from router.rules.terms import MailState

SHOWN_FOR = timedelta(days=30)
MOST = 50
MAIL = table(OutgoingMail)


@dataclass(frozen=True, slots=True)
class Refused:
    """A letter that ended without arriving: which, to what address, when it was written, and the server's words."""

    letter: str
    recipient: str
    at: datetime
    reply: str


def refused(database: Database, actor: Actor, *, now: datetime) -> tuple[Refused, ...]:
    """The last month's, newest first; nobody but an administrator sees to whom others' letters go."""
    if not actor.is_administrator:
        return ()
    statement = (
        sa.select(MAIL.c.letter, MAIL.c.recipient, MAIL.c.created_at, MAIL.c.reply)
        .where(MAIL.c.state == MailState.FAILED.value, MAIL.c.created_at > now - SHOWN_FOR)
        .order_by(MAIL.c.id.desc())
        .limit(MOST)
    )
    with database.reading() as session:
        return tuple(Refused(one, to, at, reply or "") for one, to, at, reply in session.execute(statement))
