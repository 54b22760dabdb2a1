"""What the directory learns when a question did not belong where it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import STOCKHOLM, label, say
from directory.records import doubts
from directory.records.absences import WrongWay
from directory.records.models import EntryPoint
from directory.records.proposals import PROPOSAL
from directory.records.upkeep import Proposal
from directory.rules import upkeep
from directory.rules.doubting import Cause
from directory.rules.terms import EntryPointStatus
from directory.rules.upkeep import ProposalState

RedDay = Callable[[date], str]
WRONG, POINT = table(WrongWay), table(EntryPoint)
LEARNED_FOR = timedelta(days=365)
SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Wrong:
    """A question of a topic in a place came to `entry_point_id`; `suggested_id` would have been right, if known."""

    entry_point_id: str
    suggested_id: str | None
    topic: str
    area: str


def learn(session: Session, wrong: Wrong, *, by: int, red_day: RedDay, now: datetime) -> None:
    """Count it against the entry point, propose to say so in the directory, and let it speak against the way in."""
    session.add(
        WrongWay(
            entry_point_id=wrong.entry_point_id,
            suggested_id=wrong.suggested_id,
            topic=wrong.topic,
            area=wrong.area,
            at=now,
        )
    )
    session.flush()
    _propose(session, wrong, by=by, red_day=red_day, now=now)
    doubts.degraded(session, wrong.entry_point_id, Cause.HANDED_BACK, now)


def suggested(session: Session, entry_point_id: str, topic: str, now: datetime) -> Sequence[str]:
    """Where others have said that such a question belongs, most often said first."""
    said = sa.func.count().label("said")
    statement = (
        sa.select(WRONG.c.suggested_id)
        .join(POINT, POINT.c.id == WRONG.c.suggested_id)
        .where(
            WRONG.c.entry_point_id == entry_point_id,
            WRONG.c.topic == topic,
            WRONG.c.at > now - LEARNED_FOR,
            POINT.c.status == EntryPointStatus.ACTIVE.value,
        )
        .group_by(WRONG.c.suggested_id)
        .order_by(said.desc(), WRONG.c.suggested_id)
        .limit(SUGGESTED)
    )
    return [one for one in session.scalars(statement) if one is not None]


def _propose(session: Session, wrong: Wrong, *, by: int, red_day: RedDay, now: datetime) -> None:
    if wrong.suggested_id is None:
        return
    name = session.scalar(sa.select(POINT.c.name).where(POINT.c.id == wrong.suggested_id)) or ""
    about = label("topic", wrong.topic) if wrong.topic else ""
    words = say("wrong_way.of_topic" if about else "wrong_way.of_any", topic=about, name=name)
    stands = sa.and_(
        PROPOSAL.c.entry_point_id == wrong.entry_point_id,
        PROPOSAL.c.state == ProposalState.OPEN.value,
        PROPOSAL.c.words == words,
    )
    if session.scalar(sa.select(PROPOSAL.c.id).where(stands).limit(1)) is not None:
        return
    session.add(
        Proposal(
            entry_point_id=wrong.entry_point_id,
            words=words,
            changes={},
            by_account_id=by,
            made_at=now,
            answer_by=upkeep.answer_by(now.astimezone(STOCKHOLM).date(), red_day),
            state=ProposalState.OPEN.value,
            reason="",
        )
    )
    session.flush()
