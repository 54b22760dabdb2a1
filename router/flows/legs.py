"""Sending a question on, handing it back, and saying where it goes. One transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from config.words import Because, rfc3339
from directory.records import wrong_ways
from directory.records.models import Mailbox
from directory.records.wrong_ways import Wrong
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import (
    carrying,
    following,
    history,
    letters,
    meetings,
    next_steps,
    queries,
    tallies,
    targets,
)
from router.records.history import Happened
from router.records.models import Leg, Message, Note
from router.records.queries import Found
from router.records.targets import Receiver
from router.rules import calendars, incoming, routing
from router.rules import legs as rules
from router.rules.terms import EventKind, HeldBy, LegState, MeetingState

LONGEST_TEXT = 2000
MAY_LEAVE = (LegState.WAITING, LegState.CLAIMED)


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a question should go and what is said about it.

    `to` is a way in, empty when nobody knows. `is_inside`: the text is a note that only the receiver reads, which
    is possible within one party. `goes_on`: a hand-back may go straight on to `to` when the asker may use it.
    """

    to: str = ""
    text: str = ""
    is_inside: bool = False
    goes_on: bool = True


def forward(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Send a question on to another mailbox. What the asker was promised stays as it was.

    A question that would go round, or on for a third time, is kept for an administrator instead.
    Raises Conflict("not_open", "moved_on", "meeting_booked"), Invalid for the way in or the text.
    """
    _examine(wish)
    with database.writing() as session:
        found = _leavable(session, reference, actor, Action.FORWARD)
        receiver, why = _receiver(session, found, wish.to, found.leg, now=now)
        if why is not None:
            raise Invalid(why.code, field="/to", **why.facts)
        because = Because("leg.forwarded", {"name": receiver.target.name})
        _move(session, found, receiver, because, wish=wish, actor=actor, wrong_way=False, now=now)
        _audit(session, actor, found, Action.FORWARD, now=now)


def hand_back(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Say that a question does not belong here: straight on to where it does, or back to the asker.

    The directory learns from it, and it counts against the way in. Raises what `forward` raises.
    """
    _examine(wish)
    with database.writing() as session:
        found = _leavable(session, reference, actor, Action.HAND_BACK)
        inquiry, leg = found.inquiry, found.leg
        receiver, why = None, None
        if wish.to:
            receiver, why = _receiver(session, found, wish.to, leg, now=now)
        suggested_id = receiver.target.entry_point_id if receiver else None
        wrong = Wrong(leg.entry_point_id, suggested_id, inquiry.topic, inquiry.area)
        wrong_ways.learn(session, wrong, by=actor.account_id, red_day=calendars.red_day, now=now)
        _count(session, leg, now)
        _audit(session, actor, found, Action.HAND_BACK, now=now)
        if receiver is not None and why is None and wish.goes_on:
            because = Because("leg.wrong_way", {"name": receiver.target.name})
            _move(session, found, receiver, because, wish=wish, actor=actor, wrong_way=True, now=now)
            _audit(session, actor, found, Action.FORWARD, now=now)
            return
        around = rules.goes_round(rules.passed(found.legs, leg.id), "")
        because = Because(around or "leg.handed_back", {"name": receiver.target.name if receiver else ""})
        _hold(session, found, receiver, because, wish=wish, actor=actor, now=now)


def redirect(database: Database, reference: str, to: str, actor: Actor, *, now: datetime) -> None:
    """Say where a question goes that was handed back: the asker, or an administrator when it went round.

    Raises Conflict("not_held"), NotAllowed, Invalid for the way in.
    """
    with database.writing() as session:
        found = _held(session, reference, actor)
        leg = found.leg
        access.require(actor, Action.REDIRECT, found.scope)
        settles = access.may(actor, Action.SETTLE, found.scope)
        if leg.held_by == HeldBy.ADMINISTRATOR and not settles:
            raise NotAllowed("with_administrator")
        receiver, why = _receiver(session, found, to, None, now=now)
        if why is not None:
            raise Invalid(why.code, field="/to", **why.facts)
        code = "leg.redirected" if leg.held_by == HeldBy.ASKER else "leg.settled"
        because = Because(code, {"name": receiver.target.name})
        carried = carrying.carry(session, found, leg, receiver, because=because, now=now)
        facts = {"because": because.as_json(), "wrong_way": False}
        events = [*carried.events, Happened(EventKind.FORWARDED, actor.account_id, carried.leg.id, facts)]
        _finish(session, found, carried.leg, receiver, events=events, by=actor.account_id, now=now)
        _audit(session, actor, found, Action.REDIRECT, now=now)
        _audit(session, actor, found, Action.FORWARD, now=now)


def _examine(wish: Wish) -> None:
    if wish.text.strip():
        incoming.written(wish.text, "/text", longest=LONGEST_TEXT)


def _leavable(session: Session, reference: str, actor: Actor, action: Action) -> Found:
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, action, found.scope)
    if found.leg.state == LegState.HANDED_BACK:
        raise Conflict("moved_on")
    if found.leg.state not in MAY_LEAVE:
        raise Conflict("is_closed" if found.leg.state == LegState.CLOSED else "not_open")
    if meetings.open_as(session, found.inquiry.id, MeetingState.BOOKED) is not None:
        raise Conflict("meeting_booked")
    if next_steps.open_of(session, found.inquiry.id, leg_id=found.leg.id):
        raise Conflict("steps_left")
    return found


def _held(session: Session, reference: str, actor: Actor) -> Found:
    found = queries.find(session, reference, actor, for_change=True)
    held = next((one for one in found.legs if one.state == LegState.HANDED_BACK), None)
    if held is None:
        access.require(actor, Action.REDIRECT, found.scope)
        raise Conflict("not_held")
    return Found(found.inquiry, held, found.legs, queries.scope_of(found.inquiry, held))


def _receiver(
    session: Session, found: Found, to: str, leaving: Leg | None, *, now: datetime
) -> tuple[Receiver, Because | None]:
    """The way in, and why a question of this asker may not go there; None when it may.

    Within the leaving party a mailbox is reached also by who may not ask it from outside.
    Raises Invalid("no_way_chosen", "unknown_entry_point", "same_mailbox", "invited_already").
    """
    if not to:
        raise Invalid("no_way_chosen", field="/to")
    receiver = targets.named(session, to, calendars.local_date(now))
    if receiver is None:
        raise Invalid("unknown_entry_point", field="/to", entry_point=to[:80])
    target = receiver.target
    if leaving is not None and target.mailbox_id == leaving.mailbox_id:
        raise Invalid("same_mailbox", field="/to")
    has_it = {one.mailbox_id for one in found.live if one.left_at is None and one is not leaving}
    if target.mailbox_id in has_it:
        raise Invalid("invited_already", field="/to", name=target.name)
    inquiry = found.inquiry
    asker = carrying.side_of(session, inquiry)
    wanted = routing.Wanted(
        asker.party_id, asker.kind, target.party_id, inquiry.topic, inquiry.area, inquiry.kind
    )
    decision = routing.named(target, wanted)
    if isinstance(decision, routing.RouteDecision):
        return receiver, None
    is_own = leaving is not None and target.party_id == leaving.party_id
    if is_own and target.status == routing.ACTIVE and target.mailbox_id is not None:
        return receiver, None
    return receiver, decision.because


def _move(
    session: Session,
    found: Found,
    receiver: Receiver,
    because: Because,
    *,
    wish: Wish,
    actor: Actor,
    wrong_way: bool,
    now: datetime,
) -> None:
    """Carry the question on, or keep it for an administrator when it has gone round."""
    around = rules.goes_round(rules.passed(found.legs, found.leg.id), str(receiver.target.mailbox_id))
    if around:
        _hold(session, found, receiver, Because(around, because.facts), wish=wish, actor=actor, now=now)
        if not wrong_way:
            _audit(session, actor, found, Action.HAND_BACK, now=now)
        return
    former = found.leg
    carried = carrying.carry(session, found, former, receiver, because=because, now=now)
    facts = {"because": because.as_json(), "wrong_way": wrong_way}
    events = [*carried.events, Happened(EventKind.FORWARDED, actor.account_id, carried.leg.id, facts)]
    events += _say(session, found, carried.leg, wish, actor=actor, now=now)
    _finish(session, found, carried.leg, receiver, events=events, by=actor.account_id, now=now)


def _hold(
    session: Session,
    found: Found,
    receiver: Receiver | None,
    because: Because,
    *,
    wish: Wish,
    actor: Actor,
    now: datetime,
) -> None:
    inquiry, leg = found.inquiry, found.leg
    by = HeldBy.ASKER if because.code == "leg.handed_back" else HeldBy.ADMINISTRATOR
    events = carrying.leave(session, leg, LegState.HANDED_BACK, now=now)
    leg.held_by = by.value
    facts = {
        "because": because.as_json(),
        "held_by": by.value,
        "suggested": receiver.target.entry_point_id if receiver else "",
    }
    seq_of = len(events) + 1
    events.append(Happened(EventKind.HANDED_BACK, actor.account_id, leg.id, facts))
    events += _say(session, found, leg, wish, actor=actor, now=now)
    # Whoever has let go of the question answers no times for it.
    followed = following.goes_on(session, found, leg, None, by=actor.account_id, now=now)
    events += following.events_of(followed)
    last = history.append(session, inquiry, events, state=found.state, at=now)
    following.tell(session, followed, inquiry, seq=last, now=now)
    seq = last - len(events) + seq_of
    told = letters.askers_of(session, inquiry, now=now)
    about = {"reference": inquiry.reference, "path": letters.path_of(inquiry.reference)}
    letters.write(
        session,
        [letters.Letter("handed_back", address, inquiry.id, seq, about) for address in told],
        now=now,
    )


def _say(
    session: Session, found: Found, leg: Leg, wish: Wish, *, actor: Actor, now: datetime
) -> list[Happened]:
    """Store what was said: a note for the receiver within the party, else a message that the asker reads too."""
    if not wish.text.strip():
        return []
    former = found.leg
    unit_id = str(session.scalar(sa.select(Mailbox.unit_id).where(Mailbox.id == former.mailbox_id)))
    inquiry_id, by = found.inquiry.id, actor.account_id
    if wish.is_inside and leg.party_id == former.party_id:
        note = Note(
            inquiry_id=inquiry_id,
            unit_id=unit_id,
            mailbox_id=leg.mailbox_id,
            by_account_id=by,
            body=wish.text,
            at=now,
        )
        session.add(note)
        _audit(session, actor, found, Action.NOTE, now=now)
        return [Happened(EventKind.NOTED, by, leg.id, {"mailbox_id": leg.mailbox_id})]
    message = Message(
        inquiry_id=inquiry_id,
        leg_id=leg.id,
        kind="explanation",
        from_unit_id=unit_id,
        from_party_id=former.party_id,
        by_account_id=by,
        body=wish.text,
        at=now,
    )
    session.add(message)
    return [Happened(EventKind.EXPLAINED, by, leg.id)]


def _finish(
    session: Session,
    found: Found,
    leg: Leg,
    receiver: Receiver,
    *,
    events: list[Happened],
    by: int,
    now: datetime,
) -> None:
    """Append the history and write to the mailbox that has the question now; it answers what times are proposed."""
    inquiry = found.inquiry
    state = rules.state_of([*(one.state for one in found.legs), leg.state])
    followed = following.goes_on(session, found, found.leg, leg, by=by, now=now)
    events = [*events, *following.events_of(followed)]
    last = history.append(session, inquiry, events, state=state, at=now)
    following.tell(session, followed, inquiry, seq=last, now=now)
    place = next(n for n, one in enumerate(events, start=1) if one.kind is EventKind.FORWARDED)
    facts = {
        "reference": inquiry.reference,
        "path": letters.path_of(inquiry.reference),
        "respond_by": rfc3339(leg.due_at) if leg.due_at else None,
    }
    seq = last - len(events) + place
    letters.write(
        session, [letters.Letter("forwarded", str(receiver.address), inquiry.id, seq, facts)], now=now
    )


def _count(session: Session, leg: Leg, now: datetime) -> None:
    """That a question came to the wrong way in stands on the board beside the promises."""
    changes: tallies.Changes = tallies.Changes()
    tallies.count(
        changes, mailbox_id=leg.mailbox_id, party_id=leg.party_id, measure=tallies.HANDED_BACK, at=now
    )
    tallies.write(session, changes)


def _audit(session: Session, actor: Actor, found: Found, action: Action, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
    audit.record(session, [deed], now=now)
