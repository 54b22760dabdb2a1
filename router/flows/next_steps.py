"""Marking what was agreed at a meeting as done, or as not needed any more."""

from __future__ import annotations

from datetime import datetime

from config import audit
from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from directory.rules import access
from directory.rules.access import Action, Actor, Relation
from router.records import history, queries, steps_shown
from router.records import next_steps as records
from router.records.history import Happened
from router.rules.next_steps import DueStep, StepState, state_of
from router.rules.terms import EventKind

__all__ = ["DueStep", "done", "due", "withdraw"]


def done(database: Database, reference: str, step_id: int, actor: Actor, *, now: datetime) -> None:
    """Mark a step as done: by the side whose it is, or by the asker, who knows what it has got.

    A promise is kept or broken by this moment. Raises NotFound("no_step"), NotAllowed("not_your_step"),
    Conflict("step_is_over").
    """
    _end(database, reference, step_id, actor, withdrawn=False, now=now)


def withdraw(database: Database, reference: str, step_id: int, actor: Actor, *, now: datetime) -> None:
    """Say that a step is not needed any more: the asker's to say, as it was promised to the asker.

    A promise that was broken stays broken. Raises what `done` raises.
    """
    _end(database, reference, step_id, actor, withdrawn=True, now=now)


def due(database: Database, actor: Actor, *, now: datetime) -> tuple[DueStep, ...]:
    """Open steps in inquiries of the actor's units that are due within two days or have passed, earliest first."""
    if not actor.unit_ids:
        return ()
    with database.reading() as session:
        return steps_shown.due(session, actor.unit_ids, now=now)


def _end(
    database: Database, reference: str, step_id: int, actor: Actor, *, withdrawn: bool, now: datetime
) -> None:
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        held = access.require(actor, Action.MEET, found.scope)
        row = records.find(session, found.inquiry.id, step_id)
        if row is None:
            raise NotFound("no_step")
        step, participant = row
        mailboxes = {leg.id: leg.mailbox_id for leg in found.legs}
        _, may = steps_shown.may_end(participant, held, actor, mailboxes)
        if not may or (withdrawn and Relation.ASKING not in held):
            raise NotAllowed("not_your_step")
        if state_of(step.done_at, step.withdrawn_at) is not StepState.OPEN:
            raise Conflict("step_is_over")
        events = records.end(session, found, step, withdrawn=withdrawn, by=actor.account_id, now=now)
        facts = {"state": StepState.WITHDRAWN.value} if withdrawn else {}
        leg_id = participant.leg_id if step.deadline_id else None
        events.append(Happened(EventKind.STEP_DONE, actor.account_id, leg_id, facts))
        history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        deed = audit.Deed(actor.account_id, "meeting.step_done", "inquiry", found.inquiry.reference)
        audit.record(session, [deed], now=now)
