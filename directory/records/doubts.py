"""What speaks against a way in, and what comes of it: it counts as unverified until somebody confirms it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import table
from config.words import STOCKHOLM
from directory.records import changes
from directory.records.changes import Why
from directory.records.confirming import Doubt
from directory.records.models import EntryPoint, Mailbox
from directory.rules import doubting
from directory.rules.doubting import Cause
from directory.rules.editing import Edit

DOUBT, POINT, MAILBOX = map(table, (Doubt, EntryPoint, Mailbox))
_INSERT = sa.insert(DOUBT)
_STANDING = sa.select(POINT.c.verified_on, POINT.c.doubt).where(
    POINT.c.id == sa.bindparam("one", type_=sa.String())
)


def degraded(session: Session, entry_point_id: str, cause: Cause, now: datetime) -> bool:
    """Write down what speaks against an entry point; whether it is now unverified because of it.

    A hand-back counts only as one of several (`directory.rules.doubting`). What is in doubt for this cause already
    stays as it is. Whoever answers for it is told by the router's next round.
    """
    row = session.execute(_STANDING.with_for_update(), {"one": entry_point_id}).one_or_none()
    if row is None:
        return False
    earlier = _earlier(session, entry_point_id, cause, now)
    decides = row.doubt != cause.value and doubting.decides(cause, earlier, now)
    values = {"entry_point_id": entry_point_id, "cause": cause.value, "at": now, "is_decisive": decides}
    session.connection().execute(_INSERT, [values])
    if decides:
        _degrade(session, entry_point_id, row.verified_on, Why(cause.value, None, now))
    return decides


def bounced(session: Session, address: str, now: datetime) -> tuple[str, ...]:
    """A server refuses letters to this address for good: every entry point that it serves is in doubt."""
    served = sa.select(POINT.c.id).join(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id)
    ids = session.scalars(served.where(MAILBOX.c.address == address).order_by(POINT.c.id))
    return tuple(one for one in ids.all() if degraded(session, one, Cause.BOUNCED, now))


def served(session: Session, mailbox_id: str) -> tuple[str, ...]:
    """The entry points that lead to this mailbox."""
    ids = sa.select(POINT.c.id).where(POINT.c.mailbox_id == mailbox_id).order_by(POINT.c.id)
    return tuple(session.scalars(ids))


def settle(session: Session, entry_point_id: str) -> bool:
    """Nothing speaks against it any more: somebody has confirmed it, or answered from it."""
    done = session.connection().execute(
        sa.update(POINT)
        .where(POINT.c.id == entry_point_id, POINT.c.doubt.is_not(None))
        .values(doubt=None, doubted_on=None)
    )
    return done.rowcount == 1


def _earlier(session: Session, entry_point_id: str, cause: Cause, now: datetime) -> Sequence[datetime]:
    """When the same happened before, since the entry point was last put in doubt by it."""
    same = sa.and_(DOUBT.c.entry_point_id == entry_point_id, DOUBT.c.cause == cause.value)
    last = session.scalar(sa.select(sa.func.max(DOUBT.c.id)).where(same, DOUBT.c.is_decisive)) or 0
    statement = sa.select(DOUBT.c.at).where(same, DOUBT.c.id > last, DOUBT.c.at > now - doubting.COUNTED)
    return session.scalars(statement).all()


def _degrade(session: Session, entry_point_id: str, verified_on: date | None, why: Why) -> None:
    on = why.now.astimezone(STOCKHOLM).date()
    session.connection().execute(
        sa.update(POINT).where(POINT.c.id == entry_point_id).values(doubt=why.cause, doubted_on=on)
    )
    if verified_on is not None:
        edit = Edit("verified_on", verified_on.isoformat(), "")
        changes.apply(session, entry_point_id, [edit], {"verified_on": None}, why=why)
        return
    facts = {"cause": why.cause}
    deed = audit.Deed(None, "entry_point.doubt", "entry_point", entry_point_id, facts=facts)
    audit.record(session, [deed], now=why.now)


def untold(session: Session, limit: int) -> Sequence[sa.Row[int, str, str, datetime]]:
    """Decisive doubts that nobody has been told of, oldest first, taken by whoever reads them."""
    statement = (
        sa.select(DOUBT.c.id, DOUBT.c.entry_point_id, DOUBT.c.cause, DOUBT.c.at)
        .where(DOUBT.c.told_at.is_(None), DOUBT.c.is_decisive)
        .order_by(DOUBT.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.execute(statement).all()


def tell(session: Session, ids: Collection[int], now: datetime) -> None:
    """Those who answer have been written to."""
    session.connection().execute(sa.update(DOUBT).where(DOUBT.c.id.in_(ids)).values(told_at=now))
