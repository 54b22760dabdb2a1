"""What was agreed at a meeting: by which day it may be promised, who says it is done, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from config.errors import Invalid
from directory.rules.agreements import Term, TermUnit
from router.rules import calendars
from router.rules.calendars import Calendar, NeverOpen

MOST_STEPS = 6
LONGEST_STEP = 300
# Beyond a year it is a plan and no next step.
FURTHEST_DAYS = 366
# The asker is reminded of what is due within so many days, and of what has passed.
NEAR_DAYS = 2


class StepState(StrEnum):
    OPEN = "open"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StepView:
    """Who does what by when. `what` is empty for who does not read content.

    `is_late`: the day went by before it was done, or it is not done and the day has been. `is_promise`: a receiver
    gave it, so it has a Deadline; a calendar that was edited since may have moved it from the day that was agreed on.
    `may_mark` and `may_withdraw` say what the reader may do with it now.
    """

    id: int
    meeting_id: int
    participant_id: int
    party_short: str
    name: str
    what: str
    due_on: date
    state: StepState
    is_late: bool
    is_promise: bool
    is_own: bool
    done_at: datetime | None = None
    done_by: str = ""
    agreed_on: date | None = None
    may_mark: bool = False
    may_withdraw: bool = False


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step of one of the asker's questions that is soon due or has passed, for the list of questions."""

    reference: str
    subject: str
    name: str
    what: str
    due_on: date
    is_late: bool
    is_own: bool


def state_of(done_at: datetime | None, withdrawn_at: datetime | None) -> StepState:
    """What became of a step."""
    if done_at is not None:
        return StepState.DONE
    return StepState.WITHDRAWN if withdrawn_at is not None else StepState.OPEN


def is_late(
    due_on: date,
    due_at: datetime | None,
    done_at: datetime | None,
    withdrawn_at: datetime | None,
    *,
    now: datetime,
) -> bool:
    """Whether its time had run out when it was done, or has now: that of its Deadline, else the whole of its last day.

    What fell away was never late.
    """
    if withdrawn_at is not None:
        return False
    at = done_at or now
    return at > due_at if due_at is not None else calendars.local_date(at) > due_on


def examine_day(due_on: date, field: str, *, now: datetime, calendar: Calendar | None = None) -> None:
    """Demand a day after today and within a year, and for a promise an open one of its calendar.

    A closed day is never moved silently: Invalid("step_on_closed_day") names the open days around it. Raises
    Invalid("step_too_early") and Invalid("step_too_far") as well.
    """
    today = calendars.local_date(now)
    if due_on <= today:
        raise Invalid("step_too_early", field=field)
    last = today + timedelta(days=FURTHEST_DAYS)
    if due_on > last:
        raise Invalid("step_too_far", field=field, last=last.isoformat())
    if calendar is None or calendar.is_open_day(due_on):
        return
    near = [one for step in (-1, 1) if (one := _open_day(calendar, due_on, step)) and one > today]
    if not near:
        raise Invalid("closed_day", field=field)
    facts = {"day": due_on.isoformat(), "before": near[0].isoformat(), "after": near[-1].isoformat()}
    raise Invalid("step_on_closed_day", field=field, **facts)


def term(due_on: date, *, now: datetime) -> Term:
    """The day as a term counted from now, so that an edited calendar counts it as it does every other promise."""
    return Term((due_on - calendars.local_date(now)).days, TermUnit.CALENDAR_DAYS)


def _open_day(calendar: Calendar, day: date, step: int) -> date | None:
    try:
        return calendar.open_day(day, step=step)
    except NeverOpen:
        return None
