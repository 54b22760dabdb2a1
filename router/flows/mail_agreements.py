"""What is agreed about mail: which domains are a party's own, and which mailboxes take content through which server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from config.settings import Settings
from directory.records.models import Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records.mail_models import ContentRelay, VerifiedDomain
from router.rules import domains

MOST = 2000
PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class DomainRow:
    domain: str
    party_id: str
    party_name: str
    unit_id: str
    unit_name: str
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class RelayRow:
    mailbox_id: str
    mailbox_name: str
    host: str
    port: int
    agreed_on: date


@dataclass(frozen=True, slots=True)
class Agreed:
    """All of it, with what may be chosen: parties and units by id and name."""

    domains: tuple[DomainRow, ...]
    relays: tuple[RelayRow, ...]
    parties: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]


def agreed(database: Database, actor: Actor) -> Agreed:
    """What is agreed now. Raises NotAllowed for who does not run the mail."""
    _demand(actor)
    with database.reading() as session:
        own = session.execute(
            sa.select(VerifiedDomain, Party.name, sa.func.coalesce(Unit.name, ""))
            .join(Party, Party.id == VerifiedDomain.party_id)
            .outerjoin(Unit, Unit.id == VerifiedDomain.unit_id)
            .order_by(VerifiedDomain.domain)
            .limit(MOST)
        ).all()
        relays = session.execute(
            sa.select(ContentRelay, Mailbox.name)
            .join(Mailbox, Mailbox.id == ContentRelay.mailbox_id)
            .order_by(Mailbox.name)
            .limit(MOST)
        ).all()
        parties = session.execute(sa.select(Party.id, Party.name).order_by(Party.name).limit(MOST)).all()
        units = session.execute(
            sa.select(Unit.id, Party.short_name + sa.literal(", ") + Unit.name)
            .join(Party, Party.id == Unit.party_id)
            .order_by(Party.short_name, Unit.name)
            .limit(MOST)
        ).all()
    return Agreed(
        domains=tuple(
            DomainRow(one.domain, one.party_id, party, one.unit_id or "", unit, one.verified_at)
            for one, party, unit in own
        ),
        relays=tuple(
            RelayRow(one.mailbox_id, name, one.host, one.port, one.agreed_on) for one, name in relays
        ),
        parties=tuple((row[0], row[1]) for row in parties),
        units=tuple((row[0], row[1]) for row in units),
    )


def add_domain(
    database: Database,
    wanted: str,
    actor: Actor,
    *,
    party_id: str,
    unit_id: str,
    settings: Settings,
    now: datetime,
) -> str:
    """Say that a domain is a party's own: vouched-for mail from it speaks for the unit, or for no unit in particular.

    Raises Invalid, Conflict("domain_taken").
    """
    _demand(actor)
    domain = domains.own(wanted, ours=settings.mail_domain)
    with database.writing() as session:
        if session.get(Party, party_id) is None:
            raise Invalid("unknown_party", field="/party", party=party_id[:80])
        if unit_id:
            unit = session.get(Unit, unit_id)
            if unit is None or unit.party_id != party_id:
                raise Invalid("unknown_unit", field="/unit", unit=unit_id[:80])
        if session.get(VerifiedDomain, domain) is not None:
            raise Conflict("domain_taken", domain=domain)
        session.add(
            VerifiedDomain(
                domain=domain,
                party_id=party_id,
                unit_id=unit_id or None,
                verified_at=now,
                verified_by=actor.account_id,
            )
        )
        _note(session, actor, "mail.domain_added", domain, now=now, party=party_id)
    return domain


def remove_domain(database: Database, domain: str, actor: Actor, *, now: datetime) -> None:
    """Let mail from a domain speak for nobody from now on. Raises NotFound."""
    _demand(actor)
    with database.writing() as session:
        found = session.get(VerifiedDomain, domain)
        if found is None:
            raise NotFound()
        _note(session, actor, "mail.domain_removed", domain, now=now, party=found.party_id)
        session.delete(found)


def add_relay(
    database: Database,
    mailbox_id: str,
    actor: Actor,
    *,
    host: str,
    port: int,
    agreed_on: date | None,
    now: datetime,
) -> None:
    """Write down that a mailbox takes content by mail, through one server. Raises Invalid, Conflict("relay_stands")."""
    _demand(actor)
    name = domains.host(host)
    if port not in PORTS:
        raise Invalid("bad_port", field="/port")
    if agreed_on is None or agreed_on > now.date():
        raise Invalid("bad_agreed_on", field="/agreed_on")
    with database.writing() as session:
        if session.get(Mailbox, mailbox_id) is None:
            raise Invalid("unknown_mailbox", field="/mailbox", mailbox=mailbox_id[:80])
        if session.get(ContentRelay, mailbox_id) is not None:
            raise Conflict("relay_stands")
        session.add(
            ContentRelay(
                mailbox_id=mailbox_id,
                host=name,
                port=port,
                agreed_on=agreed_on,
                made_at=now,
                made_by=actor.account_id,
            )
        )
        _note(session, actor, "mail.relay_added", mailbox_id, now=now, host=f"{name}:{port}")


def end_relay(database: Database, mailbox_id: str, actor: Actor, *, now: datetime) -> None:
    """From now on the mailbox is told reference, deadline and link as everybody is. Raises NotFound."""
    _demand(actor)
    with database.writing() as session:
        found = session.get(ContentRelay, mailbox_id)
        if found is None:
            raise NotFound()
        _note(session, actor, "mail.relay_ended", mailbox_id, now=now, host=f"{found.host}:{found.port}")
        session.delete(found)


def _demand(actor: Actor) -> None:
    access.require_open(actor, Action.RUN_MAIL, Scope())


def _note(
    session: Session, actor: Actor, action: str, object_id: str, *, now: datetime, **facts: str
) -> None:
    deed = audit.Deed(actor.account_id, action, "mail", object_id, facts=facts)
    audit.record(session, [deed], now=now)
