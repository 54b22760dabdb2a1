"""Who did or read what, and when: one append-only table, written in the transaction of the deed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, table

# The request that a deed belongs to; the web doorstep sets it, so that log and audit can be joined.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class AuditEntry(Base):
    """One deed or reading. Holds ids and codes, never what anybody wrote."""

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index("ix_audit_entry_object", "object_kind", "object_id", "id"),)

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(sa.String(60))
    object_kind: Mapped[str] = mapped_column(sa.String(40))
    object_id: Mapped[str] = mapped_column(sa.String(120))
    outcome: Mapped[str] = mapped_column(sa.String(20), default="done")
    request_id: Mapped[str] = mapped_column(sa.String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


_INSERT = sa.insert(table(AuditEntry))


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down about one act; `account_id` None means the system itself."""

    account_id: int | None
    action: str
    object_kind: str
    object_id: str
    outcome: str = "done"
    facts: Mapping[str, Any] | None = None


def record(session: Session, deeds: Iterable[Deed], *, now: datetime) -> None:
    """Write the deeds in the caller's transaction: they are stored if and only if the deed is."""
    rows = [
        {
            "at": now,
            "account_id": deed.account_id,
            "action": deed.action,
            "object_kind": deed.object_kind,
            "object_id": deed.object_id,
            "outcome": deed.outcome,
            "request_id": request_id.get(),
            "facts": dict(deed.facts or {}),
        }
        for deed in deeds
    ]
    if rows:
        session.connection().execute(_INSERT, rows)
