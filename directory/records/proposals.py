"""Reading proposals back, with the names a page needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from config.database import table
from directory.records.accounts import Account
from directory.records.models import EntryPoint, Party
from directory.records.upkeep import Proposal
from directory.rules.editing import Edit
from directory.rules.upkeep import ProposalState

PROPOSAL, POINT, PARTY, ACCOUNT = (table(model) for model in (Proposal, EntryPoint, Party, Account))


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as its reader sees it. `is_stale` holds where a field has changed since it was written."""

    id: int
    entry_point_id: str
    entry_point_name: str
    party_name: str
    words: str
    edits: tuple[Edit, ...]
    by_name: str
    made_at: datetime
    answer_by: date
    state: ProposalState
    reason: str
    answered_at: datetime | None
    is_late: bool
    is_stale: bool = False


def select() -> sa.Select[Any]:
    return (
        sa.select(PROPOSAL, POINT.c.name, PARTY.c.name.label("party"), ACCOUNT.c.name.label("by_name"))
        .select_from(PROPOSAL)
        .join(POINT, POINT.c.id == PROPOSAL.c.entry_point_id)
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .outerjoin(ACCOUNT, ACCOUNT.c.id == PROPOSAL.c.by_account_id)
    )


def proposed(row: Any, today: date) -> Proposed:
    state = ProposalState(row.state)
    return Proposed(
        id=row.id,
        entry_point_id=row.entry_point_id,
        entry_point_name=row.name,
        party_name=row.party,
        words=row.words,
        edits=tuple(Edit(field, before, after) for field, (before, after) in row.changes.items()),
        by_name=row.by_name or "",
        made_at=row.made_at,
        answer_by=row.answer_by,
        state=state,
        reason=row.reason,
        answered_at=row.answered_at,
        is_late=state is ProposalState.OPEN and today > row.answer_by,
    )


def aged(one: Proposed, standing: Mapping[str, str]) -> Proposed:
    return replace(one, is_stale=any(standing[edit.field] != edit.before for edit in one.edits))
