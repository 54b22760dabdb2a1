"""When a promise falls due, why, and whether it was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from config.words import STOCKHOLM, Because
from directory.rules.agreements import Candidate, Term, TermUnit
from router.rules import calendars, counting, pauses
from router.rules.calendars import DEFAULT, Calendar, NeverOpen
from router.rules.counting import Count
from router.rules.pauses import Pause
from router.rules.steps import Account, Step, What
from router.rules.terms import DeadlineKind, Outcome

__all__ = ["Due", "Moves", "Pause", "Promise", "due", "outcome", "promises", "resume"]


class Moves(StrEnum):
    """Where a term in calendar days goes when it ends on a closed day."""

    EARLIER = "earlier"
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Due:
    """A moment in UTC, the reason it is that one, and the whole count that led there."""

    at: datetime
    because: Because
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    kind: DeadlineKind
    term: Term
    start_at: datetime
    due_at: datetime
    because: Because
    steps: tuple[Step, ...] = ()
    moves: Moves = Moves.EARLIER


def due(
    start: datetime,
    term: Term,
    calendar: Calendar = DEFAULT,
    *,
    pauses: Sequence[Pause] = (),
    moves: Moves = Moves.EARLIER,
) -> Due:
    """When a term that starts at a moment falls due. Raises NeverOpen when the calendar does not open for it.

    - Working days: day zero is the day of arrival; an arrival after closing or on a closed day counts as
      the next working day. Due when the last day closes for good. Whoever arrives at the very closing is in time
      for that day.
    - Working hours: elapsed open time, whatever the clock on the wall does at night. Full at closing is due
      at closing.
    - Calendar days: the Swedish date of arrival plus the amount, moved as asked if that day is closed.
      Due when that day closes for good; a closed day that does not move ends at 24:00. A move to an earlier day
      that closed before the arrival would be a promise nobody can keep: then it moves later.

    What stands still counts in none of them: open time inside a pause, working days that close inside one, dates
    whose 24:00 is inside one. A term never falls due inside a pause. Whoever asks later is never due earlier.
    """
    start = _moment(start)
    count = Count(start, calendar, _merged(pauses, start), Account())
    try:
        if term.unit is TermUnit.WORKING_DAYS:
            return _working_days(count, term.amount)
        if term.unit is TermUnit.WORKING_HOURS:
            return _working_hours(count, term.amount)
        return _calendar_days(count, term.amount, moves)
    except OverflowError:
        raise NeverOpen(f"{term} from {start} do not end before the years do") from None


def promises(
    candidate: Candidate, *, start: datetime, wants_meeting: bool, calendar: Calendar = DEFAULT
) -> tuple[Promise, ...]:
    """Everything an agreement promises for an inquiry that starts at a moment, in the order of its terms."""
    terms = (
        (DeadlineKind.ACKNOWLEDGE, candidate.acknowledge),
        (DeadlineKind.RESPOND, candidate.respond),
        (DeadlineKind.MEETING, candidate.meeting if wants_meeting else None),
        (DeadlineKind.INFORM, candidate.inform),
    )
    return tuple(
        promise(kind, term, start, calendar, moves=moves_of(kind, candidate)) for kind, term in terms if term
    )


def promise(
    kind: DeadlineKind, term: Term, start: datetime, calendar: Calendar, *, moves: Moves = Moves.EARLIER
) -> Promise:
    """One promise that begins at a moment."""
    found = due(start, term, calendar, moves=moves)
    return Promise(kind, term, start, found.at, found.because, found.steps, moves)


def moves_of(kind: DeadlineKind, candidate: Candidate) -> Moves:
    """Where a term of this kind goes that ends on a closed day: only of meetings may parties agree otherwise."""
    return Moves(candidate.meeting_moves) if kind is DeadlineKind.MEETING else Moves.EARLIER


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


def _working_days(count: Count, amount: int) -> Due:
    day = counting.working_days(count, amount)
    at = count.calendar.last_close(day)
    return _made(count, at, _because(_code(count, "working_days", at), day, amount=amount))


def _working_hours(count: Count, amount: int) -> Due:
    at = counting.working_hours(count, amount)
    local = at.astimezone(STOCKHOLM)
    code = _code(count, "working_hours", at)
    return _made(count, at, _because(code, local.date(), amount=amount, at=local.isoformat()))


def _calendar_days(count: Count, amount: int, moves: Moves) -> Due:
    calendar = count.calendar
    nominal = counting.calendar_days(count, amount)
    if calendar.is_open_day(nominal):
        at = calendar.last_close(nominal)
        because = _because(_code(count, "calendar_days", at), nominal, amount=amount)
        return _past_pause(count, nominal, because, amount=amount)
    if moves is Moves.NONE:
        at = calendars.end_moment(nominal, calendars.END_OF_DAY)
        return _made(count, at, _because("deadline.not_moved", nominal, amount=amount))
    day, what = calendar.open_day(nominal, step=-1), What.MOVED_EARLIER
    # A short term over a long weekend would move to before the arrival; nobody could keep that.
    if moves is Moves.LATER or calendar.last_close(day) <= count.start:
        day, what = calendar.open_day(nominal, step=1), What.MOVED_LATER
    holiday = calendar.closed_on(nominal)
    count.account.add(what, day, nominal=nominal, names=(holiday,) if holiday else ())
    facts: dict[str, str | int] = {"amount": amount, "nominal": nominal.isoformat(), "holiday": holiday}
    return _past_pause(count, day, _because(f"deadline.{what}", day, **facts), amount=amount)


def _past_pause(count: Count, day: date, because: Because, *, amount: int) -> Due:
    after = counting.past_pause(count, day) if count.spans else day
    if after != day:
        count.account.add(What.MOVED_PAST_PAUSE, after, nominal=day)
        because = _because("deadline.moved_past_pause", after, amount=amount, nominal=day.isoformat())
    return _made(count, count.calendar.last_close(after), because)


def _made(count: Count, at: datetime, because: Because) -> Due:
    # What is due at 24:00 belongs to the day that ends, not to the one that begins.
    count.account.add(What.DUE, _due_date(at), to_at=at)
    return Due(at, because, count.account.made())


def _code(count: Count, unit: str, at: datetime) -> str:
    stood_still = any(begins < at for begins, _ in count.spans)
    return f"deadline.{unit}_paused" if stood_still else f"deadline.{unit}"


def _merged(of: Sequence[Pause], start: datetime) -> tuple[pauses.Span, ...]:
    return pauses.merged(of, after=start) if of else ()


def _moment(start: datetime) -> datetime:
    if start.tzinfo is None:
        raise ValueError(f"{start} has no offset, so it is no moment")
    return start.astimezone(UTC)


def _day_zero(start: datetime, calendar: Calendar) -> date:
    """The day an arrival counts from: its own until that closes for good, else the next open one."""
    day = calendars.local_date(start)
    if calendar.is_open_day(day) and start <= calendar.last_close(day):
        return day
    return calendar.open_day(day + timedelta(days=1), step=1)


def _due_date(due_at: datetime) -> date:
    return calendars.local_date(due_at - timedelta(microseconds=1))


def _because(code: str, day: date, **facts: str | int) -> Because:
    return Because(code, {**facts, "day": day.isoformat()})
