"""Reading one inquiry: what this person may see of it, and the note in the audit that it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import meetings_shown, possible, queries, sent_letters, steps_shown, texts
from router.records import moved as moving
from router.records.models import Deadline, Event, Inquiry, Leg
from router.records.readers import Reader
from router.records.texts import Texts
from router.rules import legs as rules
from router.rules.masked import masked
from router.rules.meeting_shown import MeetingView
from router.rules.next_steps import StepView
from router.rules.shown import (
    InquiryView,
    LegView,
    LetterView,
    PromiseView,
    Side,
    Step,
    Written,
)
from router.rules.terms import EventKind

__all__ = ["InquiryView", "LegView", "MeetingView", "PromiseView", "Side", "Step", "Written", "view"]


def view(
    database: Database, reference: str, actor: Actor, *, now: datetime, numbers: bool = False
) -> InquiryView:
    """What this person may see of an inquiry. Its reading is stored in the audit before anything is returned.

    Personal identity numbers that came by mail are hidden, unless the reader asks for the `numbers`.
    Raises NotFound also for an inquiry the person has nothing to do with.
    """
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        held = access.require(actor, Action.SEE, found.scope)
        content = access.may(actor, Action.READ, found.scope)
        shown = _collect(session, found, held, actor, content=content, numbers=numbers and content, now=now)
    with database.writing() as session:
        action = Action.READ if content else Action.SEE
        facts = {"numbers": True} if numbers and content else None
        deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference, facts=facts)
        audit.record(session, [deed], now=now)
    return shown


def _collect(
    session: Session,
    found: queries.Found,
    held: frozenset[access.Relation],
    actor: Actor,
    *,
    content: bool,
    numbers: bool,
    now: datetime,
) -> InquiryView:
    inquiry, at_desk = found.inquiry, bool(held & access.DESK)
    reader = Reader(found, actor, at_desk=at_desk)
    history = _events(session, inquiry)
    events = [one for one in history if reader.may_know(one)]
    own_notes = access.note_sides(held, actor, queries.scope_of(inquiry, *found.legs))
    read = texts.of(session, inquiry, reader, sides=own_notes, numbers=numbers) if content else Texts()
    acted = [*(leg.claimed_by for leg in found.legs), *(one.by_account_id for one in events), *read.writers]
    names = queries.names(session, acted)
    boxes = _boxes(session, found.legs)
    sides = _sides(session, {inquiry.from_unit_id, *read.units, *(row.unit_id for row in boxes.values())})
    legs = {leg.id: _leg(leg, boxes[leg.id], sides, names) for leg in found.legs}
    deadlines = _deadlines(session, inquiry)
    seen = [one for one in deadlines if reader.is_promised(one)]
    moved = moving.moved(session, found.leg, seen, actor, now=now)
    steps: tuple[StepView, ...] = ()
    # Asked for only where something was agreed.
    if any(one.kind == EventKind.STEP_AGREED for one in history):
        steps = steps_shown.shown(session, found, reader, actor, held=held, content=content, now=now)
    meeting = meetings_shown.of(
        session, found, actor, deadlines=seen, names=names, at_desk=at_desk, content=content, now=now
    )
    left = possible.Left.of([one.stopped_at is None for one in deadlines], meeting, steps)
    several = legs if len(found.live) > 1 and not at_desk else {}
    return InquiryView(
        **_facts(inquiry, content=content, numbers=numbers),
        asker=sides[inquiry.from_unit_id],
        receiver=legs[found.leg.id].side,
        legs=tuple(legs.values()),
        deadlines=tuple(_promise(one, now, several.get(one.leg_id)) for one in seen),
        written=texts.written(read, sides, names, reader=reader, numbers=numbers),
        events=_steps(events, names, own_notes),
        meeting=meeting,
        at_desk=at_desk,
        may=possible.may(found, actor, moved, read.messages, at_desk=at_desk, left=left),
        leg=legs[found.leg.id],
        moved=moved,
        letters=_letters(session, inquiry, events, boxes),
        next_steps=steps,
    )


def _letters(
    session: Session, inquiry: Inquiry, events: Sequence[Event], boxes: Mapping[int, sa.Row[*tuple[Any, ...]]]
) -> tuple[LetterView, ...]:
    """How far the letters about those events have come; at the desk or not is told by whose address they went to."""
    addresses = {one.address for one in boxes.values()}
    return sent_letters.of(session, inquiry.id, {one.seq for one in events}, addresses)


def _facts(inquiry: Inquiry, *, content: bool, numbers: bool) -> dict[str, Any]:
    """What stands in the inquiry's own row, its words only for who may read them."""
    same = "reference state kind topic area mode created_at closed_at agreement_because answers_shared_at"
    words = {name: getattr(inquiry, name) if content else "" for name in ("subject", "our_reference")}
    if not numbers:
        words["subject"] = masked(words["subject"])
    return {name: getattr(inquiry, name) for name in same.split()} | words | {"content": content}


def _events(session: Session, inquiry: Inquiry) -> Sequence[Event]:
    return session.scalars(sa.select(Event).where(Event.inquiry_id == inquiry.id).order_by(Event.seq)).all()


def _steps(
    events: Sequence[Event], names: Mapping[int, str], sides: frozenset[str | None]
) -> tuple[Step, ...]:
    # That the other side wrote a note is theirs to know; its place in the numbering is all that shows.
    return tuple(
        Step(e.seq, e.kind, e.at, names.get(e.by_account_id or 0, ""), e.state, e.facts)
        for e in events
        if e.kind != EventKind.NOTED or e.facts.get("mailbox_id") in sides
    )


def _deadlines(session: Session, inquiry: Inquiry) -> Sequence[Deadline]:
    return session.scalars(
        sa.select(Deadline).where(Deadline.inquiry_id == inquiry.id).order_by(Deadline.id)
    ).all()


def _promise(one: Deadline, now: datetime, by: LegView | None) -> PromiseView:
    return PromiseView(
        one.kind,
        one.term,
        one.start_at,
        one.due_at,
        one.stopped_at,
        one.outcome,
        one.breached,
        one.because,
        one.scope,
        one.stops_when,
        tuple(one.steps),
        paused_until=moving.paused_until(one, now),
        by_party=by.side.party_short if by else "",
    )


def _boxes(session: Session, legs: Sequence[Leg]) -> dict[int, sa.Row[*tuple[Any, ...]]]:
    """For each leg its mailbox's name, address and unit, and the name of the way in."""
    rows = session.execute(
        sa.select(
            Leg.id,
            Mailbox.name,
            Mailbox.address,
            Mailbox.unit_id,
            EntryPoint.name.label("entry_point_name"),
        )
        .select_from(Leg)
        .join(Mailbox, Mailbox.id == Leg.mailbox_id)
        .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
        .where(Leg.inquiry_id == legs[0].inquiry_id)
    )
    return {row.id: row for row in rows}


def _leg(
    leg: Leg, row: sa.Row[*tuple[Any, ...]], sides: Mapping[str, Side], names: Mapping[int, str]
) -> LegView:
    return LegView(
        mailbox_id=leg.mailbox_id,
        mailbox_name=row.name,
        address=row.address,
        entry_point_id=leg.entry_point_id,
        entry_point_name=row.entry_point_name,
        state=leg.state,
        because=leg.because,
        claimed_by=leg.claimed_by,
        claimed_by_name=names.get(leg.claimed_by or 0, ""),
        side=sides[row.unit_id],
        id=leg.id,
        is_live=leg.state in rules.LIVE,
        held_by=leg.held_by,
        left_at=leg.left_at,
    )


def _sides(session: Session, unit_ids: set[str]) -> dict[str, Side]:
    rows = session.execute(
        sa.select(Party.id, Party.name, Party.short_name, Party.kind, Unit.id, Unit.name)
        .select_from(Party)
        .join(Unit, Unit.party_id == Party.id)
        .where(Unit.id.in_(unit_ids))
    )
    return {side.unit_id: side for side in (Side(*row) for row in rows)}
