"""A mail that waits at a mailbox becomes a question there: who asks is said by the person who read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Invalid, NotFound
from directory.records.models import EntryPoint, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import asking, gate, references
from router.records import mailed as mails
from router.records.mail_models import IncomingMail, VerifiedDomain
from router.rules import incoming
from router.rules.incoming import LONGEST_BODY, LONGEST_SUBJECT, Incoming
from router.rules.masked import masked
from router.rules.terms import ArrivalState, InquiryKind

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asker:
    """A unit that may have asked: the function, with its party."""

    unit_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Form:
    """What the form begins with: the mail's own words with all numbers hidden, and what may be chosen."""

    mail_id: int
    mailbox_name: str
    sender: str
    subject: str
    body: str
    ways: tuple[tuple[str, str], ...]
    areas: tuple[str, ...]
    askers: tuple[Asker, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the person chose; the texts as they are to be read."""

    unit_id: str
    entry_point_id: str
    kind: str
    area: str
    subject: str
    body: str


def form(database: Database, mail_id: int, actor: Actor, *, text: str) -> Form:
    """What to choose from. `text` narrows who may have asked; without it those at the sender's own domain are offered.

    Raises NotFound for a mail that waits at no mailbox, and as `tray.view`.
    """
    with database.reading() as session:
        mail = _waiting(session, mail_id, actor)
        ways = session.execute(
            sa.select(EntryPoint.id, EntryPoint.name, EntryPoint.areas)
            .where(EntryPoint.mailbox_id == mail.mailbox_id)
            .order_by(EntryPoint.name)
        ).all()
        return Form(
            mail_id=mail.id,
            mailbox_name=mails.names_of(session, [mail]).get(mail.mailbox_id or "", ""),
            sender=masked(mail.sender),
            subject=masked(mail.subject)[:LONGEST_SUBJECT],
            body=masked((mail.reply or "").strip() or (mail.text or "").strip())[:LONGEST_BODY],
            ways=tuple((row.id, row.name) for row in ways),
            areas=tuple(dict.fromkeys(area for row in ways for area in row.areas)),
            askers=_askers(session, mail, text.strip()),
        )


def ask(database: Database, mail_id: int, wanted: Wanted, actor: Actor, *, now: datetime) -> str:
    """Make a question of it, with the same guard, routing and deadlines as the form. Returns its reference.

    Its promises are counted from now, as nobody could see it before. Raises Invalid with the field, NoWay,
    Conflict("mail_handled") when somebody was first.
    """
    if not wanted.unit_id:
        raise Invalid("no_asker", field="/from_unit")
    asked = Incoming(
        from_unit=wanted.unit_id,
        to_entry_point=wanted.entry_point_id,
        kind=wanted.kind or InquiryKind.GENERAL,
        area=wanted.area,
        subject=wanted.subject,
        body=wanted.body,
    )
    incoming.examine(asked)
    with database.writing() as session:
        mail = _waiting(session, mail_id, actor)
        way = session.get(EntryPoint, wanted.entry_point_id)
        if way is None or way.mailbox_id != mail.mailbox_id:
            raise Invalid("no_choice", field="/to_entry_point")
        plan = asking.plan(session, asked, now)
        reference = references.make()
        by = gate.account_id(session, now=now)
        mails.move(
            session,
            mail_id,
            before=ArrivalState.HELD,
            state=ArrivalState.SORTED.value,
            handled_at=now,
            handled_by=actor.account_id,
        )
        stored = asking.store(session, asked, plan, reference, by=by, now=now, by_mail=True)
        _lead(session, mail_id, stored)
        deed = audit.Deed(
            actor.account_id, "mail.ask", "incoming_mail", str(mail_id), facts={"reference": reference}
        )
        audit.record(session, [deed], now=now)
    return reference


def _lead(session: Session, mail_id: int, stored: asking.Stored) -> None:
    """Let the mail lead to what it became."""
    session.connection().execute(
        sa.update(mails.MAIL)
        .where(mails.MAIL.c.id == mail_id)
        .values(
            inquiry_id=stored.inquiry_id,
            leg_id=stored.leg_id,
            message_id=stored.message_id,
            suggested_id=None,
        )
    )


def _waiting(session: Session, mail_id: int, actor: Actor) -> IncomingMail:
    mail = mails.find(session, mail_id)
    access.require(actor, Action.SORT_MAIL, mails.scope_of(session, mail))
    if mail.mailbox_id is None:
        raise NotFound()
    return mail


def _askers(session: Session, mail: IncomingMail, text: str) -> tuple[Asker, ...]:
    name = Party.name + sa.literal(", ") + Unit.name
    statement = sa.select(Unit.id, name).join(Party, Party.id == Unit.party_id).order_by(name).limit(SHOWN)
    if text:
        for word in text.split()[:5]:
            statement = statement.where(name.icontains(word, autoescape=True))
    else:
        domain = mail.sender.rpartition("@")[2]
        own = sa.select(VerifiedDomain).where(VerifiedDomain.domain == domain)
        found = session.scalar(own)
        if found is None:
            return ()
        is_own = Unit.id == found.unit_id if found.unit_id else Unit.party_id == found.party_id
        statement = statement.where(is_own)
    return tuple(Asker(*row) for row in session.execute(statement))
