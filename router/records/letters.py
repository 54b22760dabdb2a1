"""Writing rows of OutgoingMail: the only way anything reaches the outbox."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from directory.rules.terms import Role
from router.records.models import Inquiry, OutgoingMail
from router.rules.terms import MailState

_INSERT = sa.insert(table(OutgoingMail))


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one recipient. Facts are reference, times and path; never what anybody wrote.

    A letter of an Inquiry says which event it tells of; any other says in `about` what it is about, as `doubt:5`.
    """

    letter: str
    recipient: str
    inquiry_id: int | None
    seq: int
    facts: Mapping[str, Any]
    about: str | None = None
    # Not before this; at once when nothing is said.
    send_at: datetime | None = None
    # Letters of one stream leave in the order they were written.
    stream: str | None = None

    @property
    def key(self) -> str:
        """What makes it the same letter: one of each is ever written."""
        cause = f"{self.inquiry_id}:{self.seq}" if self.about is None else self.about
        return f"{self.letter}:{cause}:{self.recipient}"


def write(session: Session, letters: Iterable[Letter], *, now: datetime) -> int:
    """Put letters in the outbox, one row each. The same letter of the same event to the same recipient is one row."""
    rows = {
        one.key: {
            "key": one.key,
            "letter": one.letter,
            "recipient": one.recipient,
            "message_id": message_id(now),
            "facts": dict(one.facts),
            "state": MailState.READY.value,
            "attempts": 0,
            "next_try_at": one.send_at or now,
            "inquiry_id": one.inquiry_id,
            "seq": one.seq,
            "about": one.about,
            "stream": one.stream,
            "created_at": now,
        }
        for one in letters
    }
    if rows:
        session.connection().execute(_INSERT, list(rows.values()))
    return len(rows)


def message_id(now: datetime) -> str:
    """A name for a letter that nobody can guess."""
    # Begins with the time, so that of a hundred thousand the newest stand together in the index; the rest is chance.
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def path_of(reference: str) -> str:
    """Where a letter's link leads."""
    return f"/arenden/{reference}"


def people_of(session: Session, mailbox_ids: Iterable[str], *, now: datetime) -> dict[str, tuple[str, ...]]:
    """For each mailbox the addresses of its keepers and owners; its own address when it has neither.

    A promise that is broken in spite of a functional mailbox is told to persons: that mailbox was not read.
    """
    wanted = sorted(set(mailbox_ids))
    rows = session.execute(
        sa.select(Grant.target_id, Account.email)
        .select_from(Grant)
        .join(Account, Account.id == Grant.account_id)
        .where(
            Grant.target_id.in_(wanted),
            Grant.role.in_((Role.KEEPER.value, Role.OWNER.value)),
            Grant.valid_from <= now,
            sa.or_(Grant.valid_to.is_(None), Grant.valid_to > now),
            Account.is_active,
        )
    ).all()
    found: dict[str, dict[str, None]] = {}
    for mailbox_id, email in rows:
        found.setdefault(mailbox_id, {})[email] = None
    silent = [mailbox_id for mailbox_id in wanted if mailbox_id not in found]
    if silent:
        for mailbox_id, address in session.execute(
            sa.select(Mailbox.id, Mailbox.address).where(Mailbox.id.in_(silent))
        ):
            found[mailbox_id] = {address: None}
    return {mailbox_id: tuple(addresses) for mailbox_id, addresses in found.items()}


def askers_of(session: Session, inquiry: Inquiry, *, now: datetime) -> tuple[str, ...]:
    """Who is told at the asking side: the one who asked, or the unit's caseworkers when that person has left.

    What came by mail from an address without an account is told there.
    """
    if inquiry.asked_from:
        return (inquiry.asked_from,)
    in_force = sa.select(Grant.account_id).where(
        Grant.target_id == inquiry.from_unit_id,
        Grant.role == Role.CASEWORKER.value,
        Grant.valid_from <= now,
        sa.or_(Grant.valid_to.is_(None), Grant.valid_to > now),
    )
    rows = session.execute(
        sa.select(Account.id, Account.email).where(Account.id.in_(in_force), Account.is_active)
    ).all()
    asked = tuple(row.email for row in rows if row.id == inquiry.asked_by)
    return asked or tuple(row.email for row in rows)
