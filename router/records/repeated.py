"""What came before a mail, counted for the rule that finds loops and floods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.settings import Settings
from router.records.mail_models import IncomingMail
from router.rules import loops
from router.rules.loops import Held, Seen
from router.rules.terms import MailKind

MAIL = table(IncomingMail)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of what came to one address in an hour no more is counted through.
LOOKED_AT = 5 * loops.MOST_TO_ADDRESS

_AT = sa.bindparam("at", type_=MAIL.c.received_at.type)
_OF_SENDER = (
    sa.select(
        MAIL.c.recipient,
        MAIL.c.likeness,
        MAIL.c.subject,
        # Compared where it is stored: a moment of each row costs more to read than the rest of it.
        (MAIL.c.received_at > sa.bindparam("hour_ago", type_=MAIL.c.received_at.type)).label("is_of_hour"),
    )
    .where(
        MAIL.c.sender == sa.bindparam("sender"),
        MAIL.c.received_at > sa.bindparam("since", type_=MAIL.c.received_at.type),
        MAIL.c.received_at <= _AT,
        MAIL.c.id != sa.bindparam("mail_id"),
        sa.or_(MAIL.c.likeness != "", sa.bindparam("of_all", type_=sa.Boolean())),
    )
    .order_by(MAIL.c.received_at.desc(), MAIL.c.id.desc())
    .limit(loops.MOST_FROM_SENDER + 1)
)
_NEWEST = (
    sa.select(MAIL.c.likeness)
    .where(
        MAIL.c.recipient == sa.bindparam("recipient"),
        MAIL.c.received_at > sa.bindparam("since", type_=MAIL.c.received_at.type),
        MAIL.c.received_at <= _AT,
        MAIL.c.id < sa.bindparam("mail_id"),
    )
    .order_by(MAIL.c.received_at.desc())
    .limit(LOOKED_AT)
    .subquery()
)
_TO_ADDRESS = (
    sa.select(sa.func.count())
    .select_from(_NEWEST)
    .where(sa.or_(_NEWEST.c.likeness != "", sa.bindparam("of_all", type_=sa.Boolean())))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail as it was read. `sender` is what the row's `sender` says; `written` is what was newly written.

    `is_known`: it is somebody's that we know, and our own server vouches for it. `is_reply`: its recipient is a reply
    address of ours. `files`: names and sizes.
    """

    mail_id: int
    received_at: datetime
    recipient: str
    kind: MailKind
    sender: str
    subject: str
    written: str
    headers: Sequence[tuple[str, str]]
    is_reply: bool
    is_known: bool
    files: Iterable[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """Why the mail is held, if it is, and what belongs into its row's `likeness` either way.

    The likeness is empty where the sender is nobody we know: what strangers write, or anybody in another's name, counts
    only against what else they write, and cannot stop the mail of those we know.
    """

    held: Held | None
    likeness: str


def judge(session: Session, one: Arrival, *, settings: Settings) -> Judged:
    """Whether this mail goes round or is one of a flood. Ask before anything is matched, and answer nothing if so.

    A message about an undelivered letter is never held for its number: it comes because of our own letters.
    """
    likeness = loops.likeness(one.sender, one.recipient, one.subject, one.written, files=one.files)
    instance = loops.instance_of(settings.public_url)
    held = loops.judge_headers(one.headers, instance)
    if held is None and one.kind is not MailKind.BOUNCE:
        held = loops.judge_words(one.written, is_reply=one.is_reply) or loops.judge_rate(
            one.subject, _seen(session, one, likeness)
        )
    return Judged(held, likeness if one.is_known else "")


def _seen(session: Session, one: Arrival, likeness: str) -> Seen:
    at = {"at": one.received_at, "mail_id": one.mail_id, "of_all": not one.is_known}
    connection = session.connection()
    to_address = connection.scalar(
        _TO_ADDRESS, at | {"recipient": one.recipient, "since": one.received_at - HOUR}
    )
    if not one.sender:
        return Seen(to_address=to_address or 0)
    since = {"since": one.received_at - DAY, "hour_ago": one.received_at - HOUR}
    rows = connection.execute(_OF_SENDER, at | since | {"sender": one.sender}).all()
    subjects = [row.subject for row in rows if row.recipient == one.recipient]
    return Seen(
        from_sender=sum(1 for row in rows if row.is_of_hour),
        to_address=to_address or 0,
        alike=sum(1 for row in rows if row.likeness == likeness),
        subjects=tuple(subjects[: loops.GROWING]),
    )
