"""One question about a deadline as anybody may write it, and its answer: for the command line and for checkers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import Invalid
from config.words import STOCKHOLM
from directory.rules.agreements import LONGEST_TERM, Term, TermUnit, parse_term
from router.rules import calendars, deadlines, steps
from router.rules.calendars import Calendar, NeverOpen
from router.rules.deadlines import Due, Moves, Pause

# Outside these years no calendar of ours is true: the clocks of Sweden turn as they do now since 1980.
EARLIEST, LATEST = 1980, 2999
SHOWN = 60

Named = Callable[[str], Calendar]


@dataclass(frozen=True, slots=True)
class Asked:
    """A term from a moment, by the name of a calendar."""

    term: Term
    received: datetime
    calendar: str
    moves: Moves
    pauses: tuple[Pause, ...]


def read(raw: object) -> Asked:
    """A request as JSON: ``term``, ``received``, and if wanted ``calendar``, ``moves`` and ``pauses``.

    A pause is ``FROM/TO``, a list of the two, or an object with ``from`` and ``to``. Raises Invalid with the field
    that cannot be read. What else the object holds is left alone.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("not_a_request")
    pauses = raw.get("pauses") or ()
    if isinstance(pauses, str | Mapping) or not isinstance(pauses, Iterable):
        raise Invalid("unreadable_pause", field="/pauses", value=_shown(pauses))
    return Asked(
        term=_term(raw.get("term")),
        received=_moment(raw.get("received"), "/received"),
        calendar=_name(raw.get("calendar")),
        moves=_moves(raw.get("moves")),
        pauses=tuple(_pause(one) for one in pauses),
    )


def count(asked: Asked, named: Named) -> Due:
    """When it falls due. Raises Invalid when the calendar does not open within the days that are searched."""
    calendar = named(asked.calendar)
    try:
        return deadlines.due(asked.received, asked.term, calendar, pauses=asked.pauses, moves=asked.moves)
    except NeverOpen:
        raise Invalid("never_open", calendar=asked.calendar, days=calendars.SEARCHED_DAYS) from None


def answer(due: Due) -> dict[str, Any]:
    """The answer as JSON: ``due_at`` in Swedish time with its offset, and every step with its Swedish line."""
    told = steps.as_json(due.steps)
    return {
        "due_at": due.at.astimezone(STOCKHOLM).isoformat(),
        "steps": [step | {"text": steps.line(step)} for step in told],
    }


def _term(raw: object) -> Term:
    try:
        return parse_term(raw if isinstance(raw, str) else "")
    except ValueError:
        raise Invalid(
            "unreadable_term", field="/term", value=_shown(raw), most=LONGEST_TERM, units=", ".join(TermUnit)
        ) from None


def _moment(raw: object, field: str) -> datetime:
    try:
        found = datetime.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise Invalid("unreadable_moment", field=field, value=_shown(raw)) from None
    if found.tzinfo is None:
        raise Invalid("moment_without_offset", field=field, value=_shown(raw))
    if not EARLIEST <= found.year <= LATEST:
        raise Invalid("moment_too_far", field=field, value=_shown(raw), earliest=EARLIEST, latest=LATEST)
    return found


def _name(raw: object) -> str:
    if raw is None or raw == "":
        return calendars.DEFAULT.name
    if not isinstance(raw, str):
        raise Invalid("unknown_calendar", field="/calendar", value=_shown(raw))
    return raw


def _moves(raw: object) -> Moves:
    if raw is None or raw == "":
        return Moves.EARLIER
    if not isinstance(raw, str) or raw not in set(Moves):
        raise Invalid("unknown_moves", field="/moves", value=_shown(raw), choices=", ".join(Moves))
    return Moves(raw)


def _pause(raw: object) -> Pause:
    if isinstance(raw, str):
        ends: list[object] = list(raw.split("/"))
    elif isinstance(raw, Mapping):
        ends = [raw.get("from"), raw.get("to")]
    else:
        ends = list(raw) if isinstance(raw, Iterable) else []
    if len(ends) != 2:
        raise Invalid("unreadable_pause", field="/pauses", value=_shown(raw))
    begins, stops = (_moment(end, "/pauses") for end in ends)
    if stops < begins:
        raise Invalid("pause_backwards", field="/pauses", value=_shown(raw))
    return Pause(begins, stops)


def _shown(raw: object) -> str:
    text = raw if isinstance(raw, str) else repr(raw)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
