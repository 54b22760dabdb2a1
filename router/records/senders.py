"""Whose an address is that wrote to us: an account and its grants now, a mailbox's own, or a verified domain's."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import rows_of, table
from directory.records import actors
from directory.records.models import Mailbox, Unit
from router.records.mail_models import VerifiedDomain
from router.rules.leads import Box, Sender

_BOX, _UNIT, _DOMAIN = table(Mailbox).c, table(Unit).c, table(VerifiedDomain).c
_BOXES = sa.select(_BOX.id, _BOX.unit_id, _BOX.party_id).order_by(_BOX.id)
_BY_ADDRESS = _BOXES.where(_BOX.address == sa.bindparam("address"))
# Few are written with capitals, and no index would find those: all of them are read, once in a transaction.
_CAPITALS = _BOXES.add_columns(_BOX.address).where(_BOX.address != sa.func.lower(_BOX.address))
# A unit that has gone over to another party no longer speaks for the domain's.
_OF_DOMAIN = (
    sa.select(_DOMAIN.party_id, _UNIT.id.label("unit_id"))
    .select_from(
        table(VerifiedDomain).outerjoin(
            table(Unit), sa.and_(_UNIT.id == _DOMAIN.unit_id, _UNIT.party_id == _DOMAIN.party_id)
        )
    )
    .where(_DOMAIN.domain == sa.bindparam("domain"))
)


def of(session: Session, address: str, vouched: frozenset[str], *, now: datetime) -> Sender:
    """Everything that the one strict address in From is, by what stands in the tables now. Empty: nobody."""
    if not address:
        return Sender()
    domain = address.rpartition("@")[2]
    if domain not in vouched:
        # Nothing is asked of who it only says it is.
        return Sender(address)
    connection = session.connection()
    known = actors.by_email(session, address, now=now)
    boxes = [*connection.execute(_BY_ADDRESS, {"address": address})]
    verified = next(iter(rows_of(session, _OF_DOMAIN, {"domain": domain})), None)
    if not boxes and known is None:
        boxes += [row for row in rows_of(session, _CAPITALS, {}) if row.address.lower() == address]
    return Sender(
        address,
        is_vouched=True,
        is_account=known is not None,
        actor=known.actor if known else None,
        boxes=tuple(Box(row.id, row.unit_id, row.party_id) for row in boxes),
        domain_party=verified.party_id if verified else "",
        domain_unit=(verified.unit_id or "") if verified else "",
    )
