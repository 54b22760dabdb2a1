"""What is demanded of a forum's plan, of a date that is moved, and of what is put on an agenda."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from config.errors import Invalid
from router.rules import incoming
from router.rules.replanning import Timed

LONGEST_PLACE = 200
LONGEST_HEADING = 120
LONGEST_FUNCTION = 120
LEAST_MINUTES, MOST_MINUTES = 15, 10 * 60
LEAST_ITEM, MOST_ITEM = 5, 240
MOST_CLOSES = 60
YEARS = range(2000, 2100)


class Reason(StrEnum):
    """Why a date is moved or called off. A choice and no text: it is told in the history of inquiries."""

    HOLIDAY = "holiday"
    ABSENCE = "absence"
    ROOM = "room"
    OTHER = "other"


def examine_plan(timed: Timed) -> None:
    """Raises Invalid with the field for what no forum can meet by."""
    plan = timed.plan
    if plan.starts_on.year not in YEARS or (plan.ends_on and plan.ends_on.year not in YEARS):
        raise Invalid("bad_day", field="/starts_on")
    if plan.ends_on and plan.ends_on < plan.starts_on:
        raise Invalid("ends_before_start", field="/ends_on")
    examine_length(timed.minutes)
    if not 0 <= timed.closes_days <= MOST_CLOSES:
        raise Invalid("bad_amount", field="/closes_days", least=0, most=MOST_CLOSES)
    examine_place(timed.place)


def examine_length(minutes: int) -> None:
    """Raises Invalid("bad_amount")."""
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise Invalid("bad_amount", field="/minutes", least=LEAST_MINUTES, most=MOST_MINUTES)


def examine_place(place: str) -> None:
    """Raises Invalid; a place may be unknown, and stands in calendars that anybody signed in reads."""
    if place.strip():
        incoming.written(place, "/place", longest=LONGEST_PLACE)
    if any(ord(character) < 32 for character in place):
        raise Invalid("bad_characters", field="/place")


def examine_item(heading: str, minutes: int) -> None:
    """Raises Invalid; the heading is read by all who meet in the forum, so it passes the guard."""
    incoming.written(heading, "/heading", longest=LONGEST_HEADING)
    if any(ord(character) < 32 for character in heading):
        raise Invalid("bad_characters", field="/heading")
    if not LEAST_ITEM <= minutes <= MOST_ITEM:
        raise Invalid("bad_amount", field="/minutes", least=LEAST_ITEM, most=MOST_ITEM)


def examine_function(function: str) -> None:
    """Raises Invalid; who came is a function, never a name, and that no number stands there is what can be seen."""
    if function:
        incoming.written(function, "/function", longest=LONGEST_FUNCTION)


def examine_day(day: date, *, today: date) -> None:
    """Raises Invalid for a day that has come already, or is none that a forum meets on."""
    if day <= today or day.year not in YEARS:
        raise Invalid("in_the_past", field="/day")


def reason(value: str) -> Reason:
    """Raises Invalid("unknown_choice")."""
    if value not in tuple(Reason):
        raise Invalid("unknown_choice", field="/reason", value=value[:40], choices=", ".join(Reason))
    return Reason(value)
