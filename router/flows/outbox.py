"""The outbox: letters that wait are claimed with a lease, sent outside any transaction, and recorded."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database, table
from config.settings import Settings
from directory.records import doubts
from router.mail.compose import compose
from router.mail.delivery import Delivery, Transport, tidy
from router.mail.letters import KEYS, BadLetter
from router.records import history
from router.records.models import Inquiry, OutgoingMail
from router.rules.terms import EventKind, MailState

BATCH = 20
LEASE = timedelta(minutes=15)
# After the first, second and third attempt; hourly from then on.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
GIVE_UP_AFTER = timedelta(days=5)
KINDS = {
    MailState.SENT: "sent",
    MailState.READY: "retried",
    MailState.UNCERTAIN: "uncertain",
    MailState.FAILED: "failed",
}

KEPT = ("id", "inquiry_id", "letter", "facts", "recipient", "message_id", "content", "created_at")

MAIL = table(OutgoingMail)
# Written as the partial index is, so that both databases see that it holds every row that is asked for.
OPEN = sa.text("state IN ('ready', 'leased', 'uncertain')")
OVER = frozenset({MailState.SENT, MailState.FAILED})
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one round came to. `lost`: somebody else had taken the letter over before its outcome was recorded."""

    sent: int = 0
    retried: int = 0
    uncertain: int = 0
    failed: int = 0
    lost: int = 0
    has_host_problem: bool = False

    @property
    def attempted(self) -> int:
        return self.sent + self.retried + self.uncertain + self.failed + self.lost

    def plus(self, kind: str) -> Counts:
        return replace(self, **{kind: getattr(self, kind) + 1})


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


def deliver(
    database: Database,
    transport: Transport,
    *,
    now: Callable[[], datetime],
    settings: Settings,
    limit: int = 1000,
    lease: timedelta = LEASE,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Counts:
    """Try every letter that is due, at most `limit` of them, the one that has waited longest first.

    1. Claim a few rows by compare-and-set: attempt, lease and its end are committed.
    2. Make the bytes of those that have none and commit them, so that every attempt sends the same.
    3. Send, one at a time, holding no transaction.
    4. Record each outcome by compare-and-set on the lease.

    A letter whose link is a key is emptied when it is over: nothing here holds the key any more.
    A crash after 3 repeats the letter with the same bytes and Message-ID when the lease has ended. A problem
    of the server's own ends the round; the letters it did not get to are given back.
    """
    counts = Counts()
    while counts.attempted < limit and not counts.has_host_problem and not is_stopping():
        started = now()
        batch = _claim(database, min(BATCH, limit - counts.attempted), now=started, lease=lease)
        if not batch:
            break
        written, counts = _write_out(database, batch, counts, now=started, settings=settings)
        for place, row in enumerate(written):
            # A letter that is started late might outlive its lease and be sent by somebody else as well.
            is_late = place > 0 and now() - started > lease / 15
            if is_late or counts.has_host_problem or is_stopping():
                _give_back(database, written[place:])
                break
            delivery = _send(transport, row, settings.mail_sender)
            counts = _record(database, row, delivery, counts, now=now())
    return counts


def _claim(database: Database, size: int, *, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take the rows that are due, or whose lease has ended without an outcome."""
    key = secrets.token_hex(16)
    is_due = sa.and_(OPEN, MAIL.c.next_try_at <= now)
    due = sa.select(MAIL).where(is_due).order_by(MAIL.c.next_try_at, MAIL.c.id).limit(size)
    with database.writing() as session:
        connection = session.connection()
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


def _claimed(row: Any, lease: str) -> Claimed:
    kept = {name: getattr(row, name) for name in KEPT}
    attempts = row.attempts + 1
    return Claimed(was=MailState(row.state), due_at=row.next_try_at, attempts=attempts, lease=lease, **kept)


def _write_out(
    database: Database, batch: Sequence[Claimed], counts: Counts, *, now: datetime, settings: Settings
) -> tuple[list[Claimed], Counts]:
    """Make and commit the bytes that are missing. What cannot be made is recorded, and the rest goes on."""
    written, fresh = [], []
    for row in batch:
        made = row.content or _compose(row, settings)
        if isinstance(made, Delivery):
            counts = _record(database, row, made, counts, now=now)
            continue
        written.append(replace(row, content=made))
        if row.content is None:
            fresh.append(written[-1])
    if fresh:
        with database.writing() as session:
            connection = session.connection()
            for row in fresh:
                connection.execute(sa.update(MAIL).where(*_held(row)).values(content=row.content))
    return written, counts


def _compose(row: Claimed, settings: Settings) -> bytes | Delivery:
    try:
        return compose(
            row.letter,
            row.facts,
            recipient=row.recipient,
            message_id=row.message_id,
            at=row.created_at,
            settings=settings,
        )
    except BadLetter as error:
        return Delivery(MailState.FAILED, tidy(f"cannot be written: {error}"))
    except Exception as error:
        # Our own fault and not the letter's: mending the program mends it, so it is tried again.
        log.exception("letter_not_composed", mail_id=row.id, letter=row.letter)
        return Delivery(MailState.READY, tidy(f"not composed: {type(error).__name__}"))


def _send(transport: Transport, row: Claimed, sender: str) -> Delivery:
    try:
        return transport.send(row.content or b"", row.recipient, sender)
    except Exception as error:
        # A transport never raises. If it does, nobody knows how far it came.
        log.exception("transport_raised", mail_id=row.id)
        return Delivery(MailState.UNCERTAIN, tidy(type(error).__name__))


def _record(database: Database, row: Claimed, delivery: Delivery, counts: Counts, *, now: datetime) -> Counts:
    """Write down one outcome, unless somebody else holds the row by now."""
    state, reply = delivery.state, delivery.reply
    values: dict[str, Any] = {"lease": None}
    if state is MailState.SENT:
        values["sent_at"] = now
    elif state is not MailState.FAILED and now - row.created_at >= GIVE_UP_AFTER:
        state, reply = MailState.FAILED, tidy(f"given up: {reply}")
    elif state is not MailState.FAILED:
        values["next_try_at"] = now + WAITS[min(row.attempts, len(WAITS)) - 1]
    if row.letter in KEYS and state in OVER:
        values |= {
            "content": b"",
            "facts": {name: fact for name, fact in row.facts.items() if name != "path"},
        }
    with database.writing() as session:
        done = session.connection().execute(
            sa.update(MAIL).where(*_held(row)).values(state=state.value, reply=reply, **values)
        )
        is_ours = done.rowcount == 1
        if is_ours and state is MailState.FAILED:
            _write_undelivered(session, row, reply, now)
            # Said by a server, and for good: whatever that mailbox serves no longer works as it is written.
            if delivery.state is MailState.FAILED and delivery.reply.startswith("5"):
                doubts.bounced(session, row.recipient, now)
    kind = KINDS[state] if is_ours else "lost"
    tell = log.warning if kind == "failed" else log.info
    tell("letter", mail_id=row.id, letter=row.letter, attempt=row.attempts, outcome=kind)
    counts = counts.plus(kind)
    return replace(counts, has_host_problem=True) if delivery.is_host_problem else counts


def _write_undelivered(session: Session, row: Claimed, reply: str, now: datetime) -> None:
    """Let everybody who follows the inquiry see that a letter did not arrive, but not whose address it had."""
    facts = {"mail_id": row.id, "letter": row.letter, "code": reply[:3] if reply[:3].isdigit() else ""}
    if row.inquiry_id is None:
        deed = audit.Deed(None, "letter.send", "letter", str(row.id), "failed", facts)
        audit.record(session, [deed], now=now)
        return
    inquiry = session.scalars(sa.select(Inquiry).where(Inquiry.id == row.inquiry_id).with_for_update()).one()
    event = history.Happened(EventKind.UNDELIVERED, facts={"letter": row.letter})
    history.append(session, inquiry, [event], state=inquiry.state, at=now)
    audit.record(
        session, [audit.Deed(None, "letter.send", "inquiry", inquiry.reference, "failed", facts)], now=now
    )


def _give_back(database: Database, rows: Sequence[Claimed]) -> None:
    """Undo the claim of letters that were not tried. One whose lease had ended may have been sent before."""
    with database.writing() as session:
        for row in rows:
            values = {
                "state": (MailState.READY if row.was is MailState.READY else MailState.UNCERTAIN).value,
                "attempts": row.attempts - 1,
                "next_try_at": row.due_at,
                "lease": None,
            }
            session.connection().execute(sa.update(MAIL).where(*_held(row)).values(**values))


def _held(row: Claimed) -> tuple[sa.ColumnElement[bool], ...]:
    return MAIL.c.id == row.id, MAIL.c.lease == row.lease, MAIL.c.state == MailState.LEASED.value
