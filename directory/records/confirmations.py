"""Asking the mailboxes whether what stands in the directory is right: who is due, by which link, and the answer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.confirming import Confirmation, ConfirmationLink
from directory.records.models import EntryPoint, Mailbox, Party
from directory.records.passwords import digest
from directory.rules import upkeep
from directory.rules.terms import EntryPointStatus

ASKED, LINK, POINT, PARTY, MAILBOX = map(table, (Confirmation, ConfirmationLink, EntryPoint, Party, Mailbox))
# What was never verified has had no day; it is asked about once.
NEVER = date(1900, 1, 1)
_SINCE = sa.func.coalesce(POINT.c.verified_on, sa.literal(NEVER, sa.Date()))
_OF_POINT = (
    POINT.c.id.label("entry_point_id"),
    POINT.c.mailbox_id,
    POINT.c.name,
    PARTY.c.name.label("party"),
    POINT.c.verified_on,
)
_STANDING = (
    sa.select(
        ASKED.c.id,
        ASKED.c.answer,
        ASKED.c.answered_at,
        ASKED.c.expires_at,
        ASKED.c.since,
        *_OF_POINT,
        POINT.c.status,
        POINT.c.doubt,
        MAILBOX.c.name.label("mailbox"),
        MAILBOX.c.address,
    )
    .select_from(LINK)
    .join(ASKED, ASKED.c.id == LINK.c.confirmation_id)
    .join(POINT, POINT.c.id == ASKED.c.entry_point_id)
    .join(PARTY, PARTY.c.id == POINT.c.party_id)
    .join(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id)
    .where(LINK.c.token_hash == sa.bindparam("hash", type_=sa.String()))
)


@dataclass(frozen=True, slots=True)
class Due:
    """An entry point whose mailbox is to be asked; `id` is the question's, once it is asked."""

    entry_point_id: str
    mailbox_id: str
    name: str
    party: str
    verified_on: date | None
    id: int = 0


def due(session: Session, today: date, limit: int) -> tuple[Due, ...]:
    """Open entry points with a mailbox that fall due, and have not been asked in this cycle; the oldest first.

    What is in doubt is told of in another letter, and is not confirmed by a link.
    """
    asked = sa.exists().where(ASKED.c.entry_point_id == POINT.c.id, ASKED.c.since == _SINCE)
    statement = (
        sa.select(*_OF_POINT)
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .where(
            POINT.c.status == EntryPointStatus.ACTIVE.value,
            POINT.c.mailbox_id.is_not(None),
            POINT.c.doubt.is_(None),
            sa.or_(POINT.c.verified_on.is_(None), POINT.c.verified_on < upkeep.asked_from(today)),
            sa.not_(asked),
        )
        .order_by(POINT.c.verified_on, POINT.c.id)
        .limit(limit)
    )
    return tuple(Due(*row) for row in session.execute(statement))


def begin(session: Session, ones: Iterable[Due], now: datetime) -> tuple[Due, ...]:
    """Write down that they are asked now. Raises IntegrityError when somebody else has asked one of them."""
    begun = []
    for one in ones:
        row = Confirmation(
            entry_point_id=one.entry_point_id,
            since=one.verified_on or NEVER,
            asked_at=now,
            remind_at=now + upkeep.REMINDED_AFTER,
            expires_at=now + upkeep.LINK_LASTS,
        )
        session.add(row)
        session.flush()
        begun.append(replace(one, id=row.id))
    return tuple(begun)


def to_remind(session: Session, now: datetime, limit: int) -> tuple[Due, ...]:
    """Those asked a while ago that have neither been answered nor verified since; each is given out once."""
    passed = sa.select(ASKED.c.id).where(ASKED.c.remind_at <= now).order_by(ASKED.c.remind_at).limit(limit)
    ids = session.scalars(passed.with_for_update(skip_locked=True)).all()
    if not ids:
        return ()
    statement = (
        sa.select(*_OF_POINT, ASKED.c.id)
        .select_from(ASKED)
        .join(POINT, POINT.c.id == ASKED.c.entry_point_id)
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .where(
            ASKED.c.id.in_(ids),
            ASKED.c.answer.is_(None),
            ASKED.c.since == _SINCE,
            POINT.c.status == EntryPointStatus.ACTIVE.value,
            POINT.c.mailbox_id.is_not(None),
            POINT.c.doubt.is_(None),
        )
        .order_by(ASKED.c.id)
    )
    found = tuple(Due(*row) for row in session.execute(statement))
    session.connection().execute(sa.update(ASKED).where(ASKED.c.id.in_(ids)).values(remind_at=None))
    return found


def link(session: Session, confirmation_id: int) -> str:
    """A new link to one question: what stands here is only its SHA-256."""
    token = secrets.token_urlsafe(32)
    row = {"token_hash": digest(token), "confirmation_id": confirmation_id}
    session.connection().execute(sa.insert(LINK), [row])
    return token


def standing(session: Session, token: str) -> Any:
    """The question that a link leads to, and the entry point as it stands now; None for no link of ours."""
    return session.execute(_STANDING, {"hash": digest(token)}).one_or_none()


def answered(session: Session, confirmation_id: int, answer: str, now: datetime) -> bool:
    """Write down the answer. False when it was confirmed already; a no may become a yes."""
    done = session.connection().execute(
        sa.update(ASKED)
        .where(ASKED.c.id == confirmation_id, sa.or_(ASKED.c.answer.is_(None), ASKED.c.answer != "yes"))
        .values(answer=answer, answered_at=now, remind_at=None)
    )
    return done.rowcount == 1
