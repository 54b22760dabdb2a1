"""Tables of accounts: who may sign in, and with which grants."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id


class Account(Base):
    """A person who may sign in. `failed_count` and `blocked_until` slow down guessing."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    failed_count: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    # The language of letters to this person: sv or en.
    language: Mapped[str] = mapped_column(sa.String(2), default="sv", server_default="sv")


class Grant(Base):
    """A role at a Unit (caseworker), Mailbox (keeper, owner) or Party (party administrator), for a time."""

    __tablename__ = "account_grant"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "role", "target_id"),
        sa.Index("ix_account_grant_target", "target_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(sa.String(30))
    target_id: Mapped[str] = mapped_column(Id, default="")
    # The party that the target belongs to, so that no question of access needs a join.
    party_id: Mapped[str] = mapped_column(Id, default="")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class SignedIn(Base):
    """A browser session. The cookie holds the id; here stands only its SHA-256."""

    __tablename__ = "signed_in"

    id_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ApiToken(Base):
    """A bearer token for the API, stored as its SHA-256."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
