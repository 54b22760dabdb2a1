"""What a calendar part of a mail says (iTIP, RFC 5546; iMIP, RFC 6047): whose answer to which invitation.

Only the lines that are asked for are handed to the library; a comment or a description is content and is never read.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

from config.words import STOCKHOLM
from router.mail import charsets, ical_lines, senders
from router.mail.ical_lines import Odd
from router.rules.calendar_replies import CalendarReply, Said
from router.rules.terms import Attending

# An answer is small, and so is the invitation it repeats.
LARGEST = 512 * 1024
ATTENDEES, LONGEST_UID = 200, 500
# What a column takes.
MOST_SEQUENCE = 2**31 - 1

_METHOD = re.compile(r"[A-Za-z-]{1,20}")
_EVENT = ical_lines.KEPT["VEVENT"]
_ANSWERS = {
    "NEEDS-ACTION": Attending.NEEDS_ACTION,
    "ACCEPTED": Attending.ACCEPTED,
    "TENTATIVE": Attending.TENTATIVE,
    "DECLINED": Attending.DECLINED,
}
_LIBRARY = threading.Lock()


def read(part: bytes, *, charset: str = "", method: str = "") -> tuple[CalendarReply, ...]:
    """Every event of a calendar part, each once; `method` is what the part's Content-Type says.

    Nothing for what holds no calendar. Never raises but MemoryError; its time is linear in the part.
    """
    try:
        return tuple(dict.fromkeys(_read(part, charset, method)))
    except Odd as odd:
        return (CalendarReply(problem=odd.problem),)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 -- a foreign parser of hostile bytes: whatever it does, a person sees the mail
        return (CalendarReply(problem="unreadable"),)


def _read(part: bytes, charset: str, said: str) -> Iterator[CalendarReply]:
    if len(part) > LARGEST:
        raise Odd("too_large")
    text = charsets.decode(part, charset)[0]
    if "BEGIN:VCALENDAR" not in text.upper():
        return
    lines = ical_lines.bare(text)
    with _own_zones() as library:
        try:
            calendar = library.from_ical("\r\n".join(lines) + "\r\n")
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError):
            # A zone that the library cannot read is no reason not to read who answered.
            calendar = library.from_ical("\r\n".join(ical_lines.without_zones(lines)) + "\r\n")
        method = _text(calendar.get("METHOD")) or said
        method = method.strip().upper() if _METHOD.fullmatch(method.strip()) else ""
        for event in calendar.walk("VEVENT"):
            yield _event(event, method)


@contextmanager
def _own_zones() -> Iterator[Any]:
    """The library, knowing no zone of an earlier calendar: it keeps each TZID as the first one defined it."""
    from icalendar import Calendar  # noqa: PLC0415 -- 100 ms that few mails ask for
    from icalendar.timezone import tzp  # noqa: PLC0415

    with _LIBRARY, warnings.catch_warnings():
        # It tells of zones it guesses by the end of their names; that is what is wanted.
        warnings.simplefilter("ignore")
        try:
            yield Calendar
        finally:
            tzp.use_default()


def _event(event: Any, method: str) -> CalendarReply:
    uid = _text(event.get("UID")).strip()
    attendees = tuple(dict.fromkeys(_attendees(event)))
    starts_at = _moment(event, "DTSTART")
    problem = ""
    if "RECURRENCE-ID" in event:
        problem = "repeating"
    elif not uid or len(uid) > LONGEST_UID:
        problem = "no_uid"
    elif not method:
        problem = "no_method"
    elif any(isinstance(event.get(name), list) for name in _EVENT - {"ATTENDEE"}):
        # Two values of what can have one: the next reader may take the other.
        problem = "unreadable"
    return CalendarReply(
        method=method,
        uid=uid[:LONGEST_UID],
        sequence=_sequence(event),
        stamp=_stamp(event),
        attendees=attendees,
        starts_at=starts_at,
        ends_at=_moment(event, "DTEND") or _after(event, starts_at),
        problem=problem,
    )


def _attendees(event: Any) -> Iterator[Said]:
    stated = event.get("ATTENDEE", [])
    for one in (stated if isinstance(stated, list) else [stated])[:ATTENDEES]:
        parameters = {str(name).upper(): value for name, value in getattr(one, "params", {}).items()}
        address = _address(str(one)) or _address(_text(parameters.get("EMAIL")))
        status = _text(parameters.get("PARTSTAT")).strip().upper()
        yield Said(
            address=address,
            # Without one it is NEEDS-ACTION (RFC 5545, 3.2.12).
            answer=_ANSWERS.get(status or "NEEDS-ACTION"),
            sent_by=_address(_text(parameters.get("SENT-BY"))),
            is_delegated=status == "DELEGATED"
            or any(parameters.get(name) for name in ("DELEGATED-TO", "DELEGATED-FROM")),
        )


def _address(said: str) -> str:
    """A plain address in lower case, however `mailto:` is written; empty for what is none."""
    said = said.strip().strip('"').strip()
    if said[:7].lower() == "mailto:":
        said = unquote(said[7:]).partition("?")[0]
    return senders.strict([said.encode("utf-8", "replace")])


def _sequence(event: Any) -> int | None:
    stated = event.get("SEQUENCE")
    return min(max(stated, 0), MOST_SEQUENCE) if isinstance(stated, int) else None


def _stamp(event: Any) -> datetime | None:
    """DTSTAMP is in UTC (RFC 5545, 3.8.7.2); what says no zone means it."""
    value = getattr(event.get("DTSTAMP"), "dt", None)
    if not isinstance(value, datetime):
        return None
    return _utc(value if value.tzinfo else value.replace(tzinfo=UTC))


def _moment(event: Any, name: str) -> datetime | None:
    """A time of the event in UTC; None for a whole day, and for a zone that neither we nor the calendar know."""
    stated = event.get(name)
    value: date | None = getattr(stated, "dt", None)
    if not isinstance(value, datetime):
        return None
    if value.tzinfo is None:
        if _text(getattr(stated, "params", {}).get("TZID")):
            return None
        # A time without a zone is the reader's own.
        value = value.replace(tzinfo=STOCKHOLM)
    return _utc(value)


def _after(event: Any, starts_at: datetime | None) -> datetime | None:
    length = getattr(event.get("DURATION"), "dt", None)
    try:
        return starts_at + length if starts_at and length else None
    except (OverflowError, TypeError):
        return None


def _utc(value: datetime) -> datetime | None:
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _text(said: object) -> str:
    if isinstance(said, list):
        said = said[0] if said else ""
    return "" if said is None else str(said)
