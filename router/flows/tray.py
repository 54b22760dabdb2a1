"""Mail that waits for a person, and any mail one may read: lists, one whole mail, its bytes and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from config import audit
from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.terms import Role
from router.records import mailed as mails
from router.records.mail_models import Attachment, IncomingMail, RawMail
from router.rules.mailed import FAILED, INFECTED, UNSCANNED, MailView, hidden
from router.rules.terms import ArrivalState

PAGE = 25
# What is gone through to find a page of them; more than this never waits for one reader.
MOST = 10_000
# A list shows no text, and twenty-five texts can be many megabytes.
LISTED = tuple(
    defer(one, raiseload=True) for one in (IncomingMail.text, IncomingMail.reply, IncomingMail.html)
)


@dataclass(frozen=True, slots=True)
class Tray:
    """One page of waiting mail, the oldest first, and how many wait in all."""

    waiting: int
    mails: tuple[MailView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class File:
    """A file to give out, as its sender named it."""

    name: str
    type: str
    content: bytes


def tray(database: Database, actor: Actor, *, spam: bool = False, offset: int = 0) -> Tray:
    """What waits and the person may know of, with content only where they may sort it; or what was called spam.

    Raises NotAllowed for who has no part in any mail.
    """
    _demand_part(actor)
    is_wanted = mails.MAIL.c.state == ArrivalState.SPAM.value if spam else mails.IS_HELD
    chosen = sa.and_(is_wanted, mails.known_to(actor))
    order = IncomingMail.id.desc() if spam else IncomingMail.id
    values = mails.known_values(actor)
    with database.reading() as session:
        waiting = _count(session, sa.and_(mails.IS_HELD, mails.known_to(actor)), values)
        statement = (
            sa.select(IncomingMail)
            .options(*LISTED)
            .where(chosen)
            .order_by(order)
            .offset(offset)
            .limit(PAGE + 1)
        )
        rows = session.scalars(statement, values).all()
        views = _views(session, rows[:PAGE], actor)
    return Tray(waiting, views, len(rows) > PAGE)


def view(database: Database, mail_id: int, actor: Actor, *, now: datetime, numbers: bool = False) -> MailView:
    """One mail with all that can be read of it; that it is read is stored in the audit before anything is returned.

    Personal identity numbers are hidden unless asked for. Raises NotFound, NotAllowed.
    """
    with database.reading() as session:
        mail = mails.find(session, mail_id)
        mails.require_content(session, mail, actor)
        (shown,) = _views(session, [mail], actor, whole=True, numbers=numbers)
    facts = {"numbers": True} if numbers else None
    _note(database, actor, "mail.read", str(mail_id), facts=facts, now=now)
    return shown


def html(database: Database, mail_id: int, actor: Actor, *, now: datetime) -> str:
    """The HTML of a mail as it came. Nothing to show to anybody before router/mail/clean.py has been over it."""
    with database.reading() as session:
        mail = mails.find(session, mail_id)
        mails.require_content(session, mail, actor)
        found = mail.html
    if not found:
        raise NotFound()
    _note(database, actor, "mail.read", str(mail_id), facts={"html": True}, now=now)
    return found


def original(database: Database, mail_id: int, actor: Actor, *, now: datetime) -> bytes:
    """The bytes of a mail as they came, for who may read it."""
    with database.reading() as session:
        mail = mails.find(session, mail_id)
        mails.require_content(session, mail, actor)
        content = session.scalar(sa.select(RawMail.content).where(RawMail.digest == mail.digest))
    if content is None:
        raise NotFound()
    _note(database, actor, "mail.fetch", str(mail_id), now=now)
    return bytes(content)


def file(database: Database, file_id: str, actor: Actor, *, scanned_only: bool, now: datetime) -> File:
    """A file of a mail that the person may read. Raises NotFound, and Conflict("file_stopped") as the scanner said.

    `scanned_only`: somebody is asked about files here, so one that nobody has looked at yet has to wait.
    """
    with database.reading() as session:
        found = session.get(Attachment, file_id)
        if found is None:
            raise NotFound()
        mails.require_content(session, mails.find(session, found.incoming_mail_id), actor)
    if found.verdict in (INFECTED, FAILED):
        raise Conflict("file_stopped")
    if found.verdict == UNSCANNED and scanned_only:
        raise Conflict("file_unscanned")
    _note(database, actor, "mail.file", file_id, now=now)
    return File(found.name, found.type, bytes(found.content))


def _demand_part(actor: Actor) -> None:
    has_side = actor.mailbox_ids or actor.unit_ids or actor.targets(Role.PARTY_ADMINISTRATOR)
    if not has_side and not access.may(actor, Action.LIST_MAIL, Scope()):
        raise NotAllowed("no_mail_here")


def _count(session: Session, chosen: sa.ColumnElement[bool], values: Mapping[str, Any]) -> int:
    few = sa.select(mails.MAIL.c.id).where(chosen).limit(MOST).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(few), values) or 0


def _views(
    session: Session,
    rows: Sequence[IncomingMail],
    actor: Actor,
    *,
    whole: bool = False,
    numbers: bool = False,
) -> tuple[MailView, ...]:
    if not rows:
        return ()
    names = mails.names_of(session, rows)
    about = {one for row in rows for one in (row.suggested_id, row.inquiry_id) if one}
    references = mails.read_references(session, about, actor)
    files = mails.files_of(session, [one.id for one in rows])
    views = []
    for row in rows:
        shown = _facts(row, names)
        if whole or access.may(actor, Action.SORT_MAIL, _scope(row)):
            shown = replace(
                shown,
                content=True,
                sender=row.sender,
                sender_name=row.sender_name,
                subject=row.subject,
                marks=tuple(row.marks),
                suggested=references.get(row.suggested_id or 0, ""),
                reference=references.get(row.inquiry_id or 0, ""),
                text=(row.text or "") if whole else "",
                reply=(row.reply or "") if whole else "",
                has_html=whole and bool(row.html),
                files=files.get(row.id, ()),
            )
        views.append(shown if numbers else hidden(shown))
    return tuple(views)


def _facts(row: IncomingMail, names: dict[str, str]) -> MailView:
    return MailView(
        id=row.id,
        state=row.state,
        kind=row.kind,
        because=row.because,
        recipient=row.recipient,
        mailbox_id=row.mailbox_id,
        mailbox_name=names.get(row.mailbox_id or "", ""),
        unit_name=names.get(row.unit_id or "", ""),
        received_at=row.received_at,
        sender_domain=(row.sender or row.envelope_sender).rpartition("@")[2],
        content=False,
        copies=row.copies,
    )


def _scope(row: IncomingMail) -> Scope:
    """As `mailed.scope_of`, without the parties: those may know of it, and sort nothing."""
    return Scope(unit_id=row.unit_id or "", mailbox_ids=frozenset({row.mailbox_id} if row.mailbox_id else ()))


def _note(
    database: Database,
    actor: Actor,
    action: str,
    object_id: str,
    *,
    now: datetime,
    facts: dict[str, bool] | None = None,
) -> None:
    with database.writing() as session:
        deed = audit.Deed(actor.account_id, action, "incoming_mail", object_id, facts=facts)
        audit.record(session, [deed], now=now)
