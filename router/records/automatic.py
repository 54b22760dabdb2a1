"""The budgets of automatic letters, counted in the transaction that writes the letter; in doubt nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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
from router.records.mail_models import AutomaticMail, VerifiedDomain
from router.rules import automatic
from router.rules.automatic import Answered, Verdict

COUNTER, ACCOUNT, MAILBOX, DOMAIN, GRANT = map(
    table, (AutomaticMail, Account, Mailbox, VerifiedDomain, Grant)
)
EVERYBODY = "*"
WHOLE_DAY = -1
log = logs.get(__name__)

_KNOWN = sa.select(
    sa.or_(
        sa.exists().where(sa.func.lower(ACCOUNT.c.email) == sa.bindparam("address"), ACCOUNT.c.is_active),
        sa.exists().where(sa.func.lower(MAILBOX.c.address) == sa.bindparam("address")),
        sa.exists().where(DOMAIN.c.domain == sa.bindparam("domain")),
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
_LAST = sa.select(sa.func.max(COUNTER.c.last_at)).where(
    COUNTER.c.correspondent == sa.bindparam("correspondent"), COUNTER.c.hour == WHOLE_DAY
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
    is_receipt: bool = True,
) -> Verdict:
    """Whether an automatic letter (a receipt, a returned mail) may be written to this address now; counts it if so.

    Write the letter in the same transaction, and ask as late in it as can be: the counters are locked from here.
    `answers`: the mail it answers. A receipt goes at most once an hour, anything within the day's budget.
    When the counters cannot be read or written nothing is allowed ("limiter_failed").
    """
    address = recipient.strip().lower()
    domain = address.rpartition("@")[2]
    try:
        with session.begin_nested():
            verdict = automatic.may_send(
                address,
                is_known=bool(session.connection().scalar(_KNOWN, {"address": address, "domain": domain})),
                own_domain=settings.mail_domain,
                own=own_addresses(settings),
                to=answers,
            )
            if verdict.allowed:
                _spend(session, address, now, is_receipt=is_receipt)
    except _Spent as spent:
        verdict = Verdict(False, str(spent))
    except SQLAlchemyError as error:
        log.error("limiter_failed", error=type(error).__name__)
        return Verdict(False, "limiter_failed")
    if not verdict.allowed:
        tell = log.error if verdict.reason == "breaker" else log.info
        tell("automatic_not_written", reason=verdict.reason, inquiry_id=inquiry_id)
    return verdict


def told(
    session: Session, addresses: Iterable[str], *, because_of: str, instead: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Who is told by a promised letter that mail from `because_of` led to: one of each is always written.

    Each of these addresses, until that sender has led to too many letters to it in a day; then those who are meant
    `instead`, persons and not the address that may be going round, else the administrators (docs/decisions/0023).
    """
    wanted = sorted(dict.fromkeys(addresses))
    sender = because_of.strip().lower()
    try:
        with session.begin_nested():
            open_ones = tuple(one for one in wanted if _may_cause(session, sender, one, now))
    except SQLAlchemyError as error:
        log.error("limiter_failed", error=type(error).__name__)
        open_ones = ()
    if open_ones or not wanted:
        return open_ones
    log.error("caused_letters_spent", letters=automatic.CAUSED_A_DAY)
    others = tuple(one for one in dict.fromkeys(instead) if one not in wanted)
    return others or administrators(session, now) or tuple(wanted[:1])


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


def _spend(session: Session, address: str, now: datetime, *, is_receipt: bool) -> None:
    if is_receipt:
        # The day's row of yesterday counts as well just after midnight.
        last = session.connection().scalar(_LAST, {"correspondent": address})
        if last is not None and now - last < automatic.BETWEEN_RECEIPTS:
            raise _Spent("receipt_an_hour")
    before = now - automatic.BETWEEN_RECEIPTS if is_receipt else now
    budgets = (
        ("address_a_day", address, WHOLE_DAY, automatic.A_DAY, before),
        ("domain_an_hour", f"@{address.rpartition('@')[2]}", now.hour, automatic.A_DOMAIN_AND_HOUR, now),
        ("breaker", EVERYBODY, now.hour, automatic.ALL_IN_AN_HOUR, now),
    )
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
