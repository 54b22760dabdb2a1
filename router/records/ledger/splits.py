"""Does the inquiry that a message was moved to know where it came from, and the other way about?"""

from __future__ import annotations

import sqlalchemy as sa

from router.records.ledger.questions import EVENT, INQUIRY, Question, of_inquiry
from router.rules.terms import EventKind


def questions() -> tuple[Question, ...]:
    """Everything that is asked of messages that became inquiries of their own."""
    return (
        _told_back(EventKind.SPLIT, "into", EventKind.SPLIT_FROM, "from"),
        _told_back(EventKind.SPLIT_FROM, "from", EventKind.SPLIT, "into"),
    )


def _told_back(kind: EventKind, says: str, answer: EventKind, back: str) -> Question:
    other, reply = INQUIRY.alias("other"), EVENT.alias("reply")
    said = EVENT.c.facts[says].as_string()
    known = (
        sa.exists()
        .where(other.c.reference == said)
        .where(
            reply.c.inquiry_id == other.c.id,
            reply.c.kind == answer.value,
            reply.c.facts[back].as_string() == INQUIRY.c.reference,
        )
    )
    return Question(
        "split_half",
        of_inquiry(said.label("other"))
        .join(EVENT, EVENT.c.inquiry_id == INQUIRY.c.id)
        .where(EVENT.c.kind == kind.value, sa.not_(known)),
    )
