"""Pauses, notices and verification of entry points: what pages mark them with, and how they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from config.database import table
from directory.records import changes, doubts
from directory.records.changes import Why
from directory.records.models import EntryPoint
from directory.records.upkeep import Notice, Pause
from directory.rules import upkeep
from directory.rules.editing import Edit
from directory.rules.upkeep import Mark

POINT, PAUSE, NOTICE = table(EntryPoint), table(Pause), table(Notice)
_STAND_IN = aliased(POINT)


_MARKS = (
    sa.select(
        POINT.c.id,
        POINT.c.verified_on,
        POINT.c.doubt,
        POINT.c.doubted_on,
        PAUSE.c.starts_on,
        PAUSE.c.ends_on,
        PAUSE.c.stand_in_id,
        _STAND_IN.c.name.label("stand_in"),
        NOTICE.c.text,
        NOTICE.c.starts_on.label("notice_from"),
        NOTICE.c.ends_on.label("notice_to"),
    )
    .select_from(POINT)
    .outerjoin(PAUSE, PAUSE.c.entry_point_id == POINT.c.id)
    .outerjoin(_STAND_IN, _STAND_IN.c.id == PAUSE.c.stand_in_id)
    .outerjoin(NOTICE, NOTICE.c.entry_point_id == POINT.c.id)
    .where(POINT.c.id.in_(sa.bindparam("ids", expanding=True)))
)


def marks(session: Session, entry_point_ids: Collection[str], today: date) -> Mapping[str, Mark]:
    """The marks of these entry points, in one question."""
    if not entry_point_ids:
        return {}
    return {
        row.id: Mark(
            upkeep.freshness(row.verified_on, today),
            upkeep.confirm_by(row.verified_on) if row.verified_on else None,
            upkeep.closed(row.starts_on, row.ends_on, row.stand_in_id, today),
            row.stand_in or "",
            row.text if row.text and row.notice_from <= today <= row.notice_to else "",
            row.doubt or "",
            row.doubted_on,
        )
        for row in session.execute(_MARKS, {"ids": list(entry_point_ids)})
    }


def verify(session: Session, entry_point_id: str, on: date, why: Why) -> None:
    """Say that everything about the entry point was right on this day. Saying it twice a day is saying it once."""
    statement = sa.select(POINT.c.verified_on).where(POINT.c.id == entry_point_id).with_for_update()
    before = session.scalar(statement)
    doubts.settle(session, entry_point_id)
    if before is not None and before >= on:
        return
    edit = Edit("verified_on", before.isoformat() if before else "", on.isoformat())
    changes.apply(session, entry_point_id, [edit], {"verified_on": on}, why=why)


def renew(session: Session, entry_point_id: str, on: date, why: Why) -> None:
    """An answer that comes out of a mailbox shows that the way in works, and settles what spoke against it.

    Otherwise nothing is written more than monthly.
    """
    statement = sa.select(POINT.c.verified_on, POINT.c.doubt).where(POINT.c.id == entry_point_id)
    last, doubt = session.execute(statement).one_or_none() or (on, None)
    if last is None or doubt or on - last >= upkeep.ASKED_BEFORE:
        verify(session, entry_point_id, on, why)


def put_pause(session: Session, pause: Pause) -> None:
    """One pause an entry point; a new one takes the place of the old."""
    session.execute(sa.delete(PAUSE).where(PAUSE.c.entry_point_id == pause.entry_point_id))
    session.add(pause)
    session.flush()


def end_pause(session: Session, entry_point_id: str) -> bool:
    done = session.connection().execute(sa.delete(PAUSE).where(PAUSE.c.entry_point_id == entry_point_id))
    return done.rowcount == 1


def put_notice(session: Session, notice: Notice) -> None:
    """One notice an entry point; an empty one takes it away."""
    session.execute(sa.delete(NOTICE).where(NOTICE.c.entry_point_id == notice.entry_point_id))
    if notice.text:
        session.add(notice)
        session.flush()


def standing(session: Session, entry_point_id: str) -> tuple[Pause | None, Notice | None]:
    """The pause and the notice as they were written, whatever the day."""
    return session.get(Pause, entry_point_id), session.get(Notice, entry_point_id)
