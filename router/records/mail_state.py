"""How mail in and out stands, read from the tables in a handful of statements however much there is."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import heartbeat
from config.database import table
from config.settings import Settings
from config.words import STOCKHOLM
from router.records.automatic import EVERYBODY, WHOLE_DAY
from router.records.mail_models import Attachment, AutomaticMail, FetchedTo, IncomingMail
from router.records.models import OutgoingMail
from router.rules.mail_health import Doors, Figures, Source
from router.rules.terms import ArrivalState, MailKind, MailState

_MAIL, _FILE, _OUT, _COUNTER = (
    table(one).c for one in (IncomingMail, Attachment, OutgoingMail, AutomaticMail)
)
_IS_HELD = _MAIL.state == sa.literal_column("'held'")
_IS_STORED = _MAIL.state == sa.literal_column("'stored'")
# No day has more; what is older is not looked at, so that a full archive costs a page nothing.
LOOKED_AT = 50_000
FAILED_FOR = timedelta(days=1)


def figures(session: Session, *, now: datetime) -> Figures:
    """Everything that is counted of mail."""
    held = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.min(_MAIL.received_at),
            sa.func.count().filter(_MAIL.kind == MailKind.UNPARSED.value),
            sa.func.count().filter(_MAIL.mailbox_id.is_(None), _MAIL.unit_id.is_(None)),
        ).where(_IS_HELD)
    ).one()
    stored = session.execute(
        sa.select(sa.func.count(), sa.func.min(_MAIL.received_at)).where(_IS_STORED)
    ).one()
    waiting, uncertain, failed = _letters(session, now)
    return Figures(
        today=_today(session, now),
        held=held[0],
        oldest_held_at=held[1],
        unparsed=held[2],
        nobodys=held[3],
        unscanned=_unscanned(session),
        unsorted=stored[0],
        oldest_unsorted_at=stored[1],
        last_by_door=_last_by_door(session),
        sources=_sources(session),
        letters_waiting=waiting,
        letters_uncertain=uncertain,
        letters_failed=failed,
        automatic_this_hour=_automatic(session, now),
    )


def doors(settings: Settings) -> Doors:
    """What the settings name, with the worker's own word of what it stands at."""
    return Doors(
        takes_mail_in=bool(settings.mail_domain),
        has_authserv=bool(settings.mail_authserv),
        has_dkim=bool(settings.dkim_selector and settings.dkim_key),
        sends=bool(settings.mail_host),
        listens=bool(settings.mail_listen),
        fetches=bool(settings.imap_host),
        scans=bool(settings.clamd),
        beats=heartbeat.read(heartbeat.path_in(settings.data_dir)),
    )


def _unscanned(session: Session) -> int:
    few = sa.select(_FILE.id).where(_FILE.verdict == sa.literal_column("'unscanned'")).limit(LOOKED_AT)
    return session.scalar(sa.select(sa.func.count()).select_from(few.subquery())) or 0


def _newest() -> sa.ColumnElement[bool]:
    last = sa.select(sa.func.max(_MAIL.id)).scalar_subquery()
    return _MAIL.id > last - LOOKED_AT


def _today(session: Session, now: datetime) -> dict[str, int]:
    day = now.astimezone(STOCKHOLM).date()
    midnight = datetime.combine(day, time(), STOCKHOLM)
    rows = session.execute(
        sa.select(_MAIL.state, _MAIL.kind, sa.func.count())
        .where(_newest(), _MAIL.received_at >= midnight)
        .group_by(_MAIL.state, _MAIL.kind)
    )
    found = {one.value: 0 for one in (*ArrivalState, *MailKind)} | {"all": 0}
    for state, kind, count in rows:
        found["all"] += count
        found[state] += count
        if kind:
            found[kind] += count
    return found


def _last_by_door(session: Session) -> dict[str, datetime]:
    rows = session.execute(
        sa.select(_MAIL.door, sa.func.max(_MAIL.received_at)).where(_newest()).group_by(_MAIL.door)
    )
    return {door: at for door, at in rows}


def _sources(session: Session) -> tuple[Source, ...]:
    rows = session.scalars(sa.select(FetchedTo).order_by(FetchedTo.source))
    return tuple(
        Source(
            one.source,
            one.waiting,
            one.fetched,
            len(one.troubled),
            one.failure,
            one.tried_at,
            one.read_at,
        )
        for one in rows
    )


def _letters(session: Session, now: datetime) -> tuple[int, int, int]:
    """How many letters wait, how many nobody knows the fate of, and how many failed in the last day."""
    waits = _OUT.state.in_((MailState.READY.value, MailState.LEASED.value))
    recent = _OUT.created_at > now - FAILED_FOR
    count = sa.select(sa.func.count()).select_from(OutgoingMail)
    return (
        session.scalar(count.where(waits)) or 0,
        session.scalar(count.where(_OUT.state == MailState.UNCERTAIN.value)) or 0,
        session.scalar(count.where(_OUT.state == MailState.FAILED.value, recent)) or 0,
    )


def _automatic(session: Session, now: datetime) -> int:
    return (
        session.scalar(
            sa.select(_COUNTER.n).where(
                _COUNTER.correspondent == EVERYBODY,
                _COUNTER.day == now.date(),
                _COUNTER.hour == now.hour,
                _COUNTER.hour != WHOLE_DAY,
            )
        )
        or 0
    )
