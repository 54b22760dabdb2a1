"""How a person is reminded, and what is theirs to choose: at once, once a day, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Invalid
from directory.records.accounts import Account
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.terms import Role
from router.mail.wording import LANGUAGES
from router.records import reminders
from router.records.reminders import ReminderChoice
from router.rules import escalation
from router.rules.escalation import DEFAULT_PLAN, Plan, Way

CHOICE, MAILBOX, ACCOUNT = table(ReminderChoice), table(Mailbox), table(Account)
ABOVE = (Role.OWNER, Role.PARTY_ADMINISTRATOR, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to choose for. An empty mailbox is all that is told to superiors and administrators."""

    mailbox_id: str
    name: str
    way: Way
    is_owner: bool = False
    plan: Plan = DEFAULT_PLAN


def mine(database: Database, actor: Actor) -> tuple[Row, ...]:
    """Everything this person may be reminded of, with the plan behind it and what they have chosen."""
    access.require_open(actor, Action.CHOOSE_REMINDERS, Scope())
    with database.reading() as session:
        names = _names(session, actor)
        plans = reminders.plans_of(session, actor.mailbox_ids, ())
        ways = _ways(session, actor)
    owned = actor.targets(Role.OWNER)
    rows = [
        Row(
            one,
            names[one],
            ways.get(one, Way.AT_ONCE),
            one in owned,
            escalation.choose(plans, mailbox_id=one, agreement_id=None),
        )
        for one in sorted(names, key=lambda one: names[one])
    ]
    if actor.targets(*ABOVE):
        rows.append(Row("", "", ways.get("", Way.AT_ONCE)))
    return tuple(rows)


def language(database: Database, actor: Actor) -> str:
    """In which language letters come to this person."""
    access.require_open(actor, Action.CHOOSE_REMINDERS, Scope())
    with database.reading() as session:
        return str(session.scalar(sa.select(Account.language).where(Account.id == actor.account_id)))


def choose_language(database: Database, wanted: str, actor: Actor, *, now: datetime) -> None:
    """From now on letters come in this language; those that have been made stay as they are.

    Raises Invalid("unknown_language").
    """
    access.require_open(actor, Action.CHOOSE_REMINDERS, Scope())
    if wanted not in LANGUAGES:
        raise Invalid("unknown_language", field="/language")
    with database.writing() as session:
        mine = sa.and_(Account.id == actor.account_id, Account.language != wanted)
        done = session.connection().execute(sa.update(ACCOUNT).where(mine).values(language=wanted))
        if done.rowcount:
            deed = audit.Deed(
                actor.account_id,
                Action.CHOOSE_REMINDERS,
                "account",
                str(actor.account_id),
                facts={"language": wanted},
            )
            audit.record(session, [deed], now=now)


def choose(database: Database, ways: Mapping[str, str], actor: Actor, *, now: datetime) -> None:
    """Keep what a person has chosen, for what they are reminded of only. What is not named stays as it is.

    Raises Invalid("unknown_way").
    """
    access.require_open(actor, Action.CHOOSE_REMINDERS, Scope())
    theirs = {*actor.mailbox_ids, *([""] if actor.targets(*ABOVE) else [])}
    try:
        wanted = {one: Way(way) for one, way in ways.items() if one in theirs}
    except ValueError:
        raise Invalid("unknown_way", field="/ways") from None
    with database.writing() as session:
        stood = _ways(session, actor)
        changed = {one: way for one, way in wanted.items() if stood.get(one, Way.AT_ONCE) is not way}
        if not changed:
            return
        mine = CHOICE.c.account_id == actor.account_id
        session.execute(sa.delete(CHOICE).where(mine, CHOICE.c.mailbox_id.in_(changed)))
        rows = [
            {"account_id": actor.account_id, "mailbox_id": one, "way": str(way)}
            for one, way in changed.items()
        ]
        session.execute(sa.insert(CHOICE), rows)
        facts = {one or "above": str(way) for one, way in changed.items()}
        deed = audit.Deed(
            actor.account_id, Action.CHOOSE_REMINDERS, "account", str(actor.account_id), facts=facts
        )
        audit.record(session, [deed], now=now)


def _names(session: Session, actor: Actor) -> dict[str, str]:
    rows = session.execute(sa.select(MAILBOX.c.id, MAILBOX.c.name).where(MAILBOX.c.id.in_(actor.mailbox_ids)))
    return {row.id: row.name for row in rows}


def _ways(session: Session, actor: Actor) -> dict[str, Way]:
    rows = session.execute(
        sa.select(CHOICE.c.mailbox_id, CHOICE.c.way).where(CHOICE.c.account_id == actor.account_id)
    )
    return {row.mailbox_id: Way(row.way) for row in rows}
