"""Telling those who were at a meeting that there are minutes or next steps: that there are, and never which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from router.records import letters
from router.records.meeting_models import Participant
from router.records.models import Inquiry
from router.rules.meeting_outcomes import StepWish

LETTER = "meeting_ended"


def tell(
    session: Session,
    inquiry: Inquiry,
    participants: Iterable[Participant],
    steps: Sequence[StepWish],
    *,
    but_leg: int | None,
    seq: int,
    now: datetime,
) -> None:
    """Write to every side that came, but the one that wrote it: the asker's (`but_leg` None), or that of a leg.

    Who has no part in the inquiry has nothing there to read, and gets no letter.
    """
    letters.write(
        session,
        [
            letters.Letter(LETTER, one.address, inquiry.id, seq, _facts(inquiry, one, steps))
            for one in participants
            if one.attended and _is_told(one, but_leg)
        ],
        now=now,
    )


def _is_told(one: Participant, but_leg: int | None) -> bool:
    if one.is_asker:
        return but_leg is not None
    return one.leg_id is not None and one.leg_id != but_leg


def _facts(inquiry: Inquiry, one: Participant, steps: Sequence[StepWish]) -> dict[str, Any]:
    own = [step.due_on for step in steps if step.participant_id == one.id]
    return {
        "reference": inquiry.reference,
        "path": letters.path_of(inquiry.reference),
        "next_by": min(own).isoformat() if own else None,
        "side": "asker" if one.is_asker else "desk",
    }
