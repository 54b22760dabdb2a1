"""When a promise falls due, why, and whether it was kept."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from config.words import STOCKHOLM, Because
from directory.rules.agreements import Candidate, Term, TermUnit
from router.rules import calendars
from router.rules.calendars import DEFAULT, Calendar
from router.rules.terms import DeadlineKind, Outcome


class Moves(StrEnum):
    """Where a term in calendar days goes when it ends on a closed day."""

    EARLIER = "earlier"
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Due:
    """A moment in UTC, and the reason it is that one."""

    at: datetime
    because: Because


@dataclass(frozen=True, slots=True)
class Promise:
    kind: DeadlineKind
    term: Term
    start_at: datetime
    due_at: datetime
    because: Because


def due(start: datetime, term: Term, calendar: Calendar = DEFAULT, *, moves: Moves = Moves.EARLIER) -> Due:
    """When a term that starts at a moment falls due.

    - Working days: day zero is the day of arrival; an arrival after closing or on a closed day counts as
      the next working day. Due when the last day closes for good.
    - Working hours: elapsed open time, whatever the clock on the wall does at night.
    - Calendar days: the Swedish date of arrival plus the amount, moved as asked if that day is closed.
      Due when that day closes for good; a closed day that does not move ends at 24:00.
    """
    if term.unit is TermUnit.WORKING_DAYS:
        return _working_days(start, term.amount, calendar)
    if term.unit is TermUnit.WORKING_HOURS:
        return _working_hours(start, term.amount, calendar)
    return _calendar_days(start, term.amount, calendar, moves)


def promises(
    candidate: Candidate, *, start: datetime, wants_meeting: bool, calendar: Calendar = DEFAULT
) -> tuple[Promise, ...]:
    """Everything an agreement promises for an inquiry that starts at a moment, in the order of its terms."""
    terms = (
        (DeadlineKind.ACKNOWLEDGE, candidate.acknowledge),
        (DeadlineKind.RESPOND, candidate.respond),
        (DeadlineKind.MEETING, candidate.meeting if wants_meeting else None),
    )
    made = [(kind, term, due(start, term, calendar)) for kind, term in terms if term is not None]
    return tuple(Promise(kind, term, start, found.at, found.because) for kind, term, found in made)


def outcome(due_at: datetime, stopped_at: datetime) -> Outcome:
    """Kept or not: the moment it stopped against the moment it was due, never the moment somebody looked."""
    return Outcome.ON_TIME if stopped_at <= due_at else Outcome.LATE


def resume(due_at: datetime, stopped_at: datetime, now: datetime, calendar: Calendar = DEFAULT) -> Due:
    """Start a stopped meeting deadline again where it stood, when its booking is cancelled.

    The calendar days that were left when it stopped are counted from now and moved earlier if they end
    on a closed day, but never to a closing that has passed. What was late when it stopped stays late.
    """
    if outcome(due_at, stopped_at) is Outcome.LATE:
        return Due(due_at, _because("deadline.stays_late", _due_date(due_at)))
    left = max((_due_date(due_at) - calendars.local_date(stopped_at)).days, 0)
    day = calendar.open_day(calendars.local_date(now) + timedelta(days=left), step=-1)
    if calendar.last_close(day) < now:
        day = _day_zero(now, calendar)
    return Due(calendar.last_close(day), _because("deadline.resumed", day, amount=left))


def _working_days(start: datetime, amount: int, calendar: Calendar) -> Due:
    day = _day_zero(start, calendar)
    for _ in range(amount):
        day = calendar.open_day(day + timedelta(days=1), step=1)
    return Due(calendar.last_close(day), _because("deadline.working_days", day, amount=amount))


def _working_hours(start: datetime, amount: int, calendar: Calendar) -> Due:
    left = timedelta(hours=amount)
    day = calendar.open_day(calendars.local_date(start), step=1)
    while True:
        for opens_at, closes_at in calendar.stretches(day):
            begins_at = max(opens_at, start.astimezone(UTC))
            if begins_at + left <= closes_at:
                return _after_hours(begins_at + left, amount)
            left -= max(closes_at - begins_at, timedelta())
        day = calendar.open_day(day + timedelta(days=1), step=1)


def _after_hours(at: datetime, amount: int) -> Due:
    local = at.astimezone(STOCKHOLM)
    return Due(at, _because("deadline.working_hours", local.date(), amount=amount, at=local.isoformat()))


def _calendar_days(start: datetime, amount: int, calendar: Calendar, moves: Moves) -> Due:
    nominal = calendars.local_date(start) + timedelta(days=amount)
    if calendar.is_open_day(nominal):
        because = _because("deadline.calendar_days", nominal, amount=amount)
        return Due(calendar.last_close(nominal), because)
    if moves is Moves.NONE:
        at = calendars.end_moment(nominal, calendars.END_OF_DAY)
        return Due(at, _because("deadline.not_moved", nominal, amount=amount))
    earlier = calendar.open_day(nominal, step=-1)
    # A short term over a long weekend would move to before the arrival; nobody could keep that.
    if moves is Moves.EARLIER and calendar.last_close(earlier) > start:
        return _moved("deadline.moved_earlier", amount, nominal, day=earlier, calendar=calendar)
    later = calendar.open_day(nominal, step=1)
    return _moved("deadline.moved_later", amount, nominal, day=later, calendar=calendar)


def _day_zero(start: datetime, calendar: Calendar) -> date:
    """The day an arrival counts from: its own until that closes for good, else the next open one."""
    day = calendars.local_date(start)
    if calendar.is_open_day(day) and start <= calendar.last_close(day):
        return day
    return calendar.open_day(day + timedelta(days=1), step=1)


def _due_date(due_at: datetime) -> date:
    # What is due at 24:00 belongs to the day that ends, not to the one that begins.
    return calendars.local_date(due_at - timedelta(microseconds=1))


def _moved(code: str, amount: int, nominal: date, *, day: date, calendar: Calendar) -> Due:
    holiday = calendar.closed_on(nominal)
    because = _because(code, day, amount=amount, nominal=nominal.isoformat(), holiday=holiday)
    return Due(calendar.last_close(day), because)


def _because(code: str, day: date, **facts: str | int) -> Because:
    return Because(code, {**facts, "day": day.isoformat()})
