"""What keeps a directory true: how fresh an entry point is, how proposals are timed, what a pause says today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from directory.rules.paths import VERIFIED_FOR

# The owner is asked this long before the year has passed, and has this long after it before a pause is proposed.
ASKED_BEFORE = timedelta(days=30)
LAPSES_AFTER = timedelta(days=90)
ANSWER_DAYS = 5
# A letter that asks is followed by one more, and no more; its link opens until this long after it was first sent.
REMINDED_AFTER = timedelta(days=14)
LINK_LASTS = timedelta(days=45)


class Freshness(StrEnum):
    CONFIRMED = "confirmed"
    DUE = "due"
    UNVERIFIED = "unverified"
    # Nobody has confirmed it for so long that a pause is proposed; it is still found, last and marked.
    LAPSED = "lapsed"


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Closed:
    """A pause that holds today; `until` is its last day, None where nobody has said."""

    until: date | None
    stand_in_id: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of an entry point today. `closed` while a pause holds; its stand-in by name."""

    freshness: Freshness
    confirm_by: date | None
    closed: Closed | None = None
    stand_in_name: str = ""
    notice: str = ""
    # Why it counts as unverified before its year has passed (rules/doubting.py), and since when.
    doubt: str = ""
    doubted_on: date | None = None


def freshness(verified_on: date | None, today: date) -> Freshness:
    """The verification cycle: confirmed, due 30 days before 365, unverified after that, lapsed 90 days later.

    What has never been verified is unverified: nobody knows since when, so it does not lapse.
    """
    if verified_on is None:
        return Freshness.UNVERIFIED
    age = today - verified_on
    if age > VERIFIED_FOR + LAPSES_AFTER:
        return Freshness.LAPSED
    if age > VERIFIED_FOR:
        return Freshness.UNVERIFIED
    return Freshness.DUE if age > VERIFIED_FOR - ASKED_BEFORE else Freshness.CONFIRMED


def borders(today: date) -> tuple[date, date, date]:
    """What was verified before these days is lapsed, unverified, due; the same as `freshness`, for a database."""
    unverified = today - VERIFIED_FOR
    return unverified - LAPSES_AFTER, unverified, unverified + ASKED_BEFORE


def asked_from(today: date) -> date:
    """What was verified before this day is no longer confirmed: it is asked about today."""
    return borders(today)[2]


def confirm_by(verified_on: date) -> date:
    """The last day on which what was verified then still counts as verified."""
    return verified_on + VERIFIED_FOR


def answer_by(made_on: date, red_day: Callable[[date], str]) -> date:
    """Five working days after the day on which a proposal came; weekends and red days do not count."""
    day, left = made_on, ANSWER_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.isoweekday() < 6 and not red_day(day)
    return day


def closed(
    starts_on: date | None, ends_on: date | None, stand_in_id: str | None, today: date
) -> Closed | None:
    """The pause as it is today, None outside its days; a pause without a start is none."""
    if starts_on is None or today < starts_on or (ends_on is not None and today > ends_on):
        return None
    return Closed(ends_on, stand_in_id)
