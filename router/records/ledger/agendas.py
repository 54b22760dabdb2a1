"""Do the agendas of forums and the histories of the inquiries on them say the same?"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from config.database import table
from router.records.forum_models import AgendaItem, ForumDate
from router.records.ledger.questions import EVENT, INQUIRY, Question, disagree, of_inquiry, unbalanced
from router.rules.on_agenda import CANCELLED
from router.rules.terms import AgendaState, EventKind, ForumDateState

ITEM, DATE = table(AgendaItem), table(ForumDate)
POSTPONED = AgendaState.POSTPONED.value


def questions() -> tuple[Question, ...]:
    """Everything that is asked of what stands, or stood, on an agenda."""
    is_on = ITEM.c.state == AgendaState.ON.value
    lost = (
        _of_item(DATE.c.day, DATE.c.state)
        .join(DATE, DATE.c.id == ITEM.c.forum_date_id)
        .where(is_on, DATE.c.state != ForumDateState.PLANNED.value)
    )
    half = sa.or_(disagree(is_on, ITEM.c.settled_at.is_(None)), disagree(is_on, ITEM.c.settled_by.is_(None)))
    return (
        Question("agenda_event", unbalanced(_stored(), _told())),
        Question("agenda_lost", lost),
        Question("agenda_half", _of_item(ITEM.c.state).where(half)),
        Question(
            "agenda_state_unknown",
            _of_item(ITEM.c.state).where(ITEM.c.state.not_in([one.value for one in AgendaState])),
        ),
    )


def _of_item(*facts: Any) -> sa.Select[Any]:
    return of_inquiry(*facts).join(ITEM, ITEM.c.inquiry_id == INQUIRY.c.id)


def _stored() -> list[sa.Select[Any]]:
    """Every item was put there once; one that is not there any more was taken off, spoken of or put off."""
    ended = ITEM.c.state != AgendaState.ON.value
    return [
        sa.select(ITEM.c.inquiry_id, sa.literal(AgendaState.ON.value)),
        sa.select(ITEM.c.inquiry_id, ITEM.c.state).where(ended),
    ]


def _told() -> list[sa.Select[Any]]:
    """What the history says in the words of items. That a date moved changes none of its items."""
    said = EVENT.c.facts["state"].as_string()
    settled = sa.case((said == CANCELLED, POSTPONED), else_=said)
    known = (AgendaState.TAKEN.value, POSTPONED, CANCELLED)
    return [
        _events(EventKind.PUT_ON_AGENDA, sa.literal(AgendaState.ON.value)),
        _events(EventKind.TAKEN_OFF_AGENDA, sa.literal(AgendaState.WITHDRAWN.value)),
        _events(EventKind.AGENDA_TAKEN, settled).where(said.in_(known)),
    ]


def _events(kind: EventKind, what: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(EVENT.c.inquiry_id, what).where(EVENT.c.kind == kind.value)
