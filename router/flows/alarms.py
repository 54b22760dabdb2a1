"""A letter that was refused for good is told to a person: within minutes, once, and never about an alarm itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import logs
from config.database import Database, table
from config.failpoints import failpoint
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from directory.rules.terms import Role
from router.records import automatic, letters
from router.records.letters import Letter
from router.records.models import Inquiry, Leg, OutgoingMail
from router.rules.terms import MailState

BATCH = 50
# What failed earlier than this was there before alarms were.
LOOKED_BACK = timedelta(days=7)
ALARM = "undelivered"
MAIL, LEG, MAILBOX, GRANT, ACCOUNT = map(table, (OutgoingMail, Leg, Mailbox, Grant, Account))
log = logs.get(__name__)

# Written as the partial index is, so that both databases see that it holds every row that is asked for.
_UNTOLD = (
    sa.select(MAIL.c.id, MAIL.c.inquiry_id, MAIL.c.letter, MAIL.c.recipient)
    .where(
        sa.text("state = 'failed' AND alarmed_at IS NULL"),
        MAIL.c.created_at > sa.bindparam("since", type_=MAIL.c.created_at.type),
        MAIL.c.inquiry_id.is_not(None),
        MAIL.c.letter != ALARM,
    )
    .order_by(MAIL.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)


def tell(database: Database, now: datetime) -> int:
    """Tell somebody of every refused letter about an inquiry that nobody was told of; returns how many there were.

    Those who keep the mailbox, by their own addresses, and the side that asks; without either the administrators; never
    the address that refused. What fails of the alarm itself is only shown.
    """
    with database.reading() as session:
        if not session.execute(_UNTOLD, {"since": now - LOOKED_BACK}).all():
            return 0
    with database.writing() as session:
        rows = session.execute(_UNTOLD, {"since": now - LOOKED_BACK}).all()
        told = []
        for row in rows:
            inquiry = session.get_one(Inquiry, row.inquiry_id)
            people = _told(session, inquiry, row.recipient, now)
            letters.write(session, [_letter(row.id, row.letter, inquiry, one) for one in people], now=now)
            if not people:
                log.error("nobody_to_alarm", mail_id=row.id)
            told.append(row.id)
        session.connection().execute(
            sa.update(MAIL)
            .where(MAIL.c.id.in_(told), MAIL.c.state == MailState.FAILED.value)
            .values(alarmed_at=now)
        )
        failpoint("alarms told")
    return len(rows)


def _letter(mail_id: int, letter: str, inquiry: Inquiry, recipient: str) -> Letter:
    facts = {"reference": inquiry.reference, "path": letters.path_of(inquiry.reference), "letter": letter}
    return Letter(ALARM, recipient, inquiry.id, inquiry.version, facts, about=f"undelivered:{mail_id}")


def _told(session: Session, inquiry: Inquiry, refused: str, now: datetime) -> tuple[str, ...]:
    boxes = session.scalars(
        sa.select(MAILBOX.c.id)
        .join(LEG, LEG.c.mailbox_id == MAILBOX.c.id)
        .where(LEG.c.inquiry_id == inquiry.id, sa.func.lower(MAILBOX.c.address) == refused.lower())
    ).all()
    keeping = [one for those in letters.people_of(session, boxes, now=now).values() for one in those]
    asking = letters.askers_of(session, inquiry, now=now)
    found = _but(refused, [*keeping, *asking])
    if not found:
        found = _but(refused, _colleagues(session, inquiry.from_unit_id, now))
    return found or _but(refused, automatic.administrators(session, now))


def _but(refused: str, addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(addresses) if one.lower() != refused.lower())


def _colleagues(session: Session, unit_id: str, now: datetime) -> Sequence[str]:
    """The caseworkers of the unit that asks."""
    return session.scalars(
        sa.select(ACCOUNT.c.email)
        .join(GRANT, GRANT.c.account_id == ACCOUNT.c.id)
        .where(
            GRANT.c.target_id == unit_id,
            GRANT.c.role == Role.CASEWORKER.value,
            GRANT.c.valid_from <= now,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now),
            ACCOUNT.c.is_active,
        )
        .order_by(ACCOUNT.c.id)
    ).all()
