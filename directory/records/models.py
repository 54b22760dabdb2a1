"""Tables of the directory."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base

Id = sa.String(80)


class Party(Base):
    """An organisation that takes part."""

    __tablename__ = "party"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    short_name: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(20), index=True)
    org_number: Mapped[str] = mapped_column(sa.String(20), default="")
    areas: Mapped[list[str]]
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    # A merged or renamed body leads on to this one. No foreign key: successors may be imported later in the file.
    successor_id: Mapped[str | None] = mapped_column(Id)
    sort_key: Mapped[str] = mapped_column(sa.String(200), index=True)


class Unit(Base):
    """An operationally independent part of a Party, in a tree."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    sort_key: Mapped[str] = mapped_column(sa.String(200))


class Mailbox(Base):
    """The queue behind an EntryPoint, owned by a Unit. Has the EntryPoint's id: today there is one each."""

    __tablename__ = "mailbox"
    __table_args__ = (sa.Index("ix_mailbox_address", "address"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("unit.id"), index=True)
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(254))
    # How many keepers the unit says there are; those with an account here are Grants.
    keepers: Mapped[int | None]
    # Working hours after which a claimed question that nobody touches waits for all again: None the usual, 0 never.
    idle_hours: Mapped[int | None]
    # The language of letters to its address: sv or en.
    language: Mapped[str] = mapped_column(sa.String(2), default="sv", server_default="sv")


class EntryPoint(Base):
    """A function at a Unit through which named parties may reach it, for named matters, in named areas."""

    __tablename__ = "entry_point"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("unit.id"), index=True)
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"), index=True)
    mailbox_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("mailbox.id"))
    kind: Mapped[str] = mapped_column(sa.String(40), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    purpose: Mapped[str] = mapped_column(sa.Text)
    not_for: Mapped[str] = mapped_column(sa.Text)
    inquiry_kinds: Mapped[list[str]]
    topics: Mapped[list[str]]
    target_groups: Mapped[list[str]]
    keywords: Mapped[list[str]]
    from_parties: Mapped[list[str]]
    areas: Mapped[list[str]]
    phone_hours: Mapped[str] = mapped_column(sa.String(300), default="")
    # Hours that hold on one date only; what the dates are written as, rules/hours.py says.
    date_hours: Mapped[str] = mapped_column(sa.Text, default="")
    requirements: Mapped[str] = mapped_column(sa.Text, default="")
    response_working_days: Mapped[int | None]
    meeting_calendar_days: Mapped[int | None]
    alternative_id: Mapped[str | None] = mapped_column(Id)
    verified_on: Mapped[date | None]
    # Why it counts as unverified before its time (rules/doubting.py), and since when.
    doubt: Mapped[str | None] = mapped_column(sa.String(20))
    doubted_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(sa.String(20))


class EntryPointArea(Base):
    """Which areas an EntryPoint covers, for routing by place."""

    __tablename__ = "entry_point_area"
    __table_args__ = (sa.Index("ix_entry_point_area_area", "area", "entry_point_id"),)

    entry_point_id: Mapped[str] = mapped_column(
        Id, sa.ForeignKey("entry_point.id", ondelete="CASCADE"), primary_key=True
    )
    area: Mapped[str] = mapped_column(sa.String(4), primary_key=True)


class Channel(Base):
    """One way to use an EntryPoint, in order of preference."""

    __tablename__ = "channel"

    entry_point_id: Mapped[str] = mapped_column(
        Id, sa.ForeignKey("entry_point.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    value: Mapped[str] = mapped_column(sa.String(300))


class Agreement(Base):
    """What two parties promised. A change is a new version; an Inquiry keeps the one it started under."""

    __tablename__ = "agreement"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    # Of all versions of an agreement only the newest is offered to new inquiries.
    is_current: Mapped[bool] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    party_a: Mapped[str] = mapped_column(Id)
    party_b: Mapped[str] = mapped_column(Id)
    areas: Mapped[list[str]]
    inquiry_kinds: Mapped[list[str]]
    acknowledge_within: Mapped[str | None] = mapped_column(sa.String(40))
    respond_within: Mapped[str | None] = mapped_column(sa.String(40))
    meeting_within: Mapped[str | None] = mapped_column(sa.String(40))
    meeting_measured: Mapped[str] = mapped_column(sa.String(10), default="booked")
    respond_again_within: Mapped[str | None] = mapped_column(sa.String(40))
    informed_within: Mapped[str | None] = mapped_column(sa.String(40))
    # The router keeps the calendars; `default` is built in.
    calendar_id: Mapped[str] = mapped_column(Id, default="default")
    meeting_moves: Mapped[str] = mapped_column(sa.String(10), default="earlier")
    # Decides before anything else; of the same priority the most specific one holds.
    priority: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    # When this version was made, by an import or by an administrator; none for an import.
    imported_at: Mapped[datetime]
    made_by: Mapped[int | None]


class Assessment(Base):
    """What the parties themselves say about a contact path."""

    __tablename__ = "assessment"

    from_party: Mapped[str] = mapped_column(Id, primary_key=True)
    to_party: Mapped[str] = mapped_column(Id, primary_key=True)
    # The areas as one text, so that the same pair can be judged differently in different places.
    area_key: Mapped[str] = mapped_column(sa.String(2000), primary_key=True)
    areas: Mapped[list[str]]
    status: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.Text)


class Forum(Base):
    """A recurring meeting between parties."""

    __tablename__ = "forum"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    level: Mapped[str] = mapped_column(sa.String(20))
    participants: Mapped[list[str]]
    areas: Mapped[list[str]]
    target_group: Mapped[str] = mapped_column(sa.String(200))
    frequency: Mapped[str] = mapped_column(sa.String(40))
    purpose: Mapped[str] = mapped_column(sa.Text)
