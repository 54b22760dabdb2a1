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
from directory.rules.access import Action, Actor, Scope
from router.records import moved as moving
from router.records import queries
from router.records.models import Deadline, Event, Inquiry, Leg, Meeting, Message, Note
from router.rules import legs as rules
from router.rules import splitting
from router.rules.shown import (
    InquiryView,
    LegView,
    MeetingView,
    MovedView,
    PromiseView,
    Side,
    Step,
    Written,
)
from router.rules.terms import DeadlineScope, EventKind, HeldBy, InquiryState, LegState

__all__ = ["InquiryView", "LegView", "MeetingView", "PromiseView", "Side", "Step", "Written", "view"]


def view(database: Database, reference: str, actor: Actor, *, now: datetime) -> InquiryView:
    """What this person may see of an inquiry. Its reading is stored in the audit before anything is returned.

    Raises NotFound also for an inquiry the person has nothing to do with.
    """
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        held = access.require(actor, Action.SEE, found.scope)
        content = access.may(actor, Action.READ, found.scope)
        shown = _collect(session, found, held, actor, content=content, now=now)
    with database.writing() as session:
        action = Action.READ if content else Action.SEE
        deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
        audit.record(session, [deed], now=now)
    return shown


def _collect(
    session: Session,
    found: queries.Found,
    held: frozenset[access.Relation],
    actor: Actor,
    *,
    content: bool,
    now: datetime,
) -> InquiryView:
    inquiry = found.inquiry
    reader = _Reader(found, actor, at_desk=bool(held & access.DESK))
    events = [one for one in _events(session, inquiry) if reader.may_know(one)]
    messages = [one for one in _messages(session, inquiry) if reader.may_read(one)] if content else []
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
    own = legs[found.leg.id]
    is_several = len(found.live) > 1 and not reader.at_desk
    return InquiryView(
        **_facts(inquiry, content=content),
        asker=sides[inquiry.from_unit_id],
        receiver=own.side,
        legs=tuple(legs.values()),
        deadlines=tuple(
            _promise(one, now, legs[one.leg_id].side.party_short if is_several else "") for one in seen
        ),
        written=_written(messages, notes, sides, names, reader=reader),
        events=_steps(events, names, sides_read),
        meeting=_meeting(session, inquiry),
        at_desk=reader.at_desk,
        may=_may(found, actor, moved, messages, at_desk=reader.at_desk, has_open=has_open),
        leg=own,
        moved=moved,
    )


def _facts(inquiry: Inquiry, *, content: bool) -> dict[str, Any]:
    """What stands in the inquiry's own row, its words only for who may read them."""
    same = "reference state kind topic area mode created_at closed_at agreement_because answers_shared_at"
    words = {name: getattr(inquiry, name) if content else "" for name in ("subject", "our_reference")}
    return {name: getattr(inquiry, name) for name in same.split()} | words | {"content": content}


class _Reader:
    """What one person may read of an inquiry with several legs. Whether they may is asked of the policy each time."""

    def __init__(self, found: queries.Found, actor: Actor, *, at_desk: bool) -> None:
        self._found = found
        self._actor = actor
        self._roots = rules.roots(found.legs)
        self.at_desk = at_desk

    def may_read(self, message: Message) -> bool:
        """Whether a message is for this person's side."""
        return self._may(Action.READ, message.leg_id, message.kind, message.at)

    def may_know(self, event: Event) -> bool:
        """Whether an event is of this person's leg; the asker and those who see facts only know of all."""
        kind = {EventKind.ASKED: "question", EventKind.ANSWERED: "answer"}.get(EventKind(event.kind), "")
        return not self.at_desk or self._may(Action.READ, event.leg_id, kind, event.at)

    def is_promised(self, deadline: Deadline) -> bool:
        """The asker sees what the asker was promised; a desk that, of its own question, and what it promised itself."""
        if deadline.scope == DeadlineScope.LEG:
            return self.at_desk and deadline.leg_id == self._found.leg.id
        return not self.at_desk or self._roots.get(deadline.leg_id) == self._roots[self._found.leg.id]

    def is_own(self, message: Message) -> bool:
        """Whether this person's own side wrote it."""
        from_desk = message.kind in ("answer", "explanation")
        if not self.at_desk or not from_desk:
            return from_desk is self.at_desk
        return message.from_party_id == self._found.leg.party_id

    def _may(self, action: Action, of_leg: int | None, kind: str, at: datetime) -> bool:
        inquiry = self._found.inquiry
        readers = rules.readers(
            self._found.legs, of_leg=of_leg, kind=kind, at=at, is_shared=inquiry.answers_shared_at is not None
        )
        scope = Scope(unit_id=inquiry.from_unit_id, mailbox_ids=readers)
        return access.may(self._actor, action, scope)


def _events(session: Session, inquiry: Inquiry) -> Sequence[Event]:
    return session.scalars(sa.select(Event).where(Event.inquiry_id == inquiry.id).order_by(Event.seq)).all()


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
    reader: _Reader,
) -> tuple[Written, ...]:
    lines = [
        Written(
            kind=one.kind,
            side=sides[one.from_unit_id],
            by=names.get(one.by_account_id, ""),
            body=one.body,
            at=one.at,
            is_ours=reader.is_own(one),
            id=one.id,
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


def _meeting(session: Session, inquiry: Inquiry) -> MeetingView | None:
    one = session.scalar(
        sa.select(Meeting).where(Meeting.inquiry_id == inquiry.id).order_by(Meeting.id.desc()).limit(1)
    )
    return MeetingView(one.starts_at, one.minutes, one.place, one.state) if one else None


def _may(
    found: queries.Found,
    actor: Actor,
    moved: MovedView,
    messages: Sequence[Message],
    *,
    at_desk: bool,
    has_open: bool,
) -> frozenset[Action]:
    """What the person may do now: the policy's yes, narrowed by the state, so that no button leads to a refusal."""
    leg = found.leg
    is_closed = found.inquiry.state == InquiryState.CLOSED
    has_left = at_desk and leg.left_at is not None
    is_held = any(one.state == LegState.HANDED_BACK for one in found.legs)
    settled = not any(one.held_by == HeldBy.ADMINISTRATOR for one in found.legs)
    possible = {
        Action.CLAIM: leg.state == LegState.WAITING,
        Action.RELEASE: leg.state == LegState.CLAIMED,
        Action.ANSWER: not is_closed and not has_left,
        Action.FOLLOW_UP: not is_closed and not at_desk,
        Action.NOTE: leg.state in rules.LIVE,
        Action.MEET: (not is_closed or has_open) and not has_left,
        Action.FORWARD: leg.state in (LegState.WAITING, LegState.CLAIMED),
        Action.HAND_BACK: leg.state in (LegState.WAITING, LegState.CLAIMED),
        Action.INVITE: not is_closed,
        Action.SHARE: len(found.live) > 1 and found.inquiry.answers_shared_at is None,
        Action.REDIRECT: is_held and (settled or access.may(actor, Action.SETTLE, found.scope)),
        Action.PAUSE: at_desk and (moved.can_pause or moved.can_resume),
        Action.EXTEND: at_desk and bool(moved.extendable),
        Action.AGREE: bool(moved.proposals),
        Action.REOPEN: found.inquiry.state in (InquiryState.ANSWERED, InquiryState.CLOSED)
        and moved.went_on_in is None,
        Action.JOIN: at_desk and not is_closed and not has_left and len(found.live) == 1,
        Action.SPLIT: not is_closed
        and bool(splitting.movable(messages, leg_id=leg.id, states=[one.state for one in found.live])),
        Action.CLOSE: leg.state == LegState.ANSWERED if at_desk else (not is_closed or has_open),
    }
    return frozenset(
        action
        for action, is_possible in possible.items()
        if is_possible and access.may(actor, action, found.scope)
    )
