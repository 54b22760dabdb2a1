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
from router.records import mailed as mails
from router.records import meetings_shown, queries, sent_letters, steps_shown
from router.records import moved as moving
from router.records.models import Deadline, Event, Inquiry, Leg, Message, Note
from router.records.readers import Reader
from router.rules import legs as rules
from router.rules import splitting
from router.rules.mailed import Mailed
from router.rules.masked import masked
from router.rules.meeting_shown import MeetingView
from router.rules.next_steps import StepState, StepView
from router.rules.shown import (
    InquiryView,
    LegView,
    LetterView,
    MovedView,
    PromiseView,
    Side,
    Step,
    Written,
)
from router.rules.terms import EventKind, HeldBy, InquiryState, LegState

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
    inquiry = found.inquiry
    reader = Reader(found, actor, at_desk=bool(held & access.DESK))
    history = _events(session, inquiry)
    events = [one for one in history if reader.may_know(one)]
    by_mail = _messages(session, inquiry) if content else {}
    reader.took_part = steps_shown.took_part(session, {one.meeting_id for one in by_mail if one.meeting_id})
    messages = [one for one in by_mail if reader.may_read(one)]
    mail_ids = [one for message in messages if (one := by_mail[message]) is not None]
    mailed = mails.of_messages(session, mail_ids, numbers=numbers) if mail_ids else {}
    sides_read = access.note_sides(held, actor, queries.scope_of(inquiry, *found.legs))
    notes = _notes(session, inquiry, sides_read) if content else ()
    acted = [one.by_account_id for one in events]
    acted += [one.by_account_id for one in messages] + [one.by_account_id for one in notes]
    names = queries.names(session, [*(leg.claimed_by for leg in found.legs), *acted])
    # A mailbox may have moved to another unit since something was written in its name.
    wrote = {one.from_unit_id for one in messages} | {one.unit_id for one in notes}
    boxes = _boxes(session, found.legs)
    sides = _sides(session, {inquiry.from_unit_id, *wrote, *(row.unit_id for row in boxes.values())})
    legs = {leg.id: _leg(leg, boxes[leg.id], sides, names) for leg in found.legs}
    deadlines = _deadlines(session, inquiry)
    seen = [one for one in deadlines if reader.is_promised(one)]
    moved = moving.moved(session, found.leg, seen, actor, now=now)
    has_open = any(one.stopped_at is None for one in deadlines)
    # Asked for only where something was agreed.
    steps = (
        steps_shown.shown(session, found, reader, actor, held=held, content=content, now=now)
        if any(one.kind == EventKind.STEP_AGREED for one in history)
        else ()
    )
    own = legs[found.leg.id]
    is_several = len(found.live) > 1 and not reader.at_desk
    return InquiryView(
        **_facts(inquiry, content=content, numbers=numbers),
        asker=sides[inquiry.from_unit_id],
        receiver=own.side,
        legs=tuple(legs.values()),
        deadlines=tuple(
            _promise(one, now, legs[one.leg_id].side.party_short if is_several else "") for one in seen
        ),
        written=_written(messages, notes, sides, names, reader=reader, mailed=mailed, numbers=numbers),
        events=_steps(events, names, sides_read),
        meeting=meetings_shown.of(
            session,
            found,
            actor,
            deadlines=seen,
            names=names,
            at_desk=reader.at_desk,
            content=content,
            now=now,
        ),
        at_desk=reader.at_desk,
        may=_may(found, actor, moved, messages, at_desk=reader.at_desk, has_open=has_open, steps=steps),
        leg=own,
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


def _messages(session: Session, inquiry: Inquiry) -> Mapping[Message, int | None]:
    """The messages in the order they were written, each with the mail that it came by."""
    rows = session.execute(
        sa.select(Message, mails.MAIL.c.id)
        .outerjoin(mails.MAIL, mails.MAIL.c.message_id == Message.id)
        .where(Message.inquiry_id == inquiry.id)
        .order_by(Message.id, mails.MAIL.c.id.desc())
    )
    # Of two copies of a mail the first stands, as it was sorted first.
    return {message: mail_id for message, mail_id in rows}


def _notes(session: Session, inquiry: Inquiry, sides: frozenset[str | None]) -> Sequence[Note]:
    notes = session.scalars(sa.select(Note).where(Note.inquiry_id == inquiry.id).order_by(Note.id))
    return [one for one in notes if one.mailbox_id in sides]


def _written(
    messages: Sequence[Message],
    notes: Sequence[Note],
    sides: Mapping[str, Side],
    names: Mapping[int, str],
    *,
    reader: Reader,
    mailed: Mapping[int, Mailed],
    numbers: bool,
) -> tuple[Written, ...]:
    lines = [
        Written(
            kind=one.kind,
            side=sides[one.from_unit_id],
            by=names.get(one.by_account_id, ""),
            # No form lets a number through; mail does.
            body=masked(one.body) if one.id in mailed and not numbers else one.body,
            at=one.at,
            is_ours=reader.is_own(one),
            id=one.id,
            mailed=mailed.get(one.id),
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


def _deadlines(session: Session, inquiry: Inquiry) -> Sequence[Deadline]:
    return session.scalars(
        sa.select(Deadline).where(Deadline.inquiry_id == inquiry.id).order_by(Deadline.id)
    ).all()


def _promise(one: Deadline, now: datetime, by_party: str) -> PromiseView:
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
        by_party=by_party,
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


def _may(
    found: queries.Found,
    actor: Actor,
    moved: MovedView,
    messages: Sequence[Message],
    *,
    at_desk: bool,
    has_open: bool,
    steps: Sequence[StepView],
) -> frozenset[Action]:
    """What the person may do now: the policy's yes, narrowed by the state, so that no button leads to a refusal."""
    leg = found.leg
    is_closed = found.inquiry.state == InquiryState.CLOSED
    has_left = at_desk and leg.left_at is not None
    is_held = any(one.state == LegState.HANDED_BACK for one in found.legs)
    left = [one for one in steps if one.state is StepState.OPEN]
    goes = leg.state in (LegState.WAITING, LegState.CLAIMED) and not any(one.is_own for one in left)
    settled = not any(one.held_by == HeldBy.ADMINISTRATOR for one in found.legs)
    possible = {
        Action.CLAIM: leg.state == LegState.WAITING,
        Action.RELEASE: leg.state == LegState.CLAIMED,
        Action.ANSWER: not is_closed and not has_left,
        Action.FOLLOW_UP: not is_closed and not at_desk,
        Action.NOTE: leg.state in rules.LIVE,
        Action.MEET: (not is_closed or has_open) and not has_left,
        Action.FORWARD: goes,
        Action.HAND_BACK: goes,
        Action.INVITE: not is_closed,
        Action.SHARE: len(found.live) > 1 and found.inquiry.answers_shared_at is None,
        Action.REDIRECT: is_held and (settled or access.may(actor, Action.SETTLE, found.scope)),
        Action.PAUSE: at_desk and (moved.can_pause or moved.can_resume),
        Action.EXTEND: at_desk and bool(moved.extendable),
        Action.AGREE: bool(moved.proposals),
        Action.REOPEN: found.inquiry.state in (InquiryState.ANSWERED, InquiryState.CLOSED)
        and moved.went_on_in is None,
        Action.JOIN: at_desk and not is_closed and not has_left and len(found.live) == 1 and not left,
        Action.SPLIT: not is_closed
        and bool(splitting.movable(messages, leg_id=leg.id, states=[one.state for one in found.live])),
        Action.CLOSE: leg.state == LegState.ANSWERED
        if at_desk
        else (not is_closed or has_open or bool(left)),
    }
    return frozenset(
        action
        for action, is_possible in possible.items()
        if is_possible and access.may(actor, action, found.scope)
    )
