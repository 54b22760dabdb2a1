"""Mail that comes in: raw bytes, one row a recipient, files; domains, relays; letters' language and relay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import UTCDateTime

revision = "0012"
down_revision = "0011"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)


def upgrade() -> None:
    _letters()
    _incoming()
    _agreed()


def _letters() -> None:
    for name in ("mailbox", "account", "outgoing_mail"):
        op.add_column(name, sa.Column("language", sa.String(2), nullable=False, server_default="sv"))
    op.add_column("outgoing_mail", sa.Column("relay", sa.String(260), nullable=True))
    op.add_column("outgoing_mail", sa.Column("alarmed_at", UTCDateTime(), nullable=True))
    op.add_column("inquiry", sa.Column("asked_from", sa.String(254), nullable=True))
    op.add_column("leg", sa.Column("reply_generation", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_mailbox_address", "mailbox", ["address"])


def _incoming() -> None:
    op.create_table(
        "raw_mail",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_raw_mail")),
    )
    op.create_table(
        "incoming_mail",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("envelope_sender", sa.String(254), nullable=False),
        sa.Column("door", sa.String(10), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=True),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("mailbox_id", ID, nullable=True),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("inquiry_id", SERIAL, nullable=True),
        sa.Column("leg_id", SERIAL, nullable=True),
        sa.Column("message_id", SERIAL, nullable=True),
        sa.Column("suggested_id", SERIAL, nullable=True),
        sa.Column("sender", sa.String(254), nullable=False),
        sa.Column("sender_name", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("header_id", sa.String(255), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UTCDateTime(), nullable=False),
        sa.Column("lease", sa.String(40), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("handled_at", UTCDateTime(), nullable=True),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["digest"], ["raw_mail.digest"], name=op.f("fk_incoming_mail_digest")),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiry.id"], name=op.f("fk_incoming_mail_inquiry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("fingerprint", "recipient", name=op.f("uq_incoming_mail_fingerprint_recipient")),
    )
    for name, column, state in (("due", "next_try_at", "stored"), ("held", "id", "held")):
        where = sa.text(f"state = '{state}'")
        op.create_index(
            f"ix_incoming_mail_{name}", "incoming_mail", [column], sqlite_where=where, postgresql_where=where
        )
    for column in ("header_id", "inquiry_id", "digest", "message_id"):
        op.create_index(f"ix_incoming_mail_{column}", "incoming_mail", [column])
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("incoming_mail_id", SERIAL, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["incoming_mail_id"], ["incoming_mail.id"], name=op.f("fk_attachment_incoming_mail_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("incoming_mail_id", "place", name=op.f("uq_attachment_incoming_mail_id_place")),
    )


def _agreed() -> None:
    op.create_table(
        "verified_domain",
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("party_id", ID, nullable=False),
        sa.Column("unit_id", ID, nullable=True),
        sa.Column("verified_at", UTCDateTime(), nullable=False),
        sa.Column("verified_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_verified_domain_party_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_verified_domain_unit_id")),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_verified_domain")),
    )
    op.create_table(
        "content_relay",
        sa.Column("mailbox_id", ID, nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailbox.id"], name=op.f("fk_content_relay_mailbox_id")),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_content_relay")),
    )
    op.create_table(
        "fetched_to",
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("troubled", sa.JSON(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(300), nullable=False),
        sa.Column("tried_at", UTCDateTime(), nullable=True),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_fetched_to")),
    )
    op.create_table(
        "automatic_mail",
        sa.Column("correspondent", sa.String(254), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("correspondent", "day", name=op.f("pk_automatic_mail")),
    )
