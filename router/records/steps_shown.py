"""What was agreed at meetings, as one person is shown it, and what the asker is reminded of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.words import STOCKHOLM
from directory.records.models import Party
from directory.rules.access import Actor, Relation
from router.records import queries
from router.records.meeting_models import NextStep, Participant
from router.records.models import Deadline, Inquiry
from router.records.readers import Reader
from router.rules import calendars, next_steps
from router.rules.next_steps import NEAR_DAYS, DueStep, StepState, StepView

MOST_DUE = 20
_OPEN = sa.and_(NextStep.done_at.is_(None), NextStep.withdrawn_at.is_(None))
_SHOWN = (
    sa.select(NextStep, Participant, Party.short_name, Deadline.due_at)
    .join(Participant, Participant.id == NextStep.participant_id)
    .join(Party, Party.id == Participant.party_id)
    .outerjoin(Deadline, Deadline.id == NextStep.deadline_id)
    .where(NextStep.inquiry_id == sa.bindparam("inquiry_id"))
    .order_by(NextStep.due_on, NextStep.id)
)
_TOOK_PART = sa.select(Participant.meeting_id, Participant.leg_id).where(
    Participant.meeting_id.in_(sa.bindparam("meeting_ids", expanding=True)),
    Participant.leg_id.is_not(None),
    Participant.attended.is_(sa.true()),
    Participant.removed_at.is_(None),
)
_DUE = (
    sa.select(
        Inquiry.reference,
        Inquiry.subject,
        Participant.name,
        Participant.is_asker,
        Participant.leg_id,
        NextStep,
    )
    .join(Inquiry, Inquiry.id == NextStep.inquiry_id)
    .join(Participant, Participant.id == NextStep.participant_id)
    .where(
        _OPEN,
        Inquiry.from_unit_id.in_(sa.bindparam("units", expanding=True)),
        NextStep.due_on <= sa.bindparam("last"),
    )
    .order_by(NextStep.due_on, NextStep.id)
    .limit(MOST_DUE)
)


def took_part(session: Session, meeting_ids: Collection[int]) -> Mapping[int, frozenset[int]]:
    """For each meeting the legs that came to it."""
    found: dict[int, set[int]] = {}
    if meeting_ids:
        for meeting_id, leg_id in session.execute(_TOOK_PART, {"meeting_ids": sorted(meeting_ids)}):
            found.setdefault(meeting_id, set()).add(int(leg_id or 0))
    return {one: frozenset(legs) for one, legs in found.items()}


def shown(
    session: Session,
    found: queries.Found,
    reader: Reader,
    actor: Actor,
    *,
    held: frozenset[Relation],
    content: bool,
    now: datetime,
) -> tuple[StepView, ...]:
    """The steps of an inquiry that this person may know of, those that are soonest due first."""
    rows = session.execute(_SHOWN, {"inquiry_id": found.inquiry.id}).all()
    if not rows:
        return ()
    reader.took_part = {**reader.took_part, **took_part(session, {row[0].meeting_id for row in rows})}
    # Who sees facts only reads no words, but may know that a step was agreed and by when.
    kept = [row for row in rows if not content or reader.may_read_meeting(row[0].meeting_id, row[0].made_at)]
    names = queries.names(session, [step.done_by for step, *_ in kept])
    mailboxes = {leg.id: leg.mailbox_id for leg in found.legs}
    return tuple(
        _view(
            step,
            participant,
            short_name,
            due_at,
            may=may_end(participant, held, actor, mailboxes),
            is_asker=Relation.ASKING in held,
            what=step.what if content else "",
            done_by=names.get(step.done_by or 0, ""),
            now=now,
        )
        for step, participant, short_name, due_at in kept
    )


def may_end(
    participant: Participant,
    held: frozenset[Relation],
    actor: Actor,
    mailboxes: Mapping[int, str],
) -> tuple[bool, bool]:
    """Whether the step is this person's own side's, and whether this person may mark it as done.

    The side whose it is may, and the asker may mark anybody's: it knows what it has got.
    """
    is_asker = Relation.ASKING in held
    mailbox_id = mailboxes.get(participant.leg_id or 0)
    is_own = is_asker if participant.is_asker else mailbox_id in actor.mailbox_ids
    return is_own, is_own or is_asker


def due(session: Session, units: Iterable[str], *, now: datetime) -> tuple[DueStep, ...]:
    """What is open in questions of these units and is due within two days, or was."""
    today = now.astimezone(STOCKHOLM).date()
    values = {"units": list(units), "last": today + timedelta(days=NEAR_DAYS)}
    return tuple(
        DueStep(
            reference,
            subject,
            name,
            step.what,
            step.due_on,
            step.due_on < today,
            # Nobody but the asker sees to what one outside has taken on.
            is_own=is_asker or leg_id is None,
        )
        for reference, subject, name, is_asker, leg_id, step in session.execute(_DUE, values)
    )


def _view(
    step: NextStep,
    participant: Participant,
    party_short: str,
    due_at: datetime | None,
    *,
    may: tuple[bool, bool],
    is_asker: bool,
    **told: Any,
) -> StepView:
    is_own, may_mark = may
    state = next_steps.state_of(step.done_at, step.withdrawn_at)
    is_open = state is StepState.OPEN
    due_on = _day(due_at) if due_at else step.due_on
    now = told.pop("now")
    return StepView(
        id=step.id,
        meeting_id=step.meeting_id,
        participant_id=participant.id,
        party_short=party_short,
        name=participant.name,
        due_on=due_on,
        agreed_on=step.due_on if step.due_on != due_on else None,
        state=state,
        is_late=next_steps.is_late(due_on, due_at, step.done_at, step.withdrawn_at, now=now),
        is_promise=step.deadline_id is not None,
        is_own=is_own,
        done_at=step.done_at,
        may_mark=is_open and may_mark,
        may_withdraw=is_open and is_asker,
        **told,
    )


def _day(due_at: datetime) -> date:
    return calendars.local_date(due_at - timedelta(microseconds=1))
