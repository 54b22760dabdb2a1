"""What lets an inquiry's promises stand still, moves them or explains them, as one person is shown it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records.joined import went_on_in
from router.records.models import Breach, Deadline, Extension, Leg
from router.rules import pausing
from router.rules.shown import BreachView, ExtensionView, MovedView, PauseView
from router.rules.terms import ExtensionState, LegState

PAUSABLE = frozenset({LegState.CLAIMED, LegState.ANSWERED})
NOTHING = MovedView()


def moved(
    session: Session, leg: Leg, deadlines: Sequence[Deadline], actor: Actor, *, now: datetime
) -> MovedView:
    """Of the promises the person sees: pauses, proposals, breaches, and what may be done with the leg's own."""
    running = [one for one in deadlines if _is_running(one, now)]
    standing = [(one, span) for one in running if (span := pausing.still(pausing.read(one.pauses), now))]
    proposals = _proposals(session, running)
    waiting = {one.deadline_id for one in proposals}
    own = [one for one in running if one.leg_id == leg.id]
    paused = any(one.leg_id == leg.id for one, _ in standing)
    return MovedView(
        paused=tuple(dict.fromkeys(PauseView(span.to_at, span.reason) for _, span in standing)),
        proposals=proposals,
        breaches=_breaches(session, deadlines, actor),
        can_pause=leg.state in PAUSABLE and bool(own) and not paused,
        can_resume=paused,
        went_on_in=went_on_in(session, leg.inquiry_id) if leg.state == LegState.CLOSED else None,
        extendable=tuple(dict.fromkeys(one.kind for one in own if one.id not in waiting)),
    )


def paused_until(deadline: Deadline, now: datetime) -> datetime | None:
    """Until when the clock of an open promise stands still."""
    span = pausing.still(pausing.read(deadline.pauses), now) if deadline.stopped_at is None else None
    return span.to_at if span else None


def _is_running(deadline: Deadline, now: datetime) -> bool:
    is_open = deadline.stopped_at is None and not deadline.breached
    return is_open and deadline.due_at >= now and deadline.kind in pausing.KINDS


def _proposals(session: Session, running: Sequence[Deadline]) -> tuple[ExtensionView, ...]:
    if not running:
        return ()
    of = {one.id: one for one in running}
    rows = session.scalars(
        sa.select(Extension)
        .where(Extension.deadline_id.in_(of), Extension.state == ExtensionState.PROPOSED.value)
        .order_by(Extension.id)
    )
    return tuple(
        ExtensionView(
            one.id,
            one.deadline_id,
            of[one.deadline_id].kind,
            of[one.deadline_id].due_at,
            one.to_at,
            one.reason,
        )
        for one in rows
    )


def _breaches(session: Session, deadlines: Sequence[Deadline], actor: Actor) -> tuple[BreachView, ...]:
    broken = [one.id for one in deadlines if one.breached]
    if not broken:
        return ()
    rows = session.scalars(sa.select(Breach).where(Breach.deadline_id.in_(broken)).order_by(Breach.id))
    return tuple(
        BreachView(
            one.id,
            one.kind,
            one.due_at,
            one.cause,
            one.comment,
            may_explain=access.may(actor, Action.GIVE_CAUSE, Scope(mailbox_ids=frozenset({one.mailbox_id}))),
        )
        for one in rows
    )
