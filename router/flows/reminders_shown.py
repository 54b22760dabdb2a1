"""What has been said about an inquiry's promises: by which step of whose plan, in which role, and to how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.errors import NotAllowed
from directory.rules import access
from directory.rules.access import Action, Actor, Relation
from router.records import queries, told
from router.records.models import Deadline, OutgoingMail
from router.rules.escalation import Told, When
from router.rules.terms import MailState

DEADLINE, MAIL, REMINDER = table(Deadline), table(OutgoingMail), told.REMINDER
# How a letter of the watch reads as a reminder: it is written at once, and may still wait for working hours.
WRITTEN = frozenset({MailState.SENT.value, MailState.LEASED.value, MailState.UNCERTAIN.value})


@dataclass(frozen=True, slots=True)
class Said:
    """A step as it was said to those in one role. `step` is its key, `plan` a word for whose it is."""

    promise: str
    step: str
    plan: str
    told: str
    state: str
    at: datetime
    count: int
    to_me: bool

    @property
    def when(self) -> str:
        return self.step.partition(":")[0]

    @property
    def amount(self) -> int:
        return int(self.step.partition(":")[2] or 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything said of one inquiry, oldest first."""

    reference: str
    said: tuple[Said, ...]


def shown(database: Database, reference: str, actor: Actor) -> Shown:
    """What was said, for those it was said to and those above them; whom the asker's promises hold has no part in it.

    Raises NotFound, NotAllowed.
    """
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        # Who asks belongs to a party of the inquiry as well.
        if access.require(actor, Action.SEE, found.scope) <= {Relation.ASKING, Relation.BELONGING}:
            raise NotAllowed()
        rows = [*_breaches(session, found.inquiry.id), *_steps(session, found.inquiry.id)]
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    at: dict[tuple[str, str, str, str, str], datetime] = {}
    mine = set()
    for key, moment, recipient in rows:
        counts[key] += 1
        at[key] = min(moment, at.get(key, moment))
        if recipient == actor.email:
            mine.add(key)
    said = [Said(*key, at=at[key], count=n, to_me=key in mine) for key, n in counts.items()]
    return Shown(found.inquiry.reference, tuple(sorted(said, key=lambda one: (one.at, one.step, one.told))))


Line = tuple[tuple[str, str, str, str, str], datetime, str]


def _breaches(session: Session, inquiry_id: int) -> Iterator[Line]:
    statement = sa.select(MAIL.c.facts, MAIL.c.recipient, MAIL.c.created_at, MAIL.c.state).where(
        MAIL.c.inquiry_id == inquiry_id, MAIL.c.letter == "reminder"
    )
    for row in session.execute(statement):
        facts: dict[str, Any] = row.facts
        state = (
            "written" if row.state in WRITTEN else "failed" if row.state == MailState.FAILED else "waiting"
        )
        plan, role = facts.get("plan", "default"), facts.get("role", str(Told.KEEPERS))
        yield (facts["promise"], str(When.BREACH), plan, role, state), row.created_at, row.recipient


def _steps(session: Session, inquiry_id: int) -> Iterator[Line]:
    statement = (
        sa.select(REMINDER, DEADLINE.c.kind)
        .join_from(REMINDER, DEADLINE, DEADLINE.c.id == REMINDER.c.deadline_id)
        .where(REMINDER.c.inquiry_id == inquiry_id)
    )
    for row in session.execute(statement):
        plan = row.plan.partition(":")[0]
        yield (row.kind, row.step, plan, row.told, row.state), row.made_at, row.recipient
