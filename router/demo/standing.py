"""What a demonstration has of promises that stand still, wait for a later day, or were broken for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import sqlalchemy as sa

from config.database import Database
from directory.rules.access import Actor
from directory.rules.terms import Role
from router.flows import causes, extending, pausing
from router.flows.causes import Said
from router.flows.extending import Proposal
from router.records.models import Breach, Inquiry, Leg
from router.rules import calendars
from router.rules.calendars import DEFAULT
from router.rules.terms import Cause, DeadlineKind, ExtensionReason, LegState, PauseReason

LATER = timedelta(days=6)
EXPLAINED = 12
SAID = (
    (Cause.ABSENCE, "Två var sjuka samtidigt och ingen ersättare var utsedd."),
    (Cause.WORKLOAD, ""),
    (Cause.WRONG_ENTRY, "Frågan hörde hemma hos en annan enhet."),
    (Cause.OVERLOOKED, ""),
)

_CLAIMED = (
    sa.select(Inquiry.reference, Leg.due_at, Leg.claimed_by)
    .join(Leg, Leg.inquiry_id == Inquiry.id)
    .where(Leg.state == LegState.CLAIMED.value, Leg.due_kind == DeadlineKind.RESPOND.value)
    .order_by(Leg.due_at.desc())
)
_BROKEN = (
    sa.select(Breach.id, Breach.mailbox_id, Inquiry.reference)
    .join(Inquiry, Inquiry.id == Breach.inquiry_id)
    .order_by(Breach.id.desc())
)


def play(database: Database, actors: Mapping[str, Actor], *, now: datetime) -> None:
    """One question waits for consent, one for a word on a later day, and the newest breaches are explained."""
    claimed: Any
    with database.reading() as session:
        claimed = session.execute(_CLAIMED.where(Leg.due_at > now).limit(2)).all()
        broken = session.execute(_BROKEN.limit(EXPLAINED)).all()
    by_id = {one.account_id: one for one in actors.values()}
    for place, (reference, due_at, holder) in enumerate(claimed):
        if place == 0:
            pausing.pause(database, reference, PauseReason.CONSENT, by_id[holder], now=now)
            continue
        to = DEFAULT.open_day(calendars.local_date(due_at + LATER), step=1)
        wish = Proposal(DeadlineKind.RESPOND, to, ExtensionReason.INVESTIGATION)
        extending.propose(database, reference, wish, by_id[holder], now=now)
    for row, (cause, comment) in zip(broken, cycle(SAID), strict=False):
        owner = next((one for one in actors.values() if one.holds(Role.OWNER, (row.mailbox_id,))), None)
        # Every fourth is still to be explained.
        if owner is not None and row.id % 4:
            causes.give(database, row.reference, Said(row.id, cause, comment), owner, now=now)
