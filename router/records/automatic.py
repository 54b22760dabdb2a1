"""The budgets of automatic letters, counted in the transaction that writes the letter; in doubt nothing is written."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import logs
from config.database import table
from config.settings import Settings
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from directory.rules.terms import Role
from router.records import letters
from router.records.mail_models import AutomaticMail, VerifiedDomain
from router.records.models import OutgoingMail
from router.rules import automatic
from router.rules.automatic import Answered, Verdict
from router.rules.terms import MailState

COUNTER, LETTER, DOMAIN = map(table, (AutomaticMail, OutgoingMail, VerifiedDomain))
ACCOUNT, MAILBOX, GRANT = map(table, (Account, Mailbox, Grant))
EVERYBODY = "*"
WHOLE_DAY = -1
log = logs.get(__name__)

_KNOWN = sa.select(
    sa.or_(
        sa.exists().where(ACCOUNT.c.email == sa.bindparam("address"), ACCOUNT.c.is_active),
        sa.exists().where(MAILBOX.c.address == sa.bindparam("address")),
        sa.exists().where(DOMAIN.c.domain == sa.bindparam("domain")),
    )
)
# Few are stored with capitals, and no index would find those: asked only of who is not found as written.
_KNOWN_FOLDED = sa.select(
    sa.or_(
        sa.exists().where(sa.func.lower(ACCOUNT.c.email) == sa.bindparam("address"), ACCOUNT.c.is_active),
        sa.exists().where(sa.func.lower(MAILBOX.c.address) == sa.bindparam("address")),
    )
)


def _counting(insert: sqlite.Insert | postgresql.Insert) -> sa.Executable:
    """One more, if there were fewer than `most` and the last was not after `before`; a row comes back if it counted."""
    return insert.on_conflict_do_update(
        index_elements=[COUNTER.c.correspondent, COUNTER.c.day, COUNTER.c.hour],
        set_={"n": COUNTER.c.n + 1, "last_at": insert.excluded.last_at},
        where=sa.and_(
            COUNTER.c.n < sa.bindparam("most", type_=sa.Integer()),
            COUNTER.c.last_at <= sa.bindparam("before", type_=COUNTER.c.last_at.type),
        ),
    ).returning(COUNTER.c.n)


_COUNT = {"sqlite": _counting(sqlite.insert(COUNTER)), "postgresql": _counting(postgresql.insert(COUNTER))}
_JUST_WRITTEN = sa.select(LETTER.c.id, LETTER.c.recipient).where(
    LETTER.c.inquiry_id == sa.bindparam("inquiry_id"),
    LETTER.c.created_at == sa.bindparam("now", type_=LETTER.c.created_at.type),
    LETTER.c.state == MailState.READY.value,
    LETTER.c.attempts == 0,
    # Receipts have a budget of their own, and are counted where they are written.
    LETTER.c.letter.not_in(("received", "returned")),
)
# Yesterday's row of the address as well: just after midnight an hour has not passed yet.
_SPENT = sa.select(COUNTER.c.correspondent, COUNTER.c.day, COUNTER.c.n, COUNTER.c.last_at).where(
    sa.or_(
        sa.and_(COUNTER.c.correspondent == sa.bindparam("address"), COUNTER.c.hour == WHOLE_DAY),
        sa.and_(
            COUNTER.c.correspondent.in_((sa.bindparam("domain"), EVERYBODY)),
            COUNTER.c.day == sa.bindparam("day"),
            COUNTER.c.hour == sa.bindparam("hour"),
        ),
    )
)


class _Spent(Exception):
    """A budget is used up; what was counted on the way to it is undone."""


def may_write(
    session: Session,
    recipient: str,
    *,
    inquiry_id: int | None,
    now: datetime,
    settings: Settings,
    answers: Answered | None = None,
    is_known: bool = False,
    by_person: bool = False,
) -> Verdict:
    """Whether an automatic letter (a receipt, a returned mail) may be written to this address now; counts it if so.

    Write the letter in the same transaction, and ask as late in it as can be: the counters are locked from here.
    `answers`: the mail it answers. `is_known`: the caller has found the address among ours. A receipt goes at most
    once an hour, anything within the day's budget. What a person has read and sends back may go to who is not known
    here, which a program must never decide.
    When the counters cannot be read or written nothing is allowed ("limiter_failed").
    """
    address = recipient.strip().lower()
    try:
        with _undoing(session, "postgresql"):
            verdict = automatic.may_send(
                address,
                is_known=is_known or by_person or _is_known(session, address),
                own_domain=settings.mail_domain,
                own=own_addresses(settings),
                to=answers,
            )
            if verdict.allowed:
                _spend(session, address, now, is_receipt=not by_person)
    except _Spent as spent:
        verdict = Verdict(False, str(spent))
    except SQLAlchemyError as error:
        log.error("limiter_failed", error=type(error).__name__)
        return Verdict(False, "limiter_failed")
    if not verdict.allowed:
        tell = log.error if verdict.reason == "breaker" else log.info
        tell("automatic_not_written", reason=verdict.reason, inquiry_id=inquiry_id)
    return verdict


def rein(session: Session, inquiry_id: int, *, because_of: str, now: datetime) -> int:
    """Look after the promised letters that mail from `because_of` has just led to, in the transaction that wrote them.

    Call it when everything about the mail is written. A letter is never dropped: where that sender has led to too many
    to one address in a day, it goes to persons instead, who are not the address that may be going round
    (docs/decisions/0023). Returns how many letters were turned.
    """
    sender = because_of.strip().lower()
    rows = session.connection().execute(_JUST_WRITTEN, {"inquiry_id": inquiry_id, "now": now}).all()
    if not rows:
        return 0
    try:
        with _undoing(session, "postgresql"):
            spent = [row for row in rows if not _may_cause(session, sender, row.recipient, now)]
    except SQLAlchemyError as error:
        log.error("limiter_failed", error=type(error).__name__)
        spent = list(rows)
    for row in spent:
        _turn(session, row.id, now)
    if spent:
        log.error("caused_letters_turned", inquiry_id=inquiry_id, letters=len(spent))
    return len(spent)


def _turn(session: Session, mail_id: int, now: datetime) -> None:
    """Give a letter to those who keep the mailbox, else to the administrators. With nobody else it stays as it is."""
    row = session.connection().execute(sa.select(LETTER).where(LETTER.c.id == mail_id)).mappings().one()
    boxes = session.scalars(sa.select(MAILBOX.c.id).where(MAILBOX.c.address == row["recipient"])).all()
    people = [one for those in letters.people_of(session, boxes, now=now).values() for one in those]
    others = [one for one in dict.fromkeys(people) if one != row["recipient"]] or administrators(session, now)
    names = {one: f"{row['key'].removesuffix(row['recipient'])}{one}" for one in others}
    taken = session.scalars(sa.select(LETTER.c.key).where(LETTER.c.key.in_(names.values()))).all()
    fresh = {one: name for one, name in names.items() if name not in taken}
    if not names:
        return
    session.connection().execute(sa.delete(LETTER).where(LETTER.c.id == row["id"]))
    for recipient, key in fresh.items():
        copy = {name: value for name, value in row.items() if name != "id"}
        copy |= {"recipient": recipient, "key": key, "message_id": letters.message_id(now)}
        session.connection().execute(sa.insert(LETTER), copy)


def administrators(session: Session, now: datetime) -> tuple[str, ...]:
    """The addresses of those who run the installation."""
    statement = (
        sa.select(ACCOUNT.c.email)
        .join(GRANT, GRANT.c.account_id == ACCOUNT.c.id)
        .where(
            GRANT.c.role == Role.ADMINISTRATOR.value,
            GRANT.c.valid_from <= now,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now),
            ACCOUNT.c.is_active,
        )
        .order_by(ACCOUNT.c.id)
    )
    return tuple(dict.fromkeys(session.scalars(statement)))


def own_addresses(settings: Settings) -> frozenset[str]:
    """Addresses that we send from or fetch at, in lower case: nothing automatic goes to ourselves."""
    return frozenset(one.lower() for one in (settings.mail_sender, settings.imap_username) if "@" in one)


def _is_known(session: Session, address: str) -> bool:
    about = {"address": address, "domain": address.rpartition("@")[2]}
    return any(session.connection().scalar(statement, about) for statement in (_KNOWN, _KNOWN_FOLDED))


def _undoing(session: Session, dialect: str) -> AbstractContextManager[object]:
    """What fails within is undone, on this dialect alone.

    PostgreSQL alone takes nothing more in a transaction in which a statement has failed, so all of it stands there.
    """
    connection = session.connection()
    return connection.begin_nested() if connection.dialect.name == dialect else nullcontext()


def _spend(session: Session, address: str, now: datetime, *, is_receipt: bool) -> None:
    """Count a letter in every budget. Raises _Spent, with nothing counted, when one of them is used up."""
    domain = f"@{address.rpartition('@')[2]}"
    before = now - automatic.BETWEEN_RECEIPTS if is_receipt else now
    budgets = (
        ("address_a_day", address, WHOLE_DAY, automatic.A_DAY, before),
        ("domain_an_hour", domain, now.hour, automatic.A_DOMAIN_AND_HOUR, now),
        ("breaker", EVERYBODY, now.hour, automatic.ALL_IN_AN_HOUR, now),
    )
    facts = {"address": address, "domain": domain, "day": now.date(), "hour": now.hour}
    spent = session.connection().execute(_SPENT, facts).all()
    last = max((row.last_at for row in spent if row.correspondent == address), default=None)
    if is_receipt and last is not None and now - last < automatic.BETWEEN_RECEIPTS:
        raise _Spent("receipt_an_hour")
    used = {row.correspondent: row.n for row in spent if row.day == now.date()}
    for reason, correspondent, _, most, _ in budgets:
        # Looked at first: what is used up stays so, and nothing need be counted and undone for it.
        if used.get(correspondent, 0) >= most:
            raise _Spent(reason)
    with _undoing(session, "sqlite"):
        for reason, correspondent, hour, most, last_before in budgets:
            if not _count(session, correspondent, hour, now, most=most, before=last_before):
                raise _Spent(reason)


def _may_cause(session: Session, sender: str, recipient: str, now: datetime) -> bool:
    pair = f"{sender[:254]}>{recipient.lower()[:254]}"
    return _count(session, pair, WHOLE_DAY, now, most=automatic.CAUSED_A_DAY, before=now)


def _count(
    session: Session, correspondent: str, hour: int, now: datetime, *, most: int, before: datetime
) -> bool:
    # A clock that was set back must not stop what is allowed: only receipts look at the time of the last one.
    latest = before if before < now else now + timedelta(days=1)
    row = session.connection().execute(
        _COUNT[session.get_bind().dialect.name],
        {
            "correspondent": correspondent,
            "day": now.date(),
            "hour": hour,
            "n": 1,
            "last_at": now,
            "most": most,
            "before": latest,
        },
    )
    return row.one_or_none() is not None
