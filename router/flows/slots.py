"""Finding common times for the meeting of an inquiry: read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.errors import Invalid
from directory.records.models import Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor
from directory.rules.agreements import DEFAULT_CALENDAR, MEASURED
from router.records import availability, promises, queries
from router.records.availability import Wanted
from router.records.meeting_models import Meeting
from router.records.models import Deadline
from router.rules import kept_calendars, slots
from router.rules.calendars import DEFAULT
from router.rules.counting import Count, working_hours
from router.rules.slots import Slot
from router.rules.steps import Account
from router.rules.terms import DeadlineKind, MeetingState

LONGEST_MEETING = 8 * 60
PROMISED = frozenset({DeadlineKind.MEETING})
# Nobody is asked to come sooner than after so many working hours, and no time is looked for later than this.
NOTICE_HOURS = 2
AHEAD = timedelta(days=30)
MAILBOX, UNIT, PARTY, MEETING = map(table, (Mailbox, Unit, Party, Meeting))
_NAMES = sa.union_all(
    sa.select(
        (sa.literal("unit:") + UNIT.c.id).label("key"), UNIT.c.party_id, UNIT.c.name, PARTY.c.short_name
    )
    .join_from(UNIT, PARTY, PARTY.c.id == UNIT.c.party_id)
    .where(UNIT.c.id == sa.bindparam("unit")),
    sa.select(
        (sa.literal("mailbox:") + MAILBOX.c.id).label("key"),
        *(MAILBOX.c.party_id, MAILBOX.c.name, PARTY.c.short_name),
    )
    .join_from(MAILBOX, PARTY, PARTY.c.id == MAILBOX.c.party_id)
    .where(MAILBOX.c.id.in_(sa.bindparam("boxes", expanding=True))),
)


@dataclass(frozen=True, slots=True)
class Suggested:
    """Times, the best first; and what was promised: until when, and whether it is to be `booked` or `held` by then.

    `due_at` is None and `measured` empty where no meeting is promised any more. `names` are those who were looked at,
    by the keys that the slots use: `unit:` and `mailbox:` with their ids.
    """

    slots: tuple[Slot, ...]
    due_at: datetime | None
    measured: str
    first: datetime
    last: datetime
    names: Mapping[str, str]


def suggest(
    database: Database,
    reference: str,
    actor: Actor,
    *,
    minutes: int,
    also_mailboxes: Collection[str] = (),
    spared: Collection[str] = (),
    after: datetime | None = None,
    now: datetime,
) -> Suggested:
    """Common times of the asking unit, every live leg and other mailboxes that are to come as well.

    `spared` are the mailboxes among them that the meeting can do without.

    Times from two working hours ahead, or from `after` where that is later, until thirty days from now or the last
    day of the promise where that is later. A promise to have booked is kept by any time; one to have held only by a
    start in time.
    Raises NotFound, NotAllowed, and Invalid("bad_minutes").
    """
    if not 0 < minutes <= LONGEST_MEETING:
        raise Invalid("bad_minutes", field="/minutes", longest=LONGEST_MEETING)
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        access.require(actor, Action.MEET, found.scope)
        promised = [one for one in promises.open_of(session, found.inquiry.id) if one.kind in PROMISED]
        due_at, measured = _due(promised)
        first = working_hours(Count(now, DEFAULT, (), Account()), NOTICE_HOURS)
        first = max(first, after or first)
        last = max(now + AHEAD, due_at or now)
        wanted = _named(session, _wanted(found, promised, also_mailboxes, spared))
        attendees = availability.of(
            session, wanted, first=first, last=last, now=now, but_meeting=_booked(session, found.inquiry.id)
        )
    return Suggested(
        slots=slots.suggest(
            attendees,
            minutes=minutes,
            first=first,
            last=last,
            due_at=due_at if measured == MEASURED[1] else None,
        ),
        due_at=due_at,
        measured=measured,
        first=first,
        last=last,
        names={one.key: one.name for one in wanted},
    )


def _due(promised: Sequence[Deadline]) -> tuple[datetime | None, str]:
    """The promise that is hardest to keep: of those that ask for a meeting held the first, else of those booked."""
    for measured in reversed(MEASURED):
        due = [one.due_at for one in promised if one.stops_when == measured]
        if due:
            return min(due), measured
    return None, ""


def _wanted(
    found: queries.Found, promised: Sequence[Deadline], also: Collection[str], spared: Collection[str]
) -> list[Wanted]:
    """The asker first, then the legs, each by the calendar that its promise is counted by; without their names."""
    inquiry = found.inquiry
    calendars = {one.mailbox_id: kept_calendars.parts(one.calendar_id)[0] for one in promised}
    asker = Wanted(
        key=f"unit:{inquiry.from_unit_id}",
        party_id=inquiry.from_party_id,
        account_ids=(inquiry.asked_by,),
        area=inquiry.area,
    )
    boxes = {leg.mailbox_id: leg.claimed_by for leg in found.live} | dict.fromkeys(
        set(also).difference(leg.mailbox_id for leg in found.live)
    )
    return [
        asker,
        *(
            Wanted(
                key=f"mailbox:{mailbox_id}",
                party_id="",
                mailbox_id=mailbox_id,
                account_ids=() if claimed_by is None else (claimed_by,),
                is_required=mailbox_id not in spared,
                calendar_id=calendars.get(mailbox_id, DEFAULT_CALENDAR),
                area=inquiry.area,
            )
            for mailbox_id, claimed_by in sorted(boxes.items())
        ),
    ]


def _named(session: Session, wanted: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """The same with party and name; a mailbox that is not there is left out.

    The party names them; where two of a party are to come, the unit or the mailbox does.
    """
    asked = {"unit": wanted[0].key.partition(":")[2], "boxes": [one.mailbox_id for one in wanted[1:]]}
    rows = {row.key: row for row in session.execute(_NAMES, asked)}
    known = [one for one in wanted if one.key in rows]
    count = Counter(rows[one.key].party_id for one in known)
    return tuple(
        replace(one, party_id=row.party_id, name=row.short_name if count[row.party_id] == 1 else row.name)
        for one in known
        for row in (rows[one.key],)
    )


def _booked(session: Session, inquiry_id: int) -> int | None:
    """The inquiry's own meeting: while it is moved it is in nobody's way."""
    return session.scalar(
        sa.select(MEETING.c.id).where(
            MEETING.c.inquiry_id == inquiry_id, MEETING.c.state == MeetingState.BOOKED.value
        )
    )
