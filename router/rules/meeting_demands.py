"""What is demanded of a wish for a meeting before anything is decided, and by when answers are wished."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum

from config.errors import Invalid
from config.words import STOCKHOLM
from directory.rules import own_mail
from router.rules import incoming
from router.rules.meeting_wishes import Invited, ParticipantsChange, Proposed, Wish
from router.rules.terms import Consent, MeetingForm, MeetingKind

LONGEST_MEETING = 8 * 60
LONGEST_PLACE = 200
LONGEST_NAME = 200
LONGEST_FUNCTION = 120
LONGEST_WHY = 2000
LONGEST_ADDRESS = 254
MOST_TIMES = 12
MOST_PARTICIPANTS = 20
# Nobody proposes times further ahead: beyond it is a slip of the pen.
FURTHEST = timedelta(days=366)
# By itself answers are wished within a week, and two days before the first of the times.
ANSWER_WITHIN = timedelta(days=7)
ANSWER_BEFORE = timedelta(days=2)
REMIND_DAYS = (2, 1)
REMIND_TIME = time(8)
# A plain address as router/mail/addresses.py takes it: no quoted local part, no comment, no list.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[\w-]+(?:\.[\w-]+)+")


def examine_wish(wish: Wish, now: datetime) -> None:
    """Demand a time to come, so many minutes and a place. Raises Invalid with the field."""
    _examine_time(wish.starts_at, "/starts_at", now)
    _examine_minutes(wish.minutes)
    examine_place(wish.place)


def examine(wanted: Proposed, now: datetime) -> None:
    """Demand of a proposal what can be seen in it alone. Raises Invalid with the field."""
    _one_of(MeetingKind, wanted.kind, "/kind")
    if wanted.consent:
        _one_of(Consent, wanted.consent, "/consent")
    _examine_minutes(wanted.minutes)
    examine_place(wanted.place)
    if wanted.why.strip():
        incoming.written(wanted.why, "/why", longest=LONGEST_WHY)
    if not wanted.times:
        raise Invalid("no_times", field="/times")
    examine_times(wanted.times, now)
    examine_answer_by(wanted.answer_by, wanted.times, now)
    for number, one in enumerate(wanted.participants):
        examine_invited(one, f"/participants/{number}")


def examine_times(times: Sequence[datetime], now: datetime, *, there: int = 0) -> None:
    """Demand aware moments to come, each once, not too many beside those that are there."""
    if len(times) + there > MOST_TIMES:
        raise Invalid("too_many_times", field="/times", most=MOST_TIMES)
    for number, at in enumerate(times):
        _examine_time(at, f"/times/{number}", now)
        if at > now + FURTHEST:
            raise Invalid("too_far_ahead", field=f"/times/{number}")
    if len(set(times)) < len(times):
        raise Invalid("time_twice", field="/times")


def examine_answer_by(answer_by: datetime | None, times: Sequence[datetime], now: datetime) -> None:
    """Demand a last moment to answer that is to come, and before the last of the times."""
    if answer_by is None:
        return
    _examine_time(answer_by, "/answer_by", now)
    if times and answer_by > max(times):
        raise Invalid("answer_too_late", field="/answer_by")


def examine_place(place: str) -> None:
    """Demand a place without personal data; it becomes a calendar property, so no line breaks."""
    incoming.written(place, "/place", longest=LONGEST_PLACE)
    _plain(place, "/place")


def examine_role(function: str, form: str, place: str, field: str) -> None:
    """Demand of a participant's function, form and own place that they can stand in a letter."""
    for text, name, longest in ((function, "function", LONGEST_FUNCTION), (place, "place", LONGEST_PLACE)):
        if text.strip():
            incoming.written(text, f"{field}/{name}", longest=longest)
            _plain(text, f"{field}/{name}")
    if form:
        _one_of(MeetingForm, form, f"{field}/form")


def examine_invited(one: Invited, field: str) -> None:
    """Demand that somebody is named in one of the four ways, and of who has no account a function and an address."""
    examine_role(one.function, one.form, one.place, field)
    if one.is_asker or one.mailbox_id or one.entry_point_id:
        return
    if not one.party_id:
        raise Invalid("no_participant_named", field=f"{field}/party_id")
    if not one.name.strip() and not one.function.strip():
        raise Invalid("empty", field=f"{field}/function")
    if one.name.strip():
        incoming.written(one.name, f"{field}/name", longest=LONGEST_NAME)
        _plain(one.name, f"{field}/name")
    incoming.guarded(one.address, f"{field}/address")
    if not is_address(one.address):
        raise Invalid("bad_address", field=f"{field}/address", address=one.address.strip()[:80])


def examine_change(change: ParticipantsChange) -> None:
    """Demand of a change of participants what is demanded of each. Raises Invalid with the field."""
    for number, one in enumerate(change.add):
        examine_invited(one, f"/participants/{number}")
    for participant_id, role in change.change.items():
        examine_role(role.function, role.form, role.place, f"/participants/{participant_id}")


def is_address(text: str) -> bool:
    """Whether letters can be sent there."""
    text = text.strip()
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def examine_address(address: str, own_domain: str, field: str) -> None:
    """Refuse an address of our own: a letter to it would come back to us."""
    if own_mail.is_own(address, own_domain):
        raise Invalid("own_mail_domain", field=field, address=address)


def answer_by(times: Sequence[datetime], now: datetime) -> datetime:
    """The last moment to answer where nobody has said one: within a week, two days before the first time.

    Where that is too soon, half-way to the first time.
    """
    first = min(times)
    wished = min(first - ANSWER_BEFORE, now + ANSWER_WITHIN)
    half = now + (first - now) / 2
    return max(wished, half) if wished < now + ANSWER_BEFORE else wished


def remind_at(answer_by: datetime | None, now: datetime) -> datetime | None:
    """When those who are silent are reminded next: at eight two days before the last day to answer, and the day before.

    Never on the day of the last reminder, nor once answers are too late.
    """
    if answer_by is None:
        return None
    last = answer_by.astimezone(STOCKHOLM).date()
    moments = (
        datetime.combine(last - timedelta(days=days), REMIND_TIME, STOCKHOLM).astimezone(now.tzinfo)
        for days in REMIND_DAYS
    )
    return next((at for at in moments if now < at < answer_by), None)


def _examine_time(at: datetime, field: str, now: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid("no_offset", field=field)
    if at <= now:
        raise Invalid("in_the_past", field=field)


def _examine_minutes(minutes: int) -> None:
    if not 0 < minutes <= LONGEST_MEETING:
        raise Invalid("bad_minutes", field="/minutes", longest=LONGEST_MEETING)


def _plain(text: str, field: str) -> None:
    # A line break in what becomes a calendar property can only be a mistake or an attack.
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise Invalid("bad_characters", field=field)


def _one_of(choices: type[StrEnum], value: str, field: str) -> None:
    if value not in tuple(choices):
        raise Invalid("unknown_choice", field=field, value=value[:40], choices=", ".join(choices))
