"""Letters of the directory's upkeep: is this right, is it right still, and what has come into doubt.

The directory leaves rows; here they become letters. Each step is one transaction with its letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.database import Database, table
from config.words import STOCKHOLM, rfc3339
from directory.records import confirmations, doubts
from directory.records.accounts import Account, Grant
from directory.records.confirmations import Due
from directory.records.models import EntryPoint, Party
from directory.rules.terms import Role
from router.records import letters
from router.records.letters import Letter

# So many ways in a round: a directory that was just read in asks its mailboxes over some hours, not at once.
BATCH = 10
GRANT, ACCOUNT, POINT, PARTY = map(table, (Grant, Account, EntryPoint, Party))


@dataclass(frozen=True, slots=True)
class Written:
    """How many ways in were asked about for the first time, once more, and how many doubts were told."""

    asked: int = 0
    reminded: int = 0
    doubted: int = 0


def write(database: Database, now: datetime, *, batch: int = BATCH) -> Written:
    """One round. The same way in is asked about once in a cycle and reminded of once, whoever works beside this."""
    return Written(
        _step(database, lambda session: _ask(session, now, batch)),
        _step(database, lambda session: _remind(session, now, batch)),
        alarm(database, now, batch=batch),
    )


def alarm(database: Database, now: datetime, *, batch: int = BATCH) -> int:
    """Tell those who answer for a way in, and the administrators, what has put it in doubt."""
    return _step(database, lambda session: _alarm(session, now, batch))


def _step(database: Database, work: Callable[[Session], int]) -> int:
    try:
        with database.writing() as session:
            return work(session)
    except IntegrityError:
        # Another worker has asked the same mailbox this very moment; what is left comes in the next round.
        return 0


def _ask(session: Session, now: datetime, batch: int) -> int:
    ones = confirmations.due(session, now.astimezone(STOCKHOLM).date(), batch)
    begun = confirmations.begin(session, ones, now)
    _write(session, begun, now, again=False)
    return len(begun)


def _remind(session: Session, now: datetime, batch: int) -> int:
    ones = confirmations.to_remind(session, now, batch)
    _write(session, ones, now, again=True)
    return len(ones)


def _write(session: Session, ones: Iterable[Due], now: datetime, *, again: bool) -> None:
    """One letter to each keeper and owner, each with a link of its own."""
    known = list(ones)
    people = letters.people_of(session, {one.mailbox_id for one in known}, now=now) if known else {}
    letters.write(
        session,
        [
            Letter("confirm", address, None, 0, _facts(session, one, again), _about(one, again))
            for one in known
            for address in people.get(one.mailbox_id, ())
        ],
        now=now,
    )


def _about(one: Due, again: bool) -> str:
    return f"confirmation:{one.id}{':again' if again else ''}"


def _facts(session: Session, one: Due, again: bool) -> dict[str, Any]:
    return {
        "path": f"/bekrafta/{confirmations.link(session, one.id)}",
        "name": one.name,
        "party": one.party,
        "verified_on": one.verified_on.isoformat() if one.verified_on else None,
        "again": again,
    }


def _alarm(session: Session, now: datetime, batch: int) -> int:
    rows = doubts.untold(session, batch)
    if not rows:
        return 0
    found = session.execute(
        sa.select(POINT.c.id, POINT.c.name, POINT.c.party_id, POINT.c.mailbox_id, PARTY.c.name.label("party"))
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .where(POINT.c.id.in_({row.entry_point_id for row in rows}))
    )
    points = {row.id: row for row in found}
    told = _answering(session, points.values(), now)
    letters.write(
        session,
        [
            Letter("doubted", address, None, 0, _doubt(row, points[row.entry_point_id]), f"doubt:{row.id}")
            for row in rows
            for address in told[row.entry_point_id]
        ],
        now=now,
    )
    doubts.tell(session, [row.id for row in rows], now)
    return len(rows)


def _doubt(row: Any, point: Any) -> dict[str, Any]:
    return {
        "path": f"/vag-in/{point.id}",
        "name": point.name,
        "party": point.party,
        "cause": row.cause,
        "at": rfc3339(row.at),
    }


def _answering(session: Session, points: Iterable[Any], now: datetime) -> Mapping[str, tuple[str, ...]]:
    """For each way in its owners, its party's administrators and all administrators: persons, never the mailbox."""
    rows = session.execute(
        sa.select(GRANT.c.role, GRANT.c.target_id, ACCOUNT.c.email)
        .join(ACCOUNT, ACCOUNT.c.id == GRANT.c.account_id)
        .where(
            GRANT.c.role.in_((Role.OWNER.value, Role.PARTY_ADMINISTRATOR.value, Role.ADMINISTRATOR.value)),
            GRANT.c.valid_from <= now,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now),
            ACCOUNT.c.is_active,
        )
        .order_by(GRANT.c.id)
    ).all()

    def told(point: Any) -> tuple[str, ...]:
        wanted = {
            (Role.OWNER.value, point.mailbox_id),
            (Role.PARTY_ADMINISTRATOR.value, point.party_id),
        }
        answering = (
            row.email for row in rows if row.role == Role.ADMINISTRATOR or (row.role, row.target_id) in wanted
        )
        return tuple(dict.fromkeys(answering))

    return {point.id: told(point) for point in points}
