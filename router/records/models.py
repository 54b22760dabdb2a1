"""Tables of the router."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id

# 64 bits on PostgreSQL; SQLite only numbers rows by itself in a column declared INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# Open, and moved or made since its steps were counted. As the index is, so must every question be written.
UNPLANNED = "stopped_at IS NULL AND (planned_for IS NULL OR planned_for <> due_at)"

# Letters that still wait and belong to a stream; as the index is, so must every question be written.
IN_STREAM = sa.text("stream IS NOT NULL AND state IN ('ready', 'leased', 'uncertain')")


class Inquiry(Base):
    """One question from a Unit. `version` counts its events and guards every change of state."""

    __tablename__ = "inquiry"
    __table_args__ = (sa.Index("ix_inquiry_from_unit_id", "from_unit_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(16), unique=True)
    from_unit_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("unit.id"))
    from_party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"))
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    topic: Mapped[str] = mapped_column(sa.String(80), default="")
    area: Mapped[str] = mapped_column(sa.String(4))
    subject: Mapped[str] = mapped_column(sa.String(256))
    our_reference: Mapped[str] = mapped_column(sa.String(80), default="")
    # Where the asker is told by mail, when the question came by mail from an address without an account.
    asked_from: Mapped[str | None] = mapped_column(sa.String(254))
    mode: Mapped[str] = mapped_column(sa.String(30))
    wants_meeting: Mapped[bool]
    agreement_id: Mapped[str | None] = mapped_column(Id)
    agreement_version: Mapped[int | None]
    agreement_because: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # Since when every receiver reads the others' answers; None while each sees only its own thread.
    answers_shared_at: Mapped[datetime | None]


class Leg(Base):
    """One receiving Mailbox's part in an Inquiry.

    `due_at` and `due_kind` are those of the earliest open Deadline: the queue is ordered by it without a join.
    """

    __tablename__ = "leg"
    __table_args__ = (
        sa.Index("ix_leg_queue", "mailbox_id", "state", "due_at"),
        sa.Index("ix_leg_inquiry_id", "inquiry_id"),
        sa.Index(
            "ix_leg_claimed_by",
            "claimed_by",
            sqlite_where=sa.text("state = 'claimed'"),
            postgresql_where=sa.text("state = 'claimed'"),
        ),
        sa.Index(
            "ix_leg_open",
            "due_at",
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        ),
        sa.Index(
            "ix_leg_held",
            "id",
            sqlite_where=sa.text("state = 'handed_back'"),
            postgresql_where=sa.text("state = 'handed_back'"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    mailbox_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("mailbox.id"))
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"))
    state: Mapped[str] = mapped_column(sa.String(20))
    because: Mapped[dict[str, Any]]
    claimed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    claimed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_kind: Mapped[str | None] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
    # The leg that this one took over from; None for one that the asker chose.
    follows_id: Mapped[int | None] = mapped_column(Serial)
    left_at: Mapped[datetime | None]
    # Open minutes between the start of the leg and the moment it was left.
    used_minutes: Mapped[int | None]
    # Who says where a question goes that was handed back.
    held_by: Mapped[str | None] = mapped_column(sa.String(20))
    # Counted up to make its reply addresses anew: those given out before no longer lead here.
    reply_generation: Mapped[int] = mapped_column(default=0, server_default="0")


class Message(Base):
    """What crosses between parties."""

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_inquiry_id", "inquiry_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    leg_id: Mapped[int | None] = mapped_column(Serial, sa.ForeignKey("leg.id"))
    # question, answer, follow_up, explanation or minutes
    kind: Mapped[str] = mapped_column(sa.String(20))
    # Of minutes, the Meeting that they are of: only those who took part read them.
    meeting_id: Mapped[int | None] = mapped_column(Serial)
    from_unit_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("unit.id"))
    from_party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"))
    by_account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]


class Note(Base):
    """What never leaves the side that wrote it: the asker's unit (mailbox_id None) or a mailbox."""

    __tablename__ = "note"
    __table_args__ = (sa.Index("ix_note_inquiry_id", "inquiry_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    unit_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("unit.id"))
    mailbox_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("mailbox.id"))
    by_account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    body: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]


class Event(Base):
    """The history of an Inquiry: 1..n without a gap, n = inquiry.version."""

    __tablename__ = "event"
    # Stored in the order of its key: an inquiry's history lies together, and no second index is kept for it.
    __table_args__ = {"sqlite_with_rowid": False}

    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(30))
    leg_id: Mapped[int | None] = mapped_column(Serial)
    by_account_id: Mapped[int | None]
    at: Mapped[datetime]
    # The state of the Inquiry after the event, so that the history can be added up.
    state: Mapped[str] = mapped_column(sa.String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Deadline(Base):
    """One promise. Open while `stopped_at` is None; the outcome is `stopped_at` against `due_at`."""

    __tablename__ = "deadline"
    __table_args__ = (
        # The watch asks only for open, not yet breached ones: the index holds nothing else.
        sa.Index(
            "ix_deadline_open",
            "due_at",
            sqlite_where=sa.text("stopped_at IS NULL AND breached = 0"),
            postgresql_where=sa.text("stopped_at IS NULL AND NOT breached"),
        ),
        sa.Index("ix_deadline_inquiry_id", "inquiry_id"),
        # Reminding asks for those whose steps nobody has counted for the due time that holds, and for due steps.
        sa.Index(
            "ix_deadline_unplanned",
            "id",
            sqlite_where=sa.text(UNPLANNED),
            postgresql_where=sa.text(UNPLANNED),
        ),
        sa.Index(
            "ix_deadline_next_step",
            "next_step_at",
            sqlite_where=sa.text("stopped_at IS NULL AND next_step_at IS NOT NULL"),
            postgresql_where=sa.text("stopped_at IS NULL AND next_step_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    leg_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("leg.id"))
    # The leg decides whose promise it is; kept here so that sweep and board need no join.
    mailbox_id: Mapped[str] = mapped_column(Id)
    party_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(sa.String(20))
    term: Mapped[str] = mapped_column(sa.String(40))
    start_at: Mapped[datetime]
    due_at: Mapped[datetime]
    because: Mapped[dict[str, Any]]
    # Spans during which the clock stood still, as router/rules/pausing.py reads and writes them.
    pauses: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON(), default=list)
    # The Extension that was agreed last, and the moment it moved the promise to.
    extended_by: Mapped[int | None] = mapped_column(Serial)
    extended_to: Mapped[datetime | None]
    # The Deadline that this one took up after: a question asked again, or told of again.
    after_id: Mapped[int | None] = mapped_column(Serial)
    # The calendar it is counted by, with the local days laid over it (docs/decisions/0014).
    calendar_id: Mapped[str] = mapped_column(sa.String(300), default="default", server_default="default")
    calendar_version: Mapped[int] = mapped_column(default=1, server_default="1")
    # Where a term in calendar days goes when it ends on a closed day.
    moves: Mapped[str] = mapped_column(sa.String(10), default="earlier", server_default="earlier")
    # Of a meeting: whether booking it is enough, or it must have been held.
    stops_when: Mapped[str] = mapped_column(sa.String(10), default="booked", server_default="booked")
    # How the time was counted, span by span, as the rule told it.
    steps: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON(), default=list, server_default="[]")
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    breached: Mapped[bool] = mapped_column(default=False)
    # whole, inquiry or leg: docs/decisions/0012.
    scope: Mapped[str] = mapped_column(sa.String(10), default="whole", server_default="whole")
    # The due time that the next step of reminding was counted for, and when that step is; None when there is none.
    planned_for: Mapped[datetime | None]
    next_step_at: Mapped[datetime | None]


class Breach(Base):
    """A Deadline passed: a stored fact. One per Deadline, never deleted."""

    __tablename__ = "breach"
    __table_args__ = (
        sa.Index("ix_breach_party_id", "party_id", "id"),
        sa.Index("ix_breach_mailbox_id", "mailbox_id", "id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    deadline_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("deadline.id"), unique=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), index=True)
    mailbox_id: Mapped[str] = mapped_column(Id)
    party_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(sa.String(20))
    due_at: Mapped[datetime]
    found_at: Mapped[datetime]
    # Why, as the owner of the mailbox says it now; every earlier word stands in breach_cause.
    cause: Mapped[str | None] = mapped_column(sa.String(20))
    comment: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    scope: Mapped[str] = mapped_column(sa.String(10), default="whole", server_default="whole")


class BreachCause(Base):
    """What an owner has said of why a promise was broken. Rows are only added."""

    __tablename__ = "breach_cause"
    __table_args__ = (sa.Index("ix_breach_cause_breach_id", "breach_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    breach_id: Mapped[int] = mapped_column(Serial)
    cause: Mapped[str] = mapped_column(sa.String(20))
    comment: Mapped[str] = mapped_column(sa.Text)
    by_account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class Extension(Base):
    """A later day for a promise, proposed by the desk. It changes nothing until the asker agrees."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    deadline_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("deadline.id"))
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), index=True)
    was_due_at: Mapped[datetime]
    to_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(20))
    proposed_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]


class SentOnce(Base):
    """That something with this key was done, and where: sent again within a day it is not done again."""

    __tablename__ = "sent_once"
    __table_args__ = (sa.Index("ix_sent_once_at", "at"), {"sqlite_with_rowid": False})

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    reference: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime]


class OutgoingMail(Base):
    """A letter waiting to be sent, to one recipient.

    The facts are fixed when the row is written. The bytes are made of them at the first lease and committed
    before anything is sent, so every attempt sends the same bytes under the same Message-ID.
    """

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        sa.Index(
            "ix_outgoing_mail_due",
            "next_try_at",
            sqlite_where=sa.text("state IN ('ready', 'leased', 'uncertain')"),
            postgresql_where=sa.text("state IN ('ready', 'leased', 'uncertain')"),
        ),
        sa.Index("ix_outgoing_mail_event", "inquiry_id", "seq"),
        # Refused letters that nobody was told of (flows/alarms.py).
        sa.Index(
            "ix_outgoing_mail_untold",
            "id",
            sqlite_where=sa.text("state = 'failed' AND alarmed_at IS NULL"),
            postgresql_where=sa.text("state = 'failed' AND alarmed_at IS NULL"),
        ),
        # Whether an earlier letter of the same stream still waits is asked of each that is claimed.
        sa.Index(
            "ix_outgoing_mail_stream", "stream", "id", sqlite_where=IN_STREAM, postgresql_where=IN_STREAM
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    # letter : inquiry : event : recipient, or letter : about : recipient. No cause can write the same letter twice.
    key: Mapped[str] = mapped_column(sa.String(400), unique=True)
    letter: Mapped[str] = mapped_column(sa.String(40))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    facts: Mapped[dict[str, Any]]
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    state: Mapped[str] = mapped_column(sa.String(20))
    attempts: Mapped[int] = mapped_column(default=0)
    # When the row may be taken (again): the next try, or the end of the lease of who holds it.
    next_try_at: Mapped[datetime]
    lease: Mapped[str | None] = mapped_column(sa.String(40))
    # None where the letter belongs to no Inquiry; then `about` says what it is about, as `confirmation:17`.
    inquiry_id: Mapped[int | None] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    seq: Mapped[int]
    about: Mapped[str | None] = mapped_column(sa.String(120))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reply: Mapped[str | None] = mapped_column(sa.String(300))
    # sv or en
    language: Mapped[str] = mapped_column(sa.String(2), default="sv", server_default="sv")
    # The one server that a letter with content may go through, as host:port, fixed with its bytes.
    relay: Mapped[str | None] = mapped_column(sa.String(260))
    # When somebody was told that it did not arrive.
    alarmed_at: Mapped[datetime | None]
    # Letters of one stream leave in the order they were written: a cancellation never overtakes its invitation.
    stream: Mapped[str | None] = mapped_column(sa.String(400))


class Tally(Base):
    """Kept counters: how many of a measure in a scope ("all", "party:…", "mailbox:…") in an ISO week."""

    __tablename__ = "tally"
    __table_args__ = {"sqlite_with_rowid": False}

    scope: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    week: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    measure: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    n: Mapped[int]
