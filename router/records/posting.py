"""The rows of letters on their way: claimed by compare-and-set, given their bytes once, and what came of each."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records import doubts
from router.records import addressed, undelivered
from router.records.models import OutgoingMail
from router.rules.terms import MailState

KEPT = (
    *("id", "inquiry_id", "letter", "facts", "recipient", "message_id"),
    *("content", "created_at", "relay", "language"),
)
MAIL = table(OutgoingMail)
# Written as the partial index is, so that both databases see that it holds every row that is asked for.
OPEN = sa.text("state IN ('ready', 'leased', 'uncertain')")
OVER = frozenset({MailState.SENT, MailState.FAILED})
EARLIER = MAIL.alias("earlier")
# No letter of the same stream that was written before it is still on its way. One that was refused for good holds
# nothing up. An earlier letter never comes back, so what may be taken once may be taken from then on.
IS_NEXT = sa.or_(
    MAIL.c.stream.is_(None),
    ~sa.exists(1).where(
        EARLIER.c.stream == MAIL.c.stream,
        EARLIER.c.id < MAIL.c.id,
        sa.text("earlier.stream IS NOT NULL AND earlier.state IN ('ready', 'leased', 'uncertain')"),
    ),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row as it was when it was claimed; `attempts` counts this one already."""

    id: int
    inquiry_id: int | None
    letter: str
    facts: dict[str, Any]
    recipient: str
    message_id: str
    content: bytes | None
    was: MailState
    due_at: datetime
    attempts: int
    created_at: datetime
    lease: str
    # The only server it may go through; None is the ordinary one.
    relay: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is written down of one attempt. `emptied`: its bytes and facts are not kept any longer than they must."""

    state: MailState
    reply: str
    next_try_at: datetime | None = None
    # By the server, and for good.
    is_refused: bool = False
    emptied: dict[str, Any] | None = None


def claim(
    connection: sa.Connection,
    size: int,
    *,
    now: datetime,
    lease: timedelta,
    shut: Collection[str | None] = (),
) -> list[Claimed]:
    """Take the rows that are due, or whose lease has ended without an outcome, the one that waited longest first.

    Letters of one stream are taken one after another, in the order in which they were written: the next when the
    one before it is sent or has failed, whoever holds that one. `shut` are servers that nothing is sent to now;
    None is the ordinary one.
    """
    key = secrets.token_hex(16)
    is_due = sa.and_(OPEN, MAIL.c.next_try_at <= now, *_goes_beside(shut))
    due = sa.select(MAIL).where(is_due, IS_NEXT).order_by(MAIL.c.next_try_at, MAIL.c.id).limit(size)
    rows = {row.id: row for row in connection.execute(due.with_for_update(skip_locked=True))}
    if not rows:
        return []
    values = {"state": MailState.LEASED.value, "lease": key, "next_try_at": now + lease}
    taken = connection.execute(
        sa.update(MAIL)
        .where(MAIL.c.id.in_(rows), is_due)
        .values(attempts=MAIL.c.attempts + 1, **values)
        .returning(MAIL.c.id)
    )
    ids = set(taken.scalars())
    return [_claimed(row, key) for row in rows.values() if row.id in ids]


def _goes_beside(shut: Collection[str | None]) -> Iterable[sa.ColumnElement[bool]]:
    """Letters that go elsewhere. One without bytes may yet get a server of its own, if there is an agreement."""
    if None in shut:
        may_get = sa.and_(MAIL.c.content.is_(None), MAIL.c.recipient.in_(addressed.addresses_with_relay()))
        yield sa.or_(MAIL.c.relay.is_not(None), may_get)
    if named := sorted(filter(None, shut)):
        yield sa.or_(MAIL.c.relay.is_(None), MAIL.c.relay.not_in(named))


def _claimed(row: Any, lease: str) -> Claimed:
    kept = {name: getattr(row, name) for name in KEPT}
    attempts = row.attempts + 1
    return Claimed(was=MailState(row.state), due_at=row.next_try_at, attempts=attempts, lease=lease, **kept)


def keep_bytes(session: Session, rows: Sequence[Claimed]) -> None:
    """Fix the bytes that every attempt sends, their language and the one server that they may go through."""
    statement = (
        sa.update(MAIL)
        .where(*_held(sa.bindparam("of_id"), sa.bindparam("of_lease")))
        .values({name: sa.bindparam(f"to_{name}") for name in ("content", "relay", "language")})
    )
    values = [
        {
            "of_id": row.id,
            "of_lease": row.lease,
            "to_content": row.content,
            "to_relay": row.relay,
            "to_language": row.language,
        }
        for row in rows
    ]
    session.connection().execute(statement, values)


def record_sent(connection: sa.Connection, row: Claimed, outcome: Outcome, now: datetime) -> bool:
    """Write down that a letter was sent; False when somebody else holds the row by now, and nothing is written."""
    values = {"of_id": row.id, "of_lease": row.lease, "reply": outcome.reply, "sent_at": now}
    return connection.execute(_SENT, values).rowcount == 1


def record(session: Session, row: Claimed, outcome: Outcome, now: datetime) -> bool:
    """Write down one outcome; False when somebody else holds the row by now, and nothing is written."""
    values: dict[str, Any] = {"lease": None, "state": outcome.state.value, "reply": outcome.reply}
    if outcome.state is MailState.SENT:
        values["sent_at"] = now
    if outcome.next_try_at is not None:
        values["next_try_at"] = outcome.next_try_at
    if outcome.emptied is not None:
        values |= {"content": b"", "facts": outcome.emptied}
    done = session.connection().execute(sa.update(MAIL).where(*_held(row.id, row.lease)).values(**values))
    if done.rowcount != 1:
        return False
    if outcome.state is MailState.FAILED:
        code = outcome.reply[:3] if outcome.reply[:3].isdigit() else ""
        undelivered.write(session, row.id, row.letter, row.inquiry_id, code=code, now=now)
        # Whatever that mailbox serves no longer works as it is written.
        if outcome.is_refused:
            doubts.bounced(session, row.recipient, now)
    return True


def give_back(session: Session, rows: Sequence[Claimed]) -> None:
    """Undo the claim of letters that were not tried. One whose lease had ended may have been sent before."""
    for row in rows:
        values = {
            "state": (MailState.READY if row.was is MailState.READY else MailState.UNCERTAIN).value,
            "attempts": row.attempts - 1,
            "next_try_at": row.due_at,
            "lease": None,
        }
        session.connection().execute(sa.update(MAIL).where(*_held(row.id, row.lease)).values(**values))


def without(row: Claimed, *names: str) -> dict[str, Any]:
    """The facts of a letter but these."""
    return {name: fact for name, fact in row.facts.items() if name not in names}


def _held(mail_id: Any, lease: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return MAIL.c.id == mail_id, MAIL.c.lease == lease, MAIL.c.state == MailState.LEASED.value


# Built once: it is what the outbox does most.
_SENT = (
    sa.update(MAIL)
    .where(*_held(sa.bindparam("of_id"), sa.bindparam("of_lease")))
    .values(
        state=MailState.SENT.value, lease=None, reply=sa.bindparam("reply"), sent_at=sa.bindparam("sent_at")
    )
)
