"""Asking by form or API: from an Incoming to an Inquiry with all that belongs to it, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from config.database import Database
from config.errors import NotAllowed
from directory.rules import access
from router.records import asking, references
from router.records.asking import NoWay, Plan
from router.records.models import Inquiry, Message
from router.rules import incoming
from router.rules.incoming import Incoming

__all__ = ["Asked", "NoWay", "Plan", "ask", "preview", "reserve"]

TRIES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asker is told at once; nothing has to be read back."""

    reference: str
    plan: Plan


def preview(database: Database, asked: Incoming, *, now: datetime) -> Plan:
    """What would happen if the question were sent now. The texts are not looked at.

    Raises Refused("no_route", …) when there is no way, Invalid for unknown unit or receiver.
    """
    with database.reading() as session:
        return asking.plan(session, asked, now)


def reserve() -> str:
    """A reference for a question that is still being written, so that sending it twice asks it once."""
    return references.make()


def ask(
    database: Database, asked: Incoming, actor: access.Actor, *, now: datetime, reserved: str | None = None
) -> Asked:
    """Store one question and everything that follows from it, or nothing at all.

    1. The guard: what may not be stored is refused before anything else is looked at.
    2. Route through the directory; the decision and its reason are kept in the Leg.
    3. Promises from the Agreement in force, whose version the Inquiry keeps.
    4. One transaction: Inquiry, Leg, Message, Deadlines, Event, letter, counters, audit.

    With a `reserved` reference the same question from the same person is stored once, however often it is sent.
    Raises Refused("protected_identity"), Invalid with the field, NotAllowed, Refused("no_route", …).
    """
    incoming.examine(asked)
    if not access.may(actor, access.Action.ASK, access.Scope(unit_id=asked.from_unit)):
        raise NotAllowed("not_your_unit", field="/from_unit", unit=asked.from_unit[:80])
    with database.reading() as session:
        plan = asking.plan(session, asked, now)
    for attempt in range(1, TRIES + 1):
        reference = reserved if reserved and attempt == 1 else references.make()
        try:
            with database.writing() as session:
                asking.store(session, asked, plan, reference, by=actor.account_id, now=now)
            return Asked(reference, plan)
        except IntegrityError:
            if reference == reserved and _is_stored(database, reference, asked, actor):
                return Asked(reference, plan)
            # One in 10^12 that the reference is taken. Anything else that clashes will do so every time.
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _is_stored(database: Database, reference: str, asked: Incoming, actor: access.Actor) -> bool:
    # What was changed before it was sent again is another question, and must not be lost.
    statement = (
        sa.select(Inquiry.subject, Message.body)
        .select_from(Inquiry)
        .join(Message, Message.inquiry_id == Inquiry.id)
        .where(Inquiry.reference == reference, Inquiry.asked_by == actor.account_id)
        .order_by(Message.id)
        .limit(1)
    )
    with database.reading() as session:
        row = session.execute(statement).one_or_none()
    return row is not None and tuple(row) == (asked.subject.strip(), asked.body)
