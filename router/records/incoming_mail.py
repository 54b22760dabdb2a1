"""Rows of incoming mail on their way through sorting: claimed with a lease, read, and written as what they became."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime, storable, table
from config.words import Because
from router.records.mail_models import Attachment, IncomingMail, RawMail
from router.rules.masked import has_numbers, masked
from router.rules.terms import ArrivalState, MailKind

# After so many attempts that ended in nothing a mail is held, and the next one proceeds.
ATTEMPTS = 3
LEASE = timedelta(minutes=5)
# After the first and the second such attempt: what is wrong may be the moment and not the mail.
WAITS = (timedelta(minutes=1), timedelta(minutes=5))
# As the columns have them.
LONGEST = {"sender": 254, "sender_name": 200, "subject": 256, "header_id": 255}
LONGEST_NAME, LONGEST_TYPE = 255, 100
# Bytes of files that one mail is given at all its recipients together: each has its own, so that each may be held.
FILES_BYTES = 100 * 1024 * 1024

_MAIL, _RAW, _FILE = table(IncomingMail).c, table(RawMail).c, table(Attachment)
_NOW = sa.bindparam("now", type_=UTCDateTime())
# A literal, as the partial index has it.
_IS_STORED = _MAIL.state == sa.literal_column("'stored'")
_DUE = (
    sa.select(_MAIL.id, _MAIL.fingerprint, _MAIL.attempts, _MAIL.digest, _RAW.size)
    .join_from(table(IncomingMail), table(RawMail), _RAW.digest == _MAIL.digest)
    .where(_IS_STORED, _MAIL.next_try_at <= _NOW)
    .order_by(_MAIL.next_try_at, _MAIL.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=table(IncomingMail))
)
_SIBLINGS = (
    sa.select(_MAIL.id, _MAIL.fingerprint)
    .where(_MAIL.fingerprint.in_(sa.bindparam("fingerprints", expanding=True)), _IS_STORED)
    .where(_MAIL.next_try_at <= _NOW)
    .with_for_update(skip_locked=True)
)
_LEASE = (
    sa.update(table(IncomingMail))
    .where(_MAIL.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        attempts=_MAIL.attempts + 1,
        lease=sa.bindparam("holder"),
        next_try_at=sa.bindparam("until", type_=UTCDateTime()),
    )
)
_INSERT_FILES = sa.insert(_FILE)
_DROP_FILES = sa.delete(_FILE).where(_FILE.c.incoming_mail_id == sa.bindparam("mail_id"))
_CONTENTS = sa.select(_RAW.digest, _RAW.content).where(
    _RAW.digest.in_(sa.bindparam("digests", expanding=True))
)
_OF_MAIL = (
    sa.select(IncomingMail)
    .where(IncomingMail.fingerprint == sa.bindparam("fingerprint"))
    .order_by(IncomingMail.id)
    .with_for_update()
)
_SAME_ID = (
    sa.select(_MAIL.id)
    .where(_MAIL.header_id == sa.bindparam("header_id"), _MAIL.fingerprint != sa.bindparam("fingerprint"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One mail, to however many recipients: its rows, whose lease the caller holds now."""

    fingerprint: str
    digest: str
    size: int
    lease: str
    attempts: int
    ids: tuple[int, ...]


def claim(session: Session, most: int, most_bytes: int, *, now: datetime) -> list[Claimed]:
    """Take mails that are due, the one that waited longest first, with all their recipients. Counts the attempt.

    At least one, and no more than are so large together.

    One that has been tried before is taken alone, so that what breaks the work is found to be the one that does.
    """
    connection = session.connection()
    rows = connection.execute(_DUE, {"now": now, "most": most}).all()
    if not rows:
        return []
    if rows[0].attempts:
        rows = rows[:1]
    large = accumulate(row.size for row in rows)
    rows = [
        row
        for row, size in zip(rows, large, strict=True)
        if row is rows[0] or not (row.attempts or size > most_bytes)
    ]
    first = {row.fingerprint: row for row in reversed(rows)}
    ids: dict[str, list[int]] = {one: [] for one in first}
    for row in connection.execute(_SIBLINGS, {"fingerprints": list(first), "now": now}):
        ids[row.fingerprint].append(row.id)
    lease = secrets.token_hex(16)
    every = sorted(one for group in ids.values() for one in group)
    connection.execute(_LEASE, {"ids": every, "holder": lease, "until": now + LEASE})
    return [
        Claimed(one, row.digest, row.size, lease, row.attempts + 1, tuple(sorted(ids[one])))
        for one, row in reversed(first.items())
    ]


def contents(session: Session, digests: Sequence[str]) -> dict[str, bytes]:
    """The bytes as they came, by digest."""
    rows = session.connection().execute(_CONTENTS, {"digests": digests})
    return {row.digest: bytes(row.content) for row in rows}


def of_mail(session: Session, fingerprint: str) -> Sequence[IncomingMail]:
    """Every row of a mail, whoever it was to, in order and locked: two who sort its copies come one after the other."""
    return session.scalars(_OF_MAIL, {"fingerprint": fingerprint}).all()


def has_namesake(session: Session, header_id: str, fingerprint: str) -> bool:
    """Whether another mail came under the same Message-ID: it is stored all the same, and marked."""
    header_id = storable(header_id)[: LONGEST["header_id"]]
    asked = {"header_id": header_id, "fingerprint": fingerprint}
    return bool(header_id) and session.connection().execute(_SAME_ID, asked).first() is not None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a mail, for its rows. Nothing here has been cut to what a column takes."""

    kind: MailKind
    sender: str
    sender_name: str
    subject: str
    header_id: str
    text: str
    reply: str
    html: str
    marks: tuple[str, ...] = ()


def describe(row: IncomingMail, facts: Facts) -> None:
    """Write what was read: cut and masked where lists show it, whole where the mail itself is shown.

    What an earlier sorting had decided of the row is gone.
    """
    row.kind = facts.kind.value
    row.mailbox_id = row.unit_id = row.suggested_id = None
    row.inquiry_id = row.leg_id = row.message_id = None
    row.sender = storable(facts.sender)[: LONGEST["sender"]]
    row.sender_name = shortened(facts.sender_name, "sender_name")
    row.subject = shortened(facts.subject, "subject")
    row.header_id = storable(facts.header_id)[: LONGEST["header_id"]]
    row.text, row.reply, row.html = storable(facts.text), storable(facts.reply), storable(facts.html)
    mark(row, *facts.marks)


def hold(row: IncomingMail, because: Because, *, kind: MailKind | None = None) -> None:
    """Let it wait for a person, visible, with the reason."""
    row.state = ArrivalState.HELD.value
    row.because = because.as_json()
    row.lease = None
    if kind is not None:
        row.kind = kind.value


def settle(row: IncomingMail, because: Because, *, now: datetime) -> None:
    """It has become what it became, and nobody has to look at it."""
    row.state = ArrivalState.SORTED.value
    row.because = because.as_json()
    row.lease = None
    row.handled_at = now


def give_up(session: Session, claimed: Claimed, boxes: Mapping[str, str | None], *, now: datetime) -> bool:
    """After an attempt that broke: hold it as unread when that was the last. Says whether it is held now.

    `boxes`: by recipient the mailbox whose it is.
    """
    is_last = claimed.attempts >= ATTEMPTS
    for row in of_mail(session, claimed.fingerprint):
        if row.lease != claimed.lease or row.state != ArrivalState.STORED:
            continue
        if is_last:
            row.mailbox_id = boxes.get(row.recipient.strip().lower())
            hold(row, Because("mail.unsortable", {"attempts": ATTEMPTS}), kind=MailKind.UNPARSED)
        else:
            row.lease, row.next_try_at = None, now + WAITS[claimed.attempts - 1]
    session.flush()
    return is_last


def give_back(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Let go of a mail that nothing was done to: the attempt does not count."""
    session.connection().execute(
        sa.update(table(IncomingMail))
        .where(_MAIL.id.in_(claimed.ids), _MAIL.lease == claimed.lease, _IS_STORED)
        .values(lease=None, next_try_at=now, attempts=_MAIL.attempts - 1)
    )


def mark(row: IncomingMail, *marks: str) -> None:
    """Add what a reader should know, each once."""
    row.marks = list(dict.fromkeys([*row.marks, *(one for one in marks if one)]))


def shortened(text: str, field: str) -> str:
    """What a column of a list takes; a personal identity number in it is hidden, since the bytes keep it."""
    return masked(storable(text))[: LONGEST[field]]


def keep_files(
    session: Session,
    mails: Sequence[IncomingMail],
    files: Sequence[tuple[str, str, bytes]],
    verdicts: Sequence[str],
) -> None:
    """Store the files of a mail (name, type, content) for each row, each under a random name that nobody can guess.

    `verdicts` are what a scanner says of each; empty when nobody was asked. What would be too much is left in the
    bytes of the mail, and the row is marked not_unpacked. To be called before the rows are described.
    """
    connection, left = session.connection(), FILES_BYTES
    size = sum(len(content) for _, _, content in files)
    for row in mails:
        if row.kind is not None:
            # It is sorted again: somebody has put it back.
            connection.execute(_DROP_FILES, {"mail_id": row.id})
        if not files:
            continue
        if size > left:
            mark(row, "not_unpacked")
            continue
        left -= size
        rows: list[dict[str, Any]] = [
            {
                "id": secrets.token_hex(16),
                "incoming_mail_id": row.id,
                "place": place,
                "name": storable(name)[:LONGEST_NAME],
                "type": storable(kind)[:LONGEST_TYPE],
                "size": len(content),
                "content": content,
                "verdict": verdicts[place] if verdicts else "unscanned",
            }
            for place, (name, kind, content) in enumerate(files)
        ]
        connection.execute(_INSERT_FILES, rows)


def numbers_mark(*texts: str) -> str:
    """The mark of a mail that holds a personal identity number, or nothing."""
    return "identity_number" if has_numbers(*texts) else ""
