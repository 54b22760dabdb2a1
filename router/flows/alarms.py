"""A letter that was refused for good is told to a person: within minutes, once, and never about an alarm itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
ALARM, OF_NO_INQUIRY = "undelivered", "unreached"
# Who tries whether letters arrive is shown at once how it went.
UNTOLD = (ALARM, OF_NO_INQUIRY, "trial")
# Where an administrator sees which letters did not arrive.
PAGE = "/underhall"
MAIL, LEG, MAILBOX, GRANT, ACCOUNT = map(table, (OutgoingMail, Leg, Mailbox, Grant, Account))
log = logs.get(__name__)

# Written as the partial index is, so that both databases see that it holds every row that is asked for.
_UNTOLD = (
    sa.select(MAIL.c.id, MAIL.c.inquiry_id, MAIL.c.letter, MAIL.c.recipient)
    .where(
        sa.text("state = 'failed' AND alarmed_at IS NULL"),
        MAIL.c.created_at > sa.bindparam("since", type_=MAIL.c.created_at.type),
        MAIL.c.letter.not_in(UNTOLD),
    )
    .order_by(MAIL.c.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)


def tell(database: Database, now: datetime) -> int:
    """Tell somebody of every refused letter that nobody was told of; returns how many there were.

    Of one about an inquiry those who keep the mailbox, by their own addresses, and the side that asks; without either,
    and of any other letter, the administrators; never the address that refused. What fails of the alarm itself is only
    shown.
    """
    with database.reading() as session:
        if not session.execute(_UNTOLD, {"since": now - LOOKED_BACK}).all():
            return 0
    with database.writing() as session:
        rows = session.execute(_UNTOLD, {"since": now - LOOKED_BACK}).all()
        for row in rows:
            letters.write(session, _alarms(session, row.id, row, now), now=now)
        session.connection().execute(
            sa.update(MAIL)
            .where(MAIL.c.id.in_([row.id for row in rows]), MAIL.c.state == MailState.FAILED.value)
            .values(alarmed_at=now)
        )
        failpoint("alarms told")
    return len(rows)


def _alarms(session: Session, mail_id: int, row: Any, now: datetime) -> list[Letter]:
    """One letter to each who is told. Of a functional mailbox that was asked about its way in, the doubt tells."""
    about = f"undelivered:{mail_id}"
    if row.inquiry_id is None:
        if session.scalar(sa.select(MAILBOX.c.id).where(MAILBOX.c.address == row.recipient).limit(1)):
            return []
        facts = {"path": PAGE, "letter": row.letter}
        people = _but(row.recipient, automatic.administrators(session, now))
        made = [Letter(OF_NO_INQUIRY, one, None, 0, facts, about=about) for one in people]
    else:
        inquiry = session.get_one(Inquiry, row.inquiry_id)
        path = letters.path_of(inquiry.reference)
        facts = {"reference": inquiry.reference, "path": path, "letter": row.letter}
        people = _told(session, inquiry, row.recipient, now)
        made = [Letter(ALARM, one, inquiry.id, inquiry.version, facts, about=about) for one in people]
    if not made:
        log.error("nobody_to_alarm", mail_id=mail_id)
    return made


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
