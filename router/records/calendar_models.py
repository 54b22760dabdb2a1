"""Tables of other calendars: published ones that say when somebody is busy, and our own that programs subscribe to."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from router.records.models import Serial


class BusySource(Base):
    """The published calendar of a Mailbox or of a person who keeps one. Its address is a secret of theirs."""

    __tablename__ = "busy_source"
    __table_args__ = (sa.Index("ix_busy_source_next_try_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    mailbox_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("mailbox.id"), unique=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    url: Mapped[str] = mapped_column(sa.String(1000))
    set_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    set_at: Mapped[datetime]
    # What the server said of the copy we have, so that one that has not changed is not sent again.
    etag: Mapped[str] = mapped_column(sa.String(200), default="")
    tried_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    # Why the last try came to nothing, as a code; empty when it went well.
    failure: Mapped[str] = mapped_column(sa.String(40), default="")
    next_try_at: Mapped[datetime]


class BusyInterval(Base):
    """From when to when a published calendar says busy. Nothing of why is ever kept."""

    __tablename__ = "busy_interval"
    __table_args__ = {"sqlite_with_rowid": False}

    source_id: Mapped[int] = mapped_column(
        Serial, sa.ForeignKey("busy_source.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    is_tentative: Mapped[bool] = mapped_column(default=False)


class CalendarFeed(Base):
    """A calendar to subscribe to, as the SHA-256 of the secret in its address.

    `kind` is account, mailbox or party; what stands in it follows what its owner may see when it is read.
    """

    __tablename__ = "calendar_feed"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    target_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
