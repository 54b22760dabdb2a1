"""Tables of the meeting that the parties hold about an Inquiry: proposal, votes, booking and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from router.records.models import Serial


class Meeting(Base):
    """A meeting of an Inquiry's parties. At most one of them is proposed or booked at a time.

    While it is proposed it has no `starts_at`; its proposed times are rows of MeetingTime.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        sa.Index(
            "uq_meeting_open",
            "inquiry_id",
            unique=True,
            sqlite_where=sa.text("state IN ('proposed', 'booked')"),
            postgresql_where=sa.text("state IN ('proposed', 'booked')"),
        ),
        sa.Index(
            "ix_meeting_settles",
            "starts_at",
            sqlite_where=sa.text("settles = 1 AND state = 'booked'"),
            postgresql_where=sa.text("settles AND state = 'booked'"),
        ),
        # Those whose participants are to be reminded of an answer.
        sa.Index(
            "ix_meeting_remind_at",
            "remind_at",
            sqlite_where=sa.text("state = 'proposed' AND remind_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'proposed' AND remind_at IS NOT NULL"),
        ),
        # A calendar and a search for common times ask for what is booked between two moments.
        sa.Index(
            "ix_meeting_booked",
            "starts_at",
            sqlite_where=sa.text("state = 'booked'"),
            postgresql_where=sa.text("state = 'booked'"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), index=True)
    # planning, sip, reconciliation, consultation or joint_mapping: rules/meeting_kinds.py
    kind: Mapped[str] = mapped_column(sa.String(20), default="planning", server_default="planning")
    # Whether the person takes part; otherwise the matter is spoken of without saying who it is.
    is_present: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Why it is wished. Written by a person, so it is content and never leaves in a letter or a calendar.
    why: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    # That the person has consented, as oral or written, and when it was given. Never the paper itself.
    consent: Mapped[str] = mapped_column(sa.String(10), default="", server_default="")
    consent_on: Mapped[date | None]
    # The calendar invitation's UID stays the same; its sequence rises when the time changes or it is cancelled.
    uid: Mapped[str] = mapped_column(sa.String(200), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int]
    # Where all meet, unless a participant has a room, number or link of its own.
    place: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(20))
    # Agreed by the parties: invitations name the participants' addresses. Otherwise only what they are.
    shows_addresses: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # The last moment to answer, and when those who are silent are next reminded.
    answer_by: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    proposed_at: Mapped[datetime | None]
    booked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    booked_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # When somebody said what came of it, and who.
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]
    # A promise waits for its hour: until then the meeting may still be cancelled or put off.
    settles: Mapped[bool] = mapped_column(default=False)


class MeetingTime(Base):
    """One proposed time of a Meeting, with why it was found good (codes and facts for [because])."""

    __tablename__ = "meeting_time"
    __table_args__ = (sa.UniqueConstraint("meeting_id", "starts_at"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("meeting.id"))
    starts_at: Mapped[datetime]
    because: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON(), default=list)
    # The participant that suggested it instead of the times that were proposed.
    suggested_by: Mapped[int | None] = mapped_column(Serial)
    added_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Participant(Base):
    """Who takes part in a Meeting: a function at a party, never a person as such.

    `address` is where it is written to. Those of the asking unit have `is_asker`, those of a receiver its `leg_id`.
    """

    __tablename__ = "participant"
    __table_args__ = (sa.UniqueConstraint("meeting_id", "address"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("meeting.id"))
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"))
    # The unit or the way in that it is, as it is shown; and in what function, as "rehabkoordinator".
    name: Mapped[str] = mapped_column(sa.String(200))
    function: Mapped[str] = mapped_column(sa.String(120), default="")
    is_asker: Mapped[bool] = mapped_column(default=False)
    leg_id: Mapped[int | None] = mapped_column(Serial, sa.ForeignKey("leg.id"))
    mailbox_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("mailbox.id"))
    address: Mapped[str] = mapped_column(sa.String(254), index=True)
    # Whether it may decide for its party; None until somebody has said.
    has_mandate: Mapped[bool | None]
    # Without it the meeting is no meeting.
    is_required: Mapped[bool] = mapped_column(default=True)
    # room, phone or video, and which; empty is the meeting's own place.
    form: Mapped[str] = mapped_column(sa.String(10), default="")
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    # What its calendar has answered to the invitation: needs_action, accepted, tentative or declined.
    answer: Mapped[str] = mapped_column(sa.String(20), default="needs_action")
    answered_at: Mapped[datetime | None]
    # The sequence and the DTSTAMP of that answer: one that was sent earlier and came later changes nothing.
    answered_sequence: Mapped[int | None]
    answered_stamp: Mapped[datetime | None]
    # The sequence of the invitation it was sent last; None until it has been invited.
    invited_sequence: Mapped[int | None]
    reminded_at: Mapped[datetime | None]
    # Whether it came; None until somebody has said.
    attended: Mapped[bool | None]
    added_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Vote(Base):
    """What one participant says of one proposed time: yes, maybe or no. The last word stands."""

    __tablename__ = "vote"
    __table_args__ = {"sqlite_with_rowid": False}

    time_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("meeting_time.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("participant.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime]
    # None when it was given by a link.
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class VoteLink(Base):
    """The personal link of one letter, as its SHA-256: whoever holds it answers for this one participant."""

    __tablename__ = "vote_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    participant_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("participant.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class NextStep(Base):
    """What was agreed at a Meeting: who does what by when. The Deadline is the promise, where a receiver gave it."""

    __tablename__ = "next_step"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("meeting.id"))
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), index=True)
    participant_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("participant.id"))
    what: Mapped[str] = mapped_column(sa.Text)
    due_on: Mapped[date]
    deadline_id: Mapped[int | None] = mapped_column(Serial, sa.ForeignKey("deadline.id"))
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime]
    done_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    done_at: Mapped[datetime | None]
    # It was not to be done after all: the inquiry was closed or went on, or the outcome was taken back.
    withdrawn_at: Mapped[datetime | None]
