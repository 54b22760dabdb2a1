"""Mailboxes and parties as owners of calendars: what they are called, and what access to them is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.errors import NotFound
from directory.records.models import Mailbox, Party
from directory.rules.access import Actor, Scope
from directory.rules.terms import Role
from router.rules.calendar_owners import CalendarOwner, OwnerKind


@dataclass(frozen=True, slots=True)
class Owned:
    """An owner by name. A person's own has none. `party_ids` are those whose forums it follows."""

    owner: CalendarOwner
    name: str
    scope: Scope
    party_ids: frozenset[str]


def find(session: Session, owner: CalendarOwner, actor: Actor) -> Owned:
    """Raises NotFound for a mailbox or a party there is not, and for another person's calendar."""
    if owner.kind is OwnerKind.ACCOUNT:
        if owner.account_id != actor.account_id:
            raise NotFound()
        return Owned(owner, "", Scope(), frozenset(actor.party_ids))
    if owner.kind is OwnerKind.PARTY:
        party = session.get(Party, owner.id)
        if party is None:
            raise NotFound()
        mine = frozenset({party.id})
        return Owned(owner, party.name, Scope(party_ids=mine), mine)
    mailbox = session.get(Mailbox, owner.id)
    if mailbox is None:
        raise NotFound()
    mine = frozenset({mailbox.party_id})
    scope = Scope(mailbox_ids=frozenset({mailbox.id}), party_ids=mine)
    return Owned(owner, mailbox.name, scope, mine)


def others(session: Session, actor: Actor) -> tuple[tuple[CalendarOwner, str], ...]:
    """The mailboxes that a person works and the parties administered, by name: they have calendars of their own."""
    boxes = session.execute(
        sa.select(Mailbox.id, Mailbox.name).where(Mailbox.id.in_(actor.mailbox_ids)).order_by(Mailbox.name)
    )
    administered = actor.targets(Role.PARTY_ADMINISTRATOR)
    parties = session.execute(
        sa.select(Party.id, Party.name).where(Party.id.in_(administered)).order_by(Party.sort_key)
    )
    return (
        *((CalendarOwner(OwnerKind.MAILBOX, row.id), row.name) for row in boxes),
        *((CalendarOwner(OwnerKind.PARTY, row.id), row.name) for row in parties),
    )
