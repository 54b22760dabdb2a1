"""Open promises that an edited agreement or calendar is about, and storing what becomes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import rfc3339
from directory.rules.agreements import parse_term
from router.records.meeting_models import Meeting
from router.records.models import Deadline, Event, Extension, Inquiry, Leg
from router.rules import pausing
from router.rules.deadlines import Moves
from router.rules.kept_calendars import LAYER
from router.rules.pausing import Extended
from router.rules.recounting import Cause, Recounted, Running
from router.rules.terms import DeadlineScope, EventKind, MeetingState

DEADLINE, EVENT, INQUIRY = map(table, (Deadline, Event, Inquiry))
LEG, EXTENSION, MEETING = map(table, (Leg, Extension, Meeting))
CHUNK = 500
_BOOKED = sa.exists().where(
    MEETING.c.inquiry_id == DEADLINE.c.inquiry_id, MEETING.c.state == MeetingState.BOOKED.value
)
# Written as the partial index is; what is due already is the watch's.
_RUNNING = (
    sa.select(
        DEADLINE.c.id.label("deadline_id"),
        DEADLINE.c.inquiry_id,
        DEADLINE.c.leg_id,
        INQUIRY.c.reference,
        DEADLINE.c.party_id,
        DEADLINE.c.mailbox_id,
        DEADLINE.c.kind,
        DEADLINE.c.term,
        DEADLINE.c.start_at,
        DEADLINE.c.due_at,
        DEADLINE.c.pauses,
        DEADLINE.c.moves,
        DEADLINE.c.calendar_id,
        DEADLINE.c.calendar_version,
        DEADLINE.c.extended_to,
        DEADLINE.c.stops_when,
        _BOOKED.label("is_booked"),
        EXTENSION.c.reason,
        EXTENSION.c.was_due_at,
    )
    .join_from(DEADLINE, INQUIRY, INQUIRY.c.id == DEADLINE.c.inquiry_id)
    .outerjoin(EXTENSION, EXTENSION.c.id == DEADLINE.c.extended_by)
    .where(
        Deadline.stopped_at.is_(None),
        Deadline.breached == sa.false(),
        DEADLINE.c.due_at >= sa.bindparam("now"),
    )
    .order_by(DEADLINE.c.inquiry_id, DEADLINE.c.due_at, DEADLINE.c.id)
)


def by_calendar(session: Session, calendar_id: str, *, now: datetime, locked: bool = False) -> list[Running]:
    """What runs on a calendar, or at the party or mailbox whose local days these are."""
    owner, _, its_id = calendar_id.partition(":")
    if not its_id:
        base = sa.or_(
            DEADLINE.c.calendar_id == calendar_id,
            DEADLINE.c.calendar_id.startswith(f"{calendar_id}{LAYER}", autoescape=True),
        )
        return _running(session, base, now=now, locked=locked)
    column = DEADLINE.c.party_id if owner == "party" else DEADLINE.c.mailbox_id
    return _running(session, column == its_id, now=now, locked=locked)


def by_agreement(
    session: Session, agreement_id: str, *, now: datetime, locked: bool = False
) -> list[Running]:
    """What was promised under any version of an agreement.

    An inquiry keeps its first receiver's. What other receivers promised, and a later leg, is by what holds there.
    """
    legs = LEG.c.inquiry_id == INQUIRY.c.id
    first = sa.select(sa.func.min(LEG.c.id)).where(legs).correlate(INQUIRY).scalar_subquery()
    chosen = sa.select(sa.func.count()).where(legs, LEG.c.follows_id.is_(None)).correlate(INQUIRY)
    went_on = sa.and_(DEADLINE.c.scope == DeadlineScope.INQUIRY.value, chosen.scalar_subquery() == 1)
    wanted = sa.and_(INQUIRY.c.agreement_id == agreement_id, sa.or_(DEADLINE.c.leg_id == first, went_on))
    return _running(session, wanted, now=now, locked=locked)


def store(
    session: Session,
    recounted: Sequence[Recounted],
    *,
    facts: Mapping[str, Any],
    by: int,
    now: datetime,
) -> None:
    """Write every new count; those that fall due at another moment, or that another thing meets, leave an event.

    Call it in the transaction that has locked the inquiries.
    """
    if not recounted:
        return
    connection = session.connection()
    connection.execute(
        sa.update(DEADLINE)
        .where(DEADLINE.c.id == sa.bindparam("row_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in _COLUMNS}),
        [_row(one) for one in recounted],
    )
    if changed := [one for one in recounted if one.is_changed]:
        _write_events(connection, changed, facts=facts, by=by, now=now)
        _point(connection, sorted({one.running.leg_id for one in changed if one.is_moved}))


_COLUMNS = ("term", "due_at", "because", "steps", "calendar_id", "calendar_version", "moves", "stops_when")


def _row(one: Recounted) -> dict[str, Any]:
    values = {
        "term": str(one.way.term),
        "due_at": one.due.at,
        "because": one.due.because.as_json(),
        "steps": [step.as_json() for step in one.due.steps],
        "calendar_id": one.way.calendar.name,
        "calendar_version": one.way.calendar.version,
        "moves": one.way.moves.value,
        "stops_when": one.stops_when,
    }
    return {"row_id": one.running.deadline_id} | {f"new_{name}": value for name, value in values.items()}


def _running(
    session: Session, which: sa.ColumnElement[bool], *, now: datetime, locked: bool
) -> list[Running]:
    statement = _RUNNING.where(which)
    rows = session.execute(statement, {"now": now}).all()
    if locked and rows:
        # Inquiries first, in order, as everybody does who changes one: what they promise cannot change after that.
        ids = sorted({row.inquiry_id for row in rows})
        for start in range(0, len(ids), CHUNK):
            chosen = INQUIRY.c.id.in_(ids[start : start + CHUNK])
            session.execute(sa.select(INQUIRY.c.id).where(chosen).order_by(INQUIRY.c.id).with_for_update())
        # What came between is not held, and keeps its time until the next edit.
        held = set(ids)
        rows = [row for row in session.execute(statement, {"now": now}) if row.inquiry_id in held]
    return [_read(row) for row in rows]


def _read(row: Any) -> Running:
    extended = Extended(row.extended_to, row.reason, row.was_due_at) if row.extended_to else None
    return Running(
        deadline_id=row.deadline_id,
        inquiry_id=row.inquiry_id,
        leg_id=row.leg_id,
        reference=row.reference,
        party_id=row.party_id,
        mailbox_id=row.mailbox_id,
        kind=row.kind,
        term=parse_term(row.term),
        start_at=row.start_at,
        due_at=row.due_at,
        spans=pausing.read(row.pauses),
        extended=extended,
        moves=Moves(row.moves),
        calendar_id=row.calendar_id,
        calendar_version=row.calendar_version,
        stops_when=row.stops_when,
        is_booked=row.is_booked,
    )


def _write_events(
    connection: sa.Connection,
    changed: Sequence[Recounted],
    *,
    facts: Mapping[str, Any],
    by: int,
    now: datetime,
) -> None:
    of: dict[int, list[Recounted]] = defaultdict(list)
    for one in changed:
        of[one.running.inquiry_id].append(one)
    # No history goes back in time, though a clock was set back.
    moment = sa.literal(now, INQUIRY.c.updated_at.type)
    latest = sa.case((INQUIRY.c.updated_at > moment, INQUIRY.c.updated_at), else_=moment)
    connection.execute(
        sa.update(INQUIRY)
        .where(INQUIRY.c.id == sa.bindparam("row_id"))
        .values(version=INQUIRY.c.version + sa.bindparam("more"), updated_at=latest),
        [{"row_id": inquiry_id, "more": len(ones)} for inquiry_id, ones in of.items()],
    )
    ids = sorted(of)
    rows = []
    for start in range(0, len(ids), CHUNK):
        statement = sa.select(INQUIRY.c.id, INQUIRY.c.version, INQUIRY.c.state, INQUIRY.c.updated_at).where(
            INQUIRY.c.id.in_(ids[start : start + CHUNK])
        )
        for inquiry in connection.execute(statement):
            first = inquiry.version - len(of[inquiry.id]) + 1
            rows += [
                _event(one, first + place, inquiry.state, facts, by=by, at=inquiry.updated_at)
                for place, one in enumerate(of[inquiry.id])
            ]
    connection.execute(sa.insert(EVENT), rows)


def _event(
    one: Recounted, seq: int, state: str, facts: Mapping[str, Any], *, by: int, at: datetime
) -> dict[str, Any]:
    told = {
        "promise": one.running.kind,
        "before": rfc3339(one.running.due_at),
        "after": rfc3339(one.due.at),
        "because": one.due.because.as_json(),
    }
    if not one.is_moved:
        told |= {"cause": Cause.STOPS_WHEN.value, "stops_when": one.stops_when}
    return {
        "inquiry_id": one.running.inquiry_id,
        "seq": seq,
        "kind": EventKind.RECOUNTED.value,
        "leg_id": one.running.leg_id,
        "by_account_id": by,
        "at": at,
        "state": state,
        "facts": dict(facts) | told,
    }


def _point(connection: sa.Connection, leg_ids: Sequence[int]) -> None:
    """Let each leg point at its earliest open promise again."""
    first = (
        sa.select(DEADLINE.c.due_at, DEADLINE.c.kind)
        .where(
            DEADLINE.c.inquiry_id == LEG.c.inquiry_id,
            DEADLINE.c.leg_id == LEG.c.id,
            DEADLINE.c.stopped_at.is_(None),
        )
        .order_by(DEADLINE.c.due_at, DEADLINE.c.id)
        .limit(1)
    )
    due_at = first.with_only_columns(DEADLINE.c.due_at).correlate(LEG).scalar_subquery()
    due_kind = first.with_only_columns(DEADLINE.c.kind).correlate(LEG).scalar_subquery()
    for start in range(0, len(leg_ids), CHUNK):
        chunk = leg_ids[start : start + CHUNK]
        connection.execute(sa.update(LEG).where(LEG.c.id.in_(chunk)).values(due_at=due_at, due_kind=due_kind))
