"""How far each letter of an inquiry has come, told by whom it is for and never by address."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from router.records.models import OutgoingMail
from router.rules.shown import LetterView
from router.rules.terms import MailState

MAIL = table(OutgoingMail)
# Reminders go to persons of one side, and have a page of their own.
ELSEWHERE = ("reminder", "step", "undelivered", "unreached")


def of(
    session: Session, inquiry_id: int, seqs: Collection[int], addresses: Collection[str]
) -> tuple[LetterView, ...]:
    """The letters that tell of these events, in their order. `addresses` are those of the mailboxes asked."""
    columns = (
        MAIL.c.letter,
        MAIL.c.recipient,
        MAIL.c.state,
        MAIL.c.attempts,
        MAIL.c.sent_at,
        MAIL.c.created_at,
        MAIL.c.seq,
        MAIL.c.stream,
    )
    rows = session.execute(
        sa.select(*columns)
        .where(MAIL.c.inquiry_id == inquiry_id, MAIL.c.letter.not_in(ELSEWHERE))
        .order_by(MAIL.c.seq, MAIL.c.id)
    )
    return tuple(
        LetterView(
            row.letter,
            "mailbox" if row.recipient in addresses else "asker" if row.stream is None else "participant",
            _state(row.state, row.attempts),
            row.sent_at or row.created_at,
        )
        for row in rows
        if row.seq in seqs
    )


def _state(state: str, attempts: int) -> str:
    if state in (MailState.SENT.value, MailState.FAILED.value, MailState.UNCERTAIN.value):
        return state
    # Whoever holds it now has counted this attempt already.
    return "delayed" if attempts > (state == MailState.LEASED.value) else "waiting"
