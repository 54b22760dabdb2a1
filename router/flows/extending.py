"""A later day for a promise: proposed by the desk, agreed to or refused by the asker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from config.words import rfc3339
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import clocks, history, letters, promises, queries
from router.records.history import Happened
from router.records.models import Deadline, Extension, Leg
from router.rules import extending
from router.rules.terms import EventKind, ExtensionReason, ExtensionState

ANSWERS = {True: EventKind.EXTENSION_AGREED, False: EventKind.EXTENSION_REFUSED}
STATES = {True: ExtensionState.AGREED, False: ExtensionState.REFUSED}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which of the leg's promises is to be moved, to what day, and why."""

    kind: str
    to: date
    reason: str


def propose(database: Database, reference: str, wish: Proposal, actor: Actor, *, now: datetime) -> None:
    """Propose a later day for one of the leg's promises. Until the asker agrees nothing changes but the history.

    Raises Invalid for the day and the reason, Conflict("nothing_to_extend") also for what has passed,
    Conflict("already_proposed"), Conflict("extended_enough").
    """
    if wish.reason not in tuple(ExtensionReason):
        raise Invalid("unknown_choice", field="/reason", choices=", ".join(ExtensionReason))
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.EXTEND, found.scope)
        deadline = _of_kind(session, found.leg, wish.kind)
        states = _states(session, deadline)
        if ExtensionState.PROPOSED in states:
            raise Conflict("already_proposed")
        to_at = extending.moved_to(
            wish.to,
            due_at=deadline.due_at,
            times=states.count(ExtensionState.AGREED),
            calendar=clocks.calendar_of(session, deadline),
            now=now,
        )
        session.add(
            Extension(
                deadline_id=deadline.id,
                inquiry_id=found.inquiry.id,
                was_due_at=deadline.due_at,
                to_at=to_at,
                reason=wish.reason,
                state=ExtensionState.PROPOSED.value,
                proposed_by=actor.account_id,
                proposed_at=now,
            )
        )
        session.flush()
        facts = {"promise": deadline.kind, "to_at": rfc3339(to_at)}
        more = facts | {"reason": wish.reason, "was_due_at": rfc3339(deadline.due_at)}
        events = [Happened(EventKind.EXTENSION_PROPOSED, actor.account_id, found.leg.id, more)]
        seq = history.append(session, found.inquiry, events, state=found.state, at=now)
        inquiry = found.inquiry
        told = letters.askers_of(session, inquiry, now=now)
        sent = [_letter("extension_proposed", one, found, facts, seq=seq) for one in told]
        letters.write(session, sent, now=now)
        _audit(session, actor, Action.EXTEND, found, now=now)


def answer(
    database: Database, reference: str, extension_id: int, *, agrees: bool, actor: Actor, now: datetime
) -> None:
    """Agree to a proposed day, or refuse it. A promise that has passed meanwhile is broken and stays so.

    Raises Conflict("no_proposal") when nothing waits for this answer any longer.
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.AGREE, found.scope)
        extension, deadline, leg = _proposed(session, found, extension_id, now)
        extension.state = STATES[agrees].value
        extension.answered_by = actor.account_id
        extension.answered_at = now
        if agrees:
            deadline.extended_by = extension.id
            deadline.extended_to = extension.to_at
            session.flush()
            clocks.recount(session, deadline)
            session.flush()
            promises.point(leg, promises.open_at(session, leg))
        session.flush()
        facts = {"promise": deadline.kind, "to_at": rfc3339(extension.to_at)}
        more = facts | {"due_at": rfc3339(deadline.due_at), "agreed": agrees}
        events = [Happened(ANSWERS[agrees], actor.account_id, leg.id, more)]
        seq = history.append(session, found.inquiry, events, state=found.state, at=now)
        address = session.scalar(sa.select(Mailbox.address).where(Mailbox.id == leg.mailbox_id))
        letters.write(session, [_letter("extension_answered", str(address), found, more, seq=seq)], now=now)
        _audit(session, actor, Action.AGREE, found, now=now)


def _of_kind(session: Session, leg: Leg, kind: str) -> Deadline:
    """The leg's open promise of a kind; of two, the asker's and the leg's own, the earlier."""
    if kind not in extending.KINDS:
        raise Invalid("unknown_choice", field="/promise", choices=", ".join(sorted(extending.KINDS)))
    for one in promises.open_at(session, leg):
        if one.kind == kind and not one.breached:
            return one
    raise Conflict("nothing_to_extend")


def _states(session: Session, deadline: Deadline) -> list[str]:
    return list(session.scalars(sa.select(Extension.state).where(Extension.deadline_id == deadline.id)).all())


def _proposed(
    session: Session, found: queries.Found, extension_id: int, now: datetime
) -> tuple[Extension, Deadline, Leg]:
    row = session.execute(
        sa.select(Extension, Deadline, Leg)
        .join(Deadline, Deadline.id == Extension.deadline_id)
        .join(Leg, Leg.id == Deadline.leg_id)
        .where(
            Extension.id == extension_id,
            Extension.inquiry_id == found.inquiry.id,
            Extension.state == ExtensionState.PROPOSED.value,
            Deadline.stopped_at.is_(None),
            Deadline.breached == sa.false(),
            Deadline.due_at >= now,
        )
    ).one_or_none()
    if row is None:
        raise Conflict("no_proposal")
    extension, deadline, leg = row
    return extension, deadline, leg


def _letter(
    name: str, recipient: str, found: queries.Found, facts: Mapping[str, object], *, seq: int
) -> letters.Letter:
    reference = found.inquiry.reference
    known = {**facts, "reference": reference, "path": letters.path_of(reference)}
    return letters.Letter(name, recipient, found.inquiry.id, seq, known)


def _audit(session: Session, actor: Actor, action: Action, found: queries.Found, *, now: datetime) -> None:
    audit.record(session, [audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)], now=now)
