"""What those who run the mail see and try: how it stands, whether sending and fetching work, a letter to oneself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.settings import Settings
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.mail import fetch, send
from router.records import letters, mail_state
from router.rules import mail_health, mail_trouble
from router.rules.automatic import ALL_IN_AN_HOUR
from router.rules.mail_health import Doors, Figures, MailFinding

MOST = 2000


@dataclass(frozen=True, slots=True)
class Room:
    """How mail stands. `most_automatic`: so many letters nobody wrote may leave in an hour."""

    figures: Figures
    doors: Doors
    findings: tuple[MailFinding, ...]
    is_red: bool
    most_automatic: int = ALL_IN_AN_HOUR


def room(database: Database, settings: Settings, actor: Actor, *, now: datetime) -> Room:
    """How mail stands. Raises NotAllowed for who does not run it."""
    _demand(actor)
    with database.reading() as session:
        figures = mail_state.figures(session, now=now)
    doors = mail_state.doors(settings)
    findings = mail_health.findings(figures, doors, now=now)
    return Room(figures, doors, findings, mail_health.is_red(figures, now))


def mailboxes(database: Database, actor: Actor) -> tuple[tuple[str, str], ...]:
    """The mailboxes a mail may be given to, by id and name."""
    _demand(actor)
    with database.reading() as session:
        rows = session.execute(sa.select(Mailbox.id, Mailbox.name).order_by(Mailbox.name).limit(MOST))
        return tuple((row.id, row.name) for row in rows)


def try_sending(database: Database, settings: Settings, actor: Actor, *, now: datetime) -> str:
    """Try the way out, and when it is open leave a letter to oneself in the outbox. A code of [mail_trouble], or "".

    Connecting is done before anything is written: a server that does not answer holds no transaction.
    """
    _demand(actor)
    trouble = _sending(settings)
    with database.writing() as session:
        if not trouble:
            about = f"trial:{actor.account_id}:{int(now.timestamp() * 1000)}"
            letter = letters.Letter("trial", actor.email, None, 0, {"path": "/mejldrift"}, about=about)
            letters.write(session, [letter], now=now)
        _note(session, actor, "mail.try_sending", trouble, now=now)
    return trouble


def try_fetching(database: Database, settings: Settings, actor: Actor, *, now: datetime) -> str:
    """Try to sign in and open the folder. A code of [mail_trouble], or "" when all is well; nothing is fetched."""
    _demand(actor)
    trouble = (fetch.trouble(settings) or "") if settings.imap_host else "no_imap"
    with database.writing() as session:
        _note(session, actor, "mail.try_fetching", trouble, now=now)
    return trouble


def _sending(settings: Settings) -> str:
    if not settings.mail_host:
        return ""
    said = send.SmtpTransport(settings).trouble()
    return mail_trouble.of_smtp(said) if said else ""


def _demand(actor: Actor) -> None:
    access.require_open(actor, Action.RUN_MAIL, Scope())


def _note(session: Session, actor: Actor, action: str, trouble: str, *, now: datetime) -> None:
    outcome = "failed" if trouble else "done"
    deed = audit.Deed(actor.account_id, action, "mail", "", outcome, {"why": trouble} if trouble else None)
    audit.record(session, [deed], now=now)
