"""Meetings from proposal to outcome, other calendars, forums as they meet; letters of one stream keep their order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import UTCDateTime

revision = "0015"
down_revision = "0014"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(80)
MOMENT = UTCDateTime()
OPEN = sa.text("state IN ('proposed', 'booked')")
IN_STREAM = sa.text("stream IS NOT NULL AND state IN ('ready', 'leased', 'uncertain')")


def upgrade() -> None:
    _letters()
    _meeting()
    _around_meetings()
    _calendars()
    _forums()


def _letters() -> None:
    op.add_column("message", sa.Column("meeting_id", SERIAL, nullable=True))
    op.add_column("outgoing_mail", sa.Column("stream", sa.String(400), nullable=True))
    op.create_index(
        "ix_outgoing_mail_stream",
        "outgoing_mail",
        ["stream", "id"],
        sqlite_where=IN_STREAM,
        postgresql_where=IN_STREAM,
    )


def _meeting() -> None:
    for name in ("uq_meeting_booked", "ix_meeting_settles"):
        op.drop_index(name, "meeting")
    with op.batch_alter_table("meeting") as meeting:
        meeting.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default="planning"))
        meeting.add_column(sa.Column("is_present", sa.Boolean(), nullable=False, server_default=sa.false()))
        meeting.add_column(sa.Column("why", sa.Text(), nullable=False, server_default=""))
        meeting.add_column(sa.Column("consent", sa.String(10), nullable=False, server_default=""))
        meeting.add_column(sa.Column("consent_on", sa.Date(), nullable=True))
        meeting.add_column(
            sa.Column("shows_addresses", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name in ("answer_by", "remind_at", "proposed_at", "ended_at"):
            meeting.add_column(sa.Column(name, MOMENT, nullable=True))
        for name in ("proposed_by", "ended_by"):
            meeting.add_column(sa.Column(name, sa.Integer(), nullable=True))
            meeting.create_foreign_key(f"fk_meeting_{name}", "account", [name], ["id"])
        meeting.alter_column("starts_at", existing_type=MOMENT, nullable=True)
        meeting.alter_column("booked_by", existing_type=sa.Integer(), nullable=True)
        meeting.alter_column("booked_at", existing_type=MOMENT, nullable=True)
    wheres = {
        "ix_meeting_settles": (
            "starts_at",
            "settles = 1 AND state = 'booked'",
            "settles AND state = 'booked'",
        ),
        "ix_meeting_remind_at": ("remind_at", *("state = 'proposed' AND remind_at IS NOT NULL",) * 2),
        "ix_meeting_booked": ("starts_at", *("state = 'booked'",) * 2),
    }
    op.create_index(
        "uq_meeting_open", "meeting", ["inquiry_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    for name, (column, sqlite, postgresql) in wheres.items():
        op.create_index(
            name,
            "meeting",
            [column],
            sqlite_where=sa.text(sqlite),
            postgresql_where=sa.text(postgresql),
        )


def _around_meetings() -> None:
    op.create_table(
        "meeting_time",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("meeting_id", SERIAL, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("suggested_by", SERIAL, nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_meeting_time_added_by")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_time_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_time")),
        sa.UniqueConstraint("meeting_id", "starts_at", name=op.f("uq_meeting_time_meeting_id_starts_at")),
    )
    op.create_table(
        "participant",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("meeting_id", SERIAL, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("function", sa.String(120), nullable=False),
        sa.Column("is_asker", sa.Boolean(), nullable=False),
        sa.Column("leg_id", SERIAL, nullable=True),
        sa.Column("mailbox_id", ID, nullable=True),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("has_mandate", sa.Boolean(), nullable=True),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_sequence", sa.Integer(), nullable=True),
        sa.Column("answered_stamp", MOMENT, nullable=True),
        sa.Column("invited_sequence", sa.Integer(), nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_participant_added_by")),
        sa.ForeignKeyConstraint(["leg_id"], ["leg.id"], name=op.f("fk_participant_leg_id")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_participant_mailbox_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_participant_meeting_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_participant_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("meeting_id", "address", name=op.f("uq_participant_meeting_id_address")),
    )
    op.create_index(op.f("ix_participant_address"), "participant", ["address"], unique=False)
    op.create_table(
        "vote",
        sa.Column("time_id", SERIAL, nullable=False),
        sa.Column("participant_id", SERIAL, nullable=False),
        sa.Column("answer", sa.String(10), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_account_id"], ["account.id"], name=op.f("fk_vote_by_account_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_vote_participant_id")),
        sa.ForeignKeyConstraint(["time_id"], ["meeting_time.id"], name=op.f("fk_vote_time_id")),
        sa.PrimaryKeyConstraint("time_id", "participant_id", name=op.f("pk_vote")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vote_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("participant_id", SERIAL, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_vote_link_participant_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_vote_link")),
    )
    op.create_index(op.f("ix_vote_link_participant_id"), "vote_link", ["participant_id"], unique=False)
    op.create_table(
        "next_step",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("meeting_id", SERIAL, nullable=False),
        sa.Column("inquiry_id", SERIAL, nullable=False),
        sa.Column("participant_id", SERIAL, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("deadline_id", SERIAL, nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadline.id"], name=op.f("fk_next_step_deadline_id")),
        sa.ForeignKeyConstraint(["done_by"], ["account.id"], name=op.f("fk_next_step_done_by")),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiry.id"], name=op.f("fk_next_step_inquiry_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_next_step_made_by")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_next_step_meeting_id")),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_next_step_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_next_step")),
    )
    op.create_index(op.f("ix_next_step_inquiry_id"), "next_step", ["inquiry_id"], unique=False)


def _calendars() -> None:
    op.create_table(
        "busy_source",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("mailbox_id", ID, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("etag", sa.String(200), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=True),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(40), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_busy_source_account_id")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_busy_source_mailbox_id")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_busy_source_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_source")),
        sa.UniqueConstraint("account_id", name=op.f("uq_busy_source_account_id")),
        sa.UniqueConstraint("mailbox_id", name=op.f("uq_busy_source_mailbox_id")),
    )
    op.create_index("ix_busy_source_next_try_at", "busy_source", ["next_try_at"], unique=False)
    op.create_table(
        "busy_interval",
        sa.Column("source_id", SERIAL, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("is_tentative", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["busy_source.id"], name=op.f("fk_busy_interval_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "starts_at", name=op.f("pk_busy_interval")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "calendar_feed",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_calendar_feed")),
    )
    op.create_index(op.f("ix_calendar_feed_account_id"), "calendar_feed", ["account_id"], unique=False)


def _forums() -> None:
    op.create_table(
        "forum_plan",
        sa.Column("forum_id", ID, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("repeats", sa.String(200), nullable=False),
        sa.Column("starts_time", sa.Time(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("closes_days", sa.Integer(), nullable=False),
        sa.Column("on_closed", sa.String(10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name=op.f("fk_forum_plan_forum_id")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_forum_plan_set_by")),
        sa.PrimaryKeyConstraint("forum_id", name=op.f("pk_forum_plan")),
    )
    op.create_table(
        "forum_date",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("forum_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forum.id"], name=op.f("fk_forum_date_forum_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forum_date")),
        sa.UniqueConstraint("forum_id", "day", name=op.f("uq_forum_date_forum_id_day")),
        sa.UniqueConstraint("forum_id", "planned_on", name=op.f("uq_forum_date_forum_id_planned_on")),
    )
    op.create_index("ix_forum_date_day", "forum_date", ["day"], unique=False)
    op.create_table(
        "agenda_item",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("forum_date_id", SERIAL, nullable=False),
        sa.Column("inquiry_id", SERIAL, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(120), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("put_by", sa.Integer(), nullable=False),
        sa.Column("put_at", MOMENT, nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["forum_date_id"], ["forum_date.id"], name=op.f("fk_agenda_item_forum_date_id")
        ),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiry.id"], name=op.f("fk_agenda_item_inquiry_id")),
        sa.ForeignKeyConstraint(["put_by"], ["account.id"], name=op.f("fk_agenda_item_put_by")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("fk_agenda_item_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
    )
    op.create_index(op.f("ix_agenda_item_inquiry_id"), "agenda_item", ["inquiry_id"], unique=False)
    op.create_index(
        "uq_agenda_item_open",
        "agenda_item",
        ["forum_date_id", "inquiry_id"],
        unique=True,
        sqlite_where=sa.text("state = 'on'"),
        postgresql_where=sa.text("state = 'on'"),
    )
    op.create_table(
        "forum_attendance",
        sa.Column("forum_date_id", SERIAL, nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("function", sa.String(120), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_forum_attendance_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["forum_date_id"], ["forum_date.id"], name=op.f("fk_forum_attendance_forum_date_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_forum_attendance_party_id")),
        sa.PrimaryKeyConstraint("forum_date_id", "party_id", "function", name=op.f("pk_forum_attendance")),
    )
