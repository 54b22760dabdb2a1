"""Questions to the directory's tables, in plain columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.audit import AuditEntry
from directory.records.models import Channel, EntryPoint, Party
from directory.rules.terms import PartyKind


def party(session: Session, party_id: str) -> sa.Row[str, str, str, str, str | None] | None:
    statement = sa.select(Party.id, Party.name, Party.short_name, Party.kind, Party.successor_id)
    return session.execute(statement.where(Party.id == party_id)).one_or_none()


def areas(session: Session) -> Sequence[sa.Row[list[str], str, str, str]]:
    """The parties that lend places their names: municipalities first, then regions, each in Swedish order."""
    kinds = (PartyKind.MUNICIPALITY, PartyKind.REGION)
    statement = (
        sa.select(Party.areas, Party.name, Party.short_name, Party.kind)
        .where(Party.kind.in_(kinds), Party.successor_id.is_(None))
        .order_by(Party.kind, Party.sort_key)
    )
    return session.execute(statement).all()


def agencies(session: Session) -> Sequence[sa.Row[str, str]]:
    """The parties that are one of a kind, by name."""
    statement = sa.select(Party.id, Party.name).where(
        Party.kind == PartyKind.AGENCY, Party.successor_id.is_(None)
    )
    return session.execute(statement.order_by(Party.sort_key)).all()


def everywhere(session: Session) -> Sequence[sa.Row[str, str, list[str]]]:
    """Every party that is there still, with its areas, in Swedish order."""
    statement = sa.select(Party.id, Party.name, Party.areas).where(Party.successor_id.is_(None))
    return session.execute(statement.order_by(Party.sort_key, Party.id)).all()


def party_names(session: Session) -> Sequence[sa.Row[str, str]]:
    """Every party by its id, in Swedish order."""
    return session.execute(sa.select(Party.id, Party.name).order_by(Party.sort_key, Party.id)).all()


def area_name(session: Session, code: str) -> str | None:
    """A municipality is called by its short name, a county by its region's."""
    is_municipality = len(code) == 4
    kind = PartyKind.MUNICIPALITY if is_municipality else PartyKind.REGION
    statement = sa.select(Party.areas, Party.short_name if is_municipality else Party.name)
    for codes, name in session.execute(statement.where(Party.kind == kind)):
        if codes == [code]:
            return str(name)
    return None


def details(
    session: Session, entry_point_id: str
) -> sa.Row[str, str, list[str], list[str], str | None] | None:
    """What only an entry point's own page shows."""
    statement = sa.select(
        EntryPoint.not_for,
        EntryPoint.requirements,
        EntryPoint.inquiry_kinds,
        EntryPoint.target_groups,
        Party.successor_id,
    ).join(Party, Party.id == EntryPoint.party_id)
    return session.execute(statement.where(EntryPoint.id == entry_point_id)).one_or_none()


def channels(session: Session, entry_point_id: str) -> tuple[tuple[str, str], ...]:
    statement = sa.select(Channel.kind, Channel.value).where(Channel.entry_point_id == entry_point_id)
    return tuple((kind, value) for kind, value in session.execute(statement.order_by(Channel.position)))


def history(
    session: Session, entry_point_id: str, *, limit: int
) -> Sequence[sa.Row[datetime, str, dict[str, Any]]]:
    """What was done to an entry point, latest first."""
    statement = (
        sa.select(AuditEntry.at, AuditEntry.action, AuditEntry.facts)
        .where(AuditEntry.object_kind == "entry_point", AuditEntry.object_id == entry_point_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return session.execute(statement).all()
