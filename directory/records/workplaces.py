"""Where people work: mailboxes with their units and parties, and who may stand in for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records import away
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from directory.rules.access import Actor, Scope
from directory.rules.terms import Role

ACCOUNT, GRANT, MAILBOX = table(Account), table(Grant), table(Mailbox)
Row = sa.Row[str, str, str, str, int | None]
Rows = Mapping[str, Row]


def mailboxes() -> sa.Select[str, str, str, str, int | None]:
    return sa.select(
        MAILBOX.c.id, MAILBOX.c.name, MAILBOX.c.unit_id, MAILBOX.c.party_id, MAILBOX.c.idle_hours
    )


def of(session: Session, account_id: int, now: datetime) -> Rows:
    """The mailboxes that a person works."""
    held = sa.select(GRANT.c.target_id).where(
        GRANT.c.account_id == account_id,
        GRANT.c.role.in_(away.DESK),
        away.in_force(sa.literal(now, GRANT.c.valid_from.type)),
    )
    return {row.id: row for row in session.execute(mailboxes().where(MAILBOX.c.id.in_(held)))}


def scope(row: Row) -> Scope:
    return Scope(mailbox_ids=frozenset({row.id}), party_ids=frozenset({row.party_id}))


def covers(session: Session, actor: Actor, whom: Mapping[int, str], boxes: Rows) -> dict[int, str]:
    """Who may stand in: who works at one of the mailboxes' units; an administrator chooses among the whole party.

    Secrecy holds between the units of an authority, so a keeper cannot let in just anybody.
    """
    units = {row.unit_id for row in boxes.values()}
    wide = {row.party_id for row in boxes.values() if _administers(actor, row.party_id)}
    there = sa.select(MAILBOX.c.id).where(MAILBOX.c.unit_id.in_(units))
    works = sa.or_(GRANT.c.target_id.in_(units), GRANT.c.target_id.in_(there), GRANT.c.party_id.in_(wide))
    rows = session.execute(
        sa.select(ACCOUNT.c.id, ACCOUNT.c.name)
        .join(GRANT, GRANT.c.account_id == ACCOUNT.c.id)
        .where(ACCOUNT.c.is_active, works, GRANT.c.valid_to.is_(None))
        .distinct()
    )
    alone = set(whom) if len(whom) == 1 else set[int]()
    return {row.id: row.name for row in rows if row.id not in alone}


def _administers(actor: Actor, party_id: str) -> bool:
    return actor.is_administrator or party_id in actor.targets(Role.PARTY_ADMINISTRATOR)
