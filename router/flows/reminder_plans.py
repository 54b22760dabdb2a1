"""The plans by which mailboxes and agreements remind: reading, changing and giving up one of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Conflict, NotFound
from directory.records.models import Agreement, Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import reminders
from router.records.models import Deadline, Inquiry, Leg
from router.rules import escalation
from router.rules.escalation import DEFAULT_PLAN, Plan, Step

AGREEMENT, MAILBOX, DEADLINE, INQUIRY, LEG = map(table, (Agreement, Mailbox, Deadline, Inquiry, Leg))
PLAN = reminders.PLAN


@dataclass(frozen=True, slots=True)
class Owner:
    """What a plan belongs to: `mailbox` or `agreement`, and its id."""

    kind: str
    id: str

    @property
    def source(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Form:
    """The plan that holds, whether it is its own (version 0: it is not), and how many open deadlines follow it."""

    owner: Owner
    name: str
    plan: Plan
    version: int
    open_count: int

    @property
    def is_own(self) -> bool:
        return self.version > 0


def form(database: Database, owner: Owner, actor: Actor) -> Form:
    """Raises NotFound, NotFound("no_agreement"), NotAllowed."""
    with database.reading() as session:
        name = _allowed(session, owner, actor)
        row = _row(session, owner)
        plan = escalation.read(row.id, row.steps, since=row.changed_at) if row else DEFAULT_PLAN
        count = session.scalar(sa.select(sa.func.count()).select_from(_open(owner).subquery())) or 0
    return Form(owner, name, plan, row.version if row else 0, count)


def save(
    database: Database, owner: Owner, steps: Sequence[Step], actor: Actor, *, version: int, now: datetime
) -> Plan:
    """Let a plan of its own hold from now on; open deadlines are counted by it, what was said stands.

    Raises Invalid as `escalation.make` does, Conflict("changed_meanwhile") when the plan is no longer the
    version that was seen.
    """
    plan = escalation.make(owner.source, steps, since=now)
    values = {"steps": escalation.as_json(plan), "changed_at": now, "by_account_id": actor.account_id}
    with database.writing() as session:
        _allowed(session, owner, actor)
        row = _row(session, owner)
        if (row.version if row else 0) != version:
            raise Conflict("changed_meanwhile")
        if row is None:
            session.execute(sa.insert(PLAN), {"id": owner.source, "version": 1, **values})
        else:
            done = session.connection().execute(
                sa.update(PLAN)
                .where(PLAN.c.id == owner.source, PLAN.c.version == version)
                .values(version=version + 1, **values)
            )
            if done.rowcount != 1:
                raise Conflict("changed_meanwhile")
        _count_again(session, owner)
        facts = {"before": row.steps if row else "default", "after": values["steps"]}
        _audit(session, actor, owner, facts, now=now)
    return plan


def give_up(database: Database, owner: Owner, actor: Actor, *, now: datetime) -> None:
    """Follow the common plan again. Raises Conflict("no_own_plan")."""
    with database.writing() as session:
        _allowed(session, owner, actor)
        row = _row(session, owner)
        if row is None:
            raise Conflict("no_own_plan")
        session.execute(sa.delete(PLAN).where(PLAN.c.id == owner.source))
        _count_again(session, owner)
        facts = {"before": row.steps, "after": "default"}
        _audit(session, actor, owner, facts, now=now)


def _allowed(session: Session, owner: Owner, actor: Actor) -> str:
    """The name of what the plan belongs to, for somebody who may change it."""
    if owner.kind == "mailbox":
        statement = sa.select(MAILBOX.c.name, MAILBOX.c.party_id).where(MAILBOX.c.id == owner.id)
        found = session.execute(statement).one_or_none()
        if found is None:
            raise NotFound()
        scope = Scope(mailbox_ids=frozenset({owner.id}), party_ids=frozenset({found.party_id}))
        access.require_open(actor, Action.PLAN_REMINDERS, scope)
        return str(found.name)
    access.require_open(actor, Action.PLAN_REMINDERS, Scope())
    statement = sa.select(AGREEMENT.c.name).where(AGREEMENT.c.id == owner.id, AGREEMENT.c.is_current)
    name: str | None = session.scalar(statement)
    if name is None:
        raise NotFound("no_agreement")
    return name


def _row(session: Session, owner: Owner) -> Any:
    return session.execute(sa.select(PLAN).where(PLAN.c.id == owner.source)).one_or_none()


def _open(owner: Owner) -> sa.Select[Any]:
    """The open deadlines of a mailbox or an agreement, found by what is indexed."""
    asked = (
        sa.select(LEG.c.inquiry_id).where(LEG.c.mailbox_id == owner.id)
        if owner.kind == "mailbox"
        else sa.select(INQUIRY.c.id).where(INQUIRY.c.agreement_id == owner.id)
    )
    found = sa.select(DEADLINE.c.id).where(DEADLINE.c.inquiry_id.in_(asked), DEADLINE.c.stopped_at.is_(None))
    return found.where(DEADLINE.c.mailbox_id == owner.id) if owner.kind == "mailbox" else found


def _count_again(session: Session, owner: Owner) -> None:
    # Locked in one order first, so that an answer to two promises and this cannot wait for one another.
    ids = session.scalars(_open(owner).order_by(DEADLINE.c.id).with_for_update(of=DEADLINE)).all()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        session.execute(sa.update(DEADLINE).where(DEADLINE.c.id.in_(some)).values(planned_for=None))


def _audit(session: Session, actor: Actor, owner: Owner, facts: dict[str, Any], *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, Action.PLAN_REMINDERS, owner.kind, owner.id, facts=facts)
    audit.record(session, [deed], now=now)
