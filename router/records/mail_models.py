"""Tables of mail that came in, and of what is agreed about mail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from router.records.models import Serial


class RawMail(Base):
    """The bytes of a mail as they came. Written before anybody is told that we have it, and never changed."""

    __tablename__ = "raw_mail"

    # SHA-256 of all of it, in hex: the same bytes to two recipients are kept once.
    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    size: Mapped[int]
    at: Mapped[datetime]


class IncomingMail(Base):
    """One mail to one recipient: what came of it, or why it waits for a person.

    `mailbox_id` or `unit_id` says whose it is; a mail with neither is known to administrators, without content.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (
        sa.UniqueConstraint("fingerprint", "recipient"),
        sa.Index(
            "ix_incoming_mail_due",
            "next_try_at",
            sqlite_where=sa.text("state = 'stored'"),
            postgresql_where=sa.text("state = 'stored'"),
        ),
        sa.Index(
            "ix_incoming_mail_held",
            "id",
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        ),
        sa.Index("ix_incoming_mail_header_id", "header_id"),
        sa.Index("ix_incoming_mail_inquiry_id", "inquiry_id"),
        # What one sender wrote of late, and what came to one address, is asked for each mail (rules/loops.py).
        sa.Index("ix_incoming_mail_sender", "sender", "received_at"),
        sa.Index("ix_incoming_mail_recipient", "recipient", "received_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("raw_mail.digest"), index=True)
    # SHA-256 of what stands below the trace headers: the same mail through two doors is one.
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    envelope_sender: Mapped[str] = mapped_column(sa.String(254), default="")
    # imap, lmtp, smtp or pipe
    door: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(20))
    # None until it has been read.
    kind: Mapped[str | None] = mapped_column(sa.String(20))
    # Why it ended as it did, or is held: a code of the table [because] and its facts, never content.
    because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    mailbox_id: Mapped[str | None] = mapped_column(Id)
    unit_id: Mapped[str | None] = mapped_column(Id)
    inquiry_id: Mapped[int | None] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    leg_id: Mapped[int | None] = mapped_column(Serial)
    # The Message it became.
    message_id: Mapped[int | None] = mapped_column(Serial, index=True)
    # Where it may belong, when only a person may say so.
    suggested_id: Mapped[int | None] = mapped_column(Serial)
    # As it was read: for lists, and never for trust.
    sender: Mapped[str] = mapped_column(sa.String(254), default="")
    sender_name: Mapped[str] = mapped_column(sa.String(200), default="")
    subject: Mapped[str] = mapped_column(sa.String(256), default="")
    header_id: Mapped[str] = mapped_column(sa.String(255), default="")
    # The same for mails that say the same to the same address (rules/loops.py); empty until it has been read.
    likeness: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    # What a reader should know: same_id, new_subject, identity_number, not_unpacked and the like.
    marks: Mapped[list[str]] = mapped_column(default=list)
    # The whole readable text and the part that was newly written; None until it has been read.
    text: Mapped[str | None] = mapped_column(sa.Text)
    reply: Mapped[str | None] = mapped_column(sa.Text)
    html: Mapped[str | None] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(sa.String(40))
    # How often the same mail came again to the same recipient.
    copies: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[int | None]


class Attachment(Base):
    """A file of an incoming mail, under a random name. What its sender called it is only shown."""

    __tablename__ = "attachment"
    __table_args__ = (
        sa.UniqueConstraint("incoming_mail_id", "place"),
        sa.Index(
            "ix_attachment_unscanned",
            "incoming_mail_id",
            "place",
            sqlite_where=sa.text("verdict = 'unscanned'"),
            postgresql_where=sa.text("verdict = 'unscanned'"),
        ),
    )

    # 128 bits of chance, in hex.
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    incoming_mail_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("incoming_mail.id"))
    place: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(255))
    type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # unscanned, clean, infected or failed
    verdict: Mapped[str] = mapped_column(sa.String(20))


class VerifiedDomain(Base):
    """A mail domain that an administrator has found to be a party's own; its mail speaks for this unit."""

    __tablename__ = "verified_domain"

    domain: Mapped[str] = mapped_column(sa.String(253), primary_key=True)
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"))
    unit_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("unit.id"))
    verified_at: Mapped[datetime]
    verified_by: Mapped[int | None]


class ContentRelay(Base):
    """The agreement that a mailbox takes the content of inquiries by mail, and the one server it goes through."""

    __tablename__ = "content_relay"

    mailbox_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("mailbox.id"), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(253))
    port: Mapped[int]
    agreed_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None]


class FetchedTo(Base):
    """How far a folder of an IMAP account has been read."""

    __tablename__ = "fetched_to"

    # account and folder, as `post@samvag.example/INBOX`
    source: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(sa.BigInteger)
    last_uid: Mapped[int] = mapped_column(sa.BigInteger)
    # UIDs that could not be fetched whole, and how often it was tried.
    troubled: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Counted while a long fetch is under way.
    waiting: Mapped[int] = mapped_column(default=0)
    fetched: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(sa.String(300), default="")
    tried_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class AutomaticMail(Base):
    """How many letters nobody wrote have gone to one correspondent in one day, or in one hour of it (UTC).

    A correspondent is an address, `@` and a domain, `*` for everybody, or `sender>recipient` for promised letters
    that one address's mail led to.
    """

    __tablename__ = "automatic_mail"

    correspondent: Mapped[str] = mapped_column(sa.String(510), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    # 0 to 23, and -1 for the whole day.
    hour: Mapped[int] = mapped_column(primary_key=True)
    n: Mapped[int]
    last_at: Mapped[datetime]
