"""Reading one inquiry: what this person may see of it, and the note in the audit that it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import queries
from router.records.models import Deadline, Event, Inquiry, Leg, Meeting, Message, Note
from router.rules.shown import InquiryView, LegView, MeetingView, PromiseView, Side, Step, Written
from router.rules.terms import EventKind, InquiryState, LegState

__all__ = ["InquiryView", "LegView", "MeetingView", "PromiseView", "Side", "Step", "Written", "view"]


def view(database: Database, reference: str, actor: Actor, *, now: datetime) -> InquiryView:
    """What this person may see of an inquiry. Its reading is stored in the audit before anything is returned.

    Raises NotFound also for an inquiry the person has nothing to do with.
    """
    with database.reading() as session:
        found = queries.find(session, reference)
        held = access.require(actor, Action.SEE, found.scope)
        content = access.may(actor, Action.READ, found.scope)
        shown = _collect(session, found, held, actor, content=content)
    with database.writing() as session:
        action = Action.READ if content else Action.SEE
        deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
        audit.record(session, [deed], now=now)
    return shown


def _collect(
    session: Session, found: queries.Found, held: frozenset[access.Relation], actor: Actor, *, content: bool
) -> InquiryView:
    inquiry, leg = found.inquiry, found.leg
    events = (
        session.execute(sa.select(Event).where(Event.inquiry_id == inquiry.id).order_by(Event.seq))
        .scalars()
        .all()
    )
    messages = _messages(session, inquiry) if content else ()
    sides_read = access.note_sides(held, actor, found.scope)
    notes = _notes(session, inquiry, sides_read) if content else ()
    acted = [one.by_account_id for one in events]
    acted += [one.by_account_id for one in messages] + [one.by_account_id for one in notes]
    names = queries.names(session, [leg.claimed_by, *acted])
    leg_view, desk_unit_id = _leg(session, leg, names)
    # A mailbox may have moved to another unit since something was written in its name.
    wrote = {one.from_unit_id for one in messages} | {one.unit_id for one in notes}
    sides = _sides(session, {inquiry.from_unit_id, desk_unit_id, *wrote})
    deadlines = _deadlines(session, inquiry)
    has_open = any(one.stopped_at is None for one in deadlines)
    at_desk = bool(held & access.DESK)
    return InquiryView(
        reference=inquiry.reference,
        state=inquiry.state,
        kind=inquiry.kind,
        topic=inquiry.topic,
        area=inquiry.area,
        mode=inquiry.mode,
        subject=inquiry.subject if content else "",
        our_reference=inquiry.our_reference if content else "",
        content=content,
        created_at=inquiry.created_at,
        closed_at=inquiry.closed_at,
        asker=sides[inquiry.from_unit_id],
        receiver=sides[desk_unit_id],
        legs=(leg_view,),
        deadlines=deadlines,
        written=_written(messages, notes, sides, names, at_desk=at_desk),
        events=_steps(events, names, sides_read),
        meeting=_meeting(session, inquiry),
        agreement_because=inquiry.agreement_because,
        at_desk=at_desk,
        may=_may(found, actor, at_desk=at_desk, has_open=has_open),
    )


def _messages(session: Session, inquiry: Inquiry) -> Sequence[Message]:
    return session.scalars(
        sa.select(Message).where(Message.inquiry_id == inquiry.id).order_by(Message.id)
    ).all()


def _notes(session: Session, inquiry: Inquiry, sides: frozenset[str | None]) -> Sequence[Note]:
    notes = session.scalars(sa.select(Note).where(Note.inquiry_id == inquiry.id).order_by(Note.id))
    return [one for one in notes if one.mailbox_id in sides]


def _written(
    messages: Sequence[Message],
    notes: Sequence[Note],
    sides: Mapping[str, Side],
    names: Mapping[int, str],
    *,
    at_desk: bool,
) -> tuple[Written, ...]:
    lines = [
        Written(
            kind=one.kind,
            side=sides[one.from_unit_id],
            by=names.get(one.by_account_id, ""),
            body=one.body,
            at=one.at,
            is_ours=(one.kind == "answer") is at_desk,
        )
        for one in messages
    ]
    lines += [
        Written("note", sides[one.unit_id], names.get(one.by_account_id, ""), one.body, one.at, is_ours=True)
        for one in notes
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _steps(
    events: Sequence[Event], names: Mapping[int, str], sides: frozenset[str | None]
) -> tuple[Step, ...]:
    # That the other side wrote a note is theirs to know; its place in the numbering is all that shows.
    return tuple(
        Step(e.seq, e.kind, e.at, names.get(e.by_account_id or 0, ""), e.state, e.facts)
        for e in events
        if e.kind != EventKind.NOTED or e.facts.get("mailbox_id") in sides
    )


def _deadlines(session: Session, inquiry: Inquiry) -> tuple[PromiseView, ...]:
    rows = session.scalars(sa.select(Deadline).where(Deadline.inquiry_id == inquiry.id).order_by(Deadline.id))
    return tuple(
        PromiseView(
            one.kind,
            one.term,
            one.start_at,
            one.due_at,
            one.stopped_at,
            one.outcome,
            one.breached,
            one.because,
        )
        for one in rows
    )


def _leg(session: Session, leg: Leg, names: Mapping[int, str]) -> tuple[LegView, str]:
    """The leg as it is shown, and the unit that works its mailbox."""
    row = session.execute(
        sa.select(Mailbox.name, Mailbox.address, Mailbox.unit_id, EntryPoint.name.label("entry_point_name"))
        .select_from(Mailbox)
        .join(EntryPoint, EntryPoint.id == leg.entry_point_id)
        .where(Mailbox.id == leg.mailbox_id)
    ).one()
    view = LegView(
        mailbox_id=leg.mailbox_id,
        mailbox_name=row.name,
        address=row.address,
        entry_point_id=leg.entry_point_id,
        entry_point_name=row.entry_point_name,
        state=leg.state,
        because=leg.because,
        claimed_by=leg.claimed_by,
        claimed_by_name=names.get(leg.claimed_by or 0, ""),
    )
    return view, row.unit_id


def _sides(session: Session, unit_ids: set[str]) -> dict[str, Side]:
    rows = session.execute(
        sa.select(Party.id, Party.name, Party.short_name, Party.kind, Unit.id, Unit.name)
        .select_from(Party)
        .join(Unit, Unit.party_id == Party.id)
        .where(Unit.id.in_(unit_ids))
    )
    return {side.unit_id: side for side in (Side(*row) for row in rows)}


def _meeting(session: Session, inquiry: Inquiry) -> MeetingView | None:
    one = session.scalar(
        sa.select(Meeting).where(Meeting.inquiry_id == inquiry.id).order_by(Meeting.id.desc()).limit(1)
    )
    return MeetingView(one.starts_at, one.minutes, one.place, one.state) if one else None


def _may(found: queries.Found, actor: Actor, *, at_desk: bool, has_open: bool) -> frozenset[Action]:
    """What the person may do now: the policy's yes, narrowed by the state, so that no button leads to a refusal."""
    leg = found.leg
    is_closed = found.inquiry.state == InquiryState.CLOSED
    possible = {
        Action.CLAIM: leg.state == LegState.WAITING,
        Action.RELEASE: leg.state == LegState.CLAIMED,
        Action.ANSWER: not is_closed,
        Action.FOLLOW_UP: not is_closed and not at_desk,
        Action.NOTE: True,
        Action.MEET: not is_closed or has_open,
        Action.CLOSE: leg.state == LegState.ANSWERED if at_desk else (not is_closed or has_open),
    }
    return frozenset(
        action
        for action, is_possible in possible.items()
        if is_possible and access.may(actor, action, found.scope)
    )
