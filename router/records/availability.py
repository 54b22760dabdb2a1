"""What is known of when those who are to meet can: calendars, absences, published calendars, meetings and forums.

Whom a mailbox would send decides what counts as its own. Who has claimed the question, or the only keeper there is, is
whom the others would meet: what that person is busy with takes the mailbox too. Of several keepers with no claim any
may come, so none of their calendars says anything of the mailbox (docs/decisions/0025).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime, table
from directory.records import away
from directory.records.models import Forum, Party
from directory.rules import areas, staffing
from directory.rules.agreements import ANY, DEFAULT_CALENDAR
from directory.rules.staffing import Away, Duty
from router.records import calendars
from router.records.calendar_models import BusyInterval, BusySource
from router.records.forum_models import ForumDate
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry, Leg
from router.rules.calendars import END_OF_DAY, Calendar, end_moment, local_date, moment
from router.rules.slots import Attendee, Taken

SOURCE, BUSY, FORUM, FORUM_DATE, PARTY = map(table, (BusySource, BusyInterval, Forum, ForumDate, Party))
MEETING, PARTICIPANT, INQUIRY, LEG = map(table, (Meeting, Participant, Inquiry, Leg))
# No meeting is longer: one that began earlier than this before a moment has ended by it.
_LONGEST = timedelta(hours=8)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One who is to meet: a mailbox, with who has claimed the question there; or persons of a party.

    `calendar_id` is the agreement's. `area` is where the matter is: forums elsewhere take nobody.
    """

    key: str
    party_id: str
    mailbox_id: str | None = None
    account_ids: tuple[int, ...] = ()
    is_required: bool = True
    name: str = ""
    calendar_id: str = DEFAULT_CALENDAR
    area: str = areas.COUNTRY


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that was read, for all who are wanted."""

    duties: Mapping[str, Sequence[Duty]]
    away: Sequence[Away]
    # What published calendars say, by the mailbox (its id) or the person (a number) whose they are.
    busy: Mapping[str | int, Sequence[Taken]]
    meetings: Sequence[Any]
    forums: Sequence[Any]
    kinds: Mapping[str, str]
    days: Sequence[date]

    def persons(self, wanted: Wanted) -> frozenset[int]:
        """Whom the others would meet, where that can be said."""
        if wanted.account_ids or wanted.mailbox_id is None:
            return frozenset(wanted.account_ids)
        keepers = self.keepers(wanted)
        return keepers if len(keepers) == 1 else frozenset()

    def keepers(self, wanted: Wanted) -> frozenset[int]:
        return frozenset(one.account_id for one in self.duties.get(wanted.mailbox_id or "", ()))


def of(
    session: Session,
    wanted: Sequence[Wanted],
    *,
    first: datetime,
    last: datetime,
    now: datetime,
    but_meeting: int | None = None,
) -> tuple[Attendee, ...]:
    """Those who are to meet as the rule sees them, between two moments; `but_meeting` is one that is to be moved.

    At most eight statements, however many are wanted.
    """
    known = _read(session, wanted, (first, last), now=now, but_meeting=but_meeting)
    revision = session.scalar(_REVISION)
    return tuple(
        Attendee(
            key=one.key,
            calendar=_calendar(session, one, revision),
            taken=tuple(_taken(one, known)),
            away=tuple((day, day) for day in known.days if _is_away(one, day, known)),
            is_required=one.is_required,
            name=one.name,
        )
        for one in wanted
    )


def _read(
    session: Session,
    wanted: Sequence[Wanted],
    between: tuple[datetime, datetime],
    *,
    now: datetime,
    but_meeting: int | None,
) -> _Known:
    first, last = between
    boxes = sorted({one.mailbox_id for one in wanted if one.mailbox_id is not None})
    duties = away.duties(session, boxes, now)
    keepers = {one.account_id for each in duties.values() for one in each}
    people = sorted(keepers.union(*(one.account_ids for one in wanted)))
    asked = {"boxes": boxes, "people": people, "first": first, "last": last}
    days = (local_date(first), local_date(last))
    forums = session.execute(_FORUMS, {"first_day": days[0], "last_day": days[1]}).all()
    parties = sorted({one.party_id for one in wanted})
    return _Known(
        duties=duties,
        away=away.away(session, people, days[0]) if people else (),
        busy=_busy(session, asked),
        meetings=session.execute(
            _MEETINGS, {**asked, "begun": first - _LONGEST, "but": but_meeting or 0}
        ).all(),
        forums=forums,
        kinds={one.id: one.kind for one in session.execute(_KINDS, {"parties": parties})} if forums else {},
        days=[days[0] + passed * _DAY for passed in range((days[1] - days[0]).days + 1)],
    )


def _calendar(session: Session, one: Wanted, revision: int | None) -> Calendar:
    whose = {"party_id": one.party_id, "mailbox_id": one.mailbox_id or ""}
    return calendars.applying(session, one.calendar_id, **whose, revision=revision)


def _busy(session: Session, asked: Mapping[str, Any]) -> Mapping[str | int, Sequence[Taken]]:
    found = defaultdict[str | int, list[Taken]](list)
    for mailbox_id, account_id, *taken in session.connection().execute(_BUSY, asked):
        found[mailbox_id or account_id].append(Taken(*taken))
    return found


def _is_away(wanted: Wanted, day: date, known: _Known) -> bool:
    """A mailbox is when none of its keepers is there and nobody stands in; persons, when all of them are."""
    if wanted.mailbox_id is not None:
        duties = known.duties.get(wanted.mailbox_id, ())
        # A mailbox without accounts here answers by mail, and nothing is known of who is there.
        return bool(duties) and not staffing.is_manned(day, duties, known.away)
    return bool(wanted.account_ids) and _gone(day, known.away).issuperset(wanted.account_ids)


def _taken(wanted: Wanted, known: _Known) -> Iterator[Taken]:
    """What is taken of one who is wanted, from everything that is known; some of it twice."""
    persons = known.persons(wanted)
    owners: tuple[str | int, ...] = (wanted.mailbox_id or "", *persons)
    for owner in owners:
        yield from known.busy.get(owner, ())
    for row in known.meetings:
        is_own = (row.asked_by if row.is_asker else row.claimed_by) in persons
        is_mailbox = row.mailbox_id is not None and row.mailbox_id == wanted.mailbox_id
        if is_own or is_mailbox:
            # Where there are several keepers, another of them may go to the other meeting.
            ends_at = row.starts_at + timedelta(minutes=row.minutes)
            yield Taken(row.starts_at, ends_at, not is_own and len(known.keepers(wanted)) > 1)
    yield from _forums(wanted, known)
    if wanted.mailbox_id is not None and wanted.account_ids:
        # Who has claimed the question is away, and others are there: somebody would have to take it over.
        for day in known.days:
            if _gone(day, known.away).issuperset(wanted.account_ids):
                yield _perhaps(day)


def _forums(wanted: Wanted, known: _Known) -> Iterator[Taken]:
    """When a forum of the party meets: those who sit there may be those who would come, so they are perhaps busy."""
    names = {wanted.party_id, known.kinds.get(wanted.party_id, ""), ANY}
    for row in known.forums:
        if names.isdisjoint(row.participants):
            continue
        if row.areas and not any(areas.overlaps(one, wanted.area) for one in row.areas):
            continue
        if row.starts_at is None:
            yield _perhaps(row.day)
        else:
            yield Taken(row.starts_at, row.starts_at + timedelta(minutes=row.minutes), is_tentative=True)


def _perhaps(day: date) -> Taken:
    return Taken(moment(day, END_OF_DAY), end_moment(day, END_OF_DAY), is_tentative=True)


def _gone(day: date, absences: Collection[Away]) -> frozenset[int]:
    return frozenset(one.account_id for one in absences if one.holds(day))


_REVISION = sa.select(calendars.REVISION)
_BOXES = sa.bindparam("boxes", expanding=True, type_=sa.String())
_PEOPLE = sa.bindparam("people", expanding=True, type_=sa.Integer())
_PARTIES = sa.bindparam("parties", expanding=True, type_=sa.String())
_FIRST_DAY, _LAST_DAY = (sa.bindparam(name, type_=sa.Date()) for name in ("first_day", "last_day"))
_FIRST, _LAST, _BEGUN = (sa.bindparam(name, type_=UTCDateTime()) for name in ("first", "last", "begun"))
_BUSY = (
    sa.select(SOURCE.c.mailbox_id, SOURCE.c.account_id, BUSY.c.starts_at, BUSY.c.ends_at, BUSY.c.is_tentative)
    .join_from(SOURCE, BUSY, BUSY.c.source_id == SOURCE.c.id)
    .where(
        sa.or_(SOURCE.c.mailbox_id.in_(_BOXES), SOURCE.c.account_id.in_(_PEOPLE)),
        BUSY.c.starts_at < _LAST,
        BUSY.c.ends_at > _FIRST,
    )
)
_MEETINGS = (
    sa.select(
        *(MEETING.c.starts_at, MEETING.c.minutes),
        *(PARTICIPANT.c.mailbox_id, PARTICIPANT.c.is_asker, INQUIRY.c.asked_by, LEG.c.claimed_by),
    )
    .select_from(
        MEETING.join(PARTICIPANT, PARTICIPANT.c.meeting_id == MEETING.c.id)
        .join(INQUIRY, INQUIRY.c.id == MEETING.c.inquiry_id)
        .outerjoin(LEG, LEG.c.id == PARTICIPANT.c.leg_id)
    )
    .where(
        # Written as the partial index is.
        MEETING.c.state == sa.literal_column("'booked'"),
        MEETING.c.starts_at > _BEGUN,
        MEETING.c.starts_at < _LAST,
        MEETING.c.id != sa.bindparam("but"),
        PARTICIPANT.c.removed_at.is_(None),
        sa.or_(
            PARTICIPANT.c.mailbox_id.in_(_BOXES),
            sa.and_(PARTICIPANT.c.is_asker, INQUIRY.c.asked_by.in_(_PEOPLE)),
            LEG.c.claimed_by.in_(_PEOPLE),
        ),
    )
)
_FORUMS = (
    sa.select(
        *(FORUM.c.participants, FORUM.c.areas),
        *(FORUM_DATE.c.day, FORUM_DATE.c.starts_at, FORUM_DATE.c.minutes),
    )
    .join_from(FORUM_DATE, FORUM, FORUM.c.id == FORUM_DATE.c.forum_id)
    .where(FORUM_DATE.c.state == "planned", FORUM_DATE.c.day.between(_FIRST_DAY, _LAST_DAY))
)
_KINDS = sa.select(PARTY.c.id, PARTY.c.kind).where(PARTY.c.id.in_(_PARTIES))
