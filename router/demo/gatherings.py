"""What a demonstration has of meetings: times that are voted on, what came of those that were, and forums that meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from config.database import Database
from directory.rules.access import Actor
from directory.rules.terms import Role
from router.flows import agendas, forums, meeting_outcomes, proposing, slots, voting
from router.flows.agendas import Concluded, There
from router.flows.meeting_outcomes import Outcome, StepWish
from router.flows.proposing import Invited, Proposed
from router.records.forum_models import ForumDate
from router.records.forums import At
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Deadline, Inquiry, Leg, OutgoingMail
from router.rules.calendars import DEFAULT, local_date, moment
from router.rules.recurring import Plan, suggested
from router.rules.replanning import Timed
from router.rules.terms import Ballot, DeadlineKind, LegState, MeetingState

AF_ADMINISTRATOR, ADMINISTRATOR = "henrik.moberg@af.example", "ingrid.falk@samvag.example"
AME = Invited(
    entry_point_id="kommun-1493-ame-brevlada", function="Arbetsmarknadskonsulent", is_required=False
)
PLACE = "Videomöte, länk kommer i kallelsen"
MINUTES = 45
# On the next working day somebody says what came of a meeting.
SAID_AT = time(9, 12)
# Nobody proposes a meeting of the same week.
NOTICE = timedelta(days=5)
UNSAID = 2
NOTED = (
    "Vi är överens om en plan. Arbetsprövning på halvtid prövas i åtta veckor, med uppföljning efter fyra."
)
TAKEN_ON = ("Boka in ett kontaktmöte.", "Skicka underlaget om omfattning.", "Återkomma med startdatum.")
# Forum by forum: how often, when it begins and how long it is; None is the whole day.
FORUMS: Sequence[tuple[str, str, time | None, int, str]] = (
    ("forstarkt-fk-af", "1/week", time(9), 90, "Försäkringskassan Skövde, rum Billingen"),
    ("flerpart-falkoping", "2/month", time(13), 120, "Stadshuset Falköping, rum Mösseberg"),
    ("beredning-skaraborg", "6/year", time(9, 30), 150, "Digitalt möte"),
    ("samverkansdagar", "1/year", None, 480, "Skövde kulturhus"),
)
WEEKLY = FORUMS[0][0]

_PROMISED = (
    sa.select(Inquiry.reference, Inquiry.asked_by, Leg.claimed_by, Leg.mailbox_id)
    .join(Leg, Leg.inquiry_id == Inquiry.id)
    .join(Deadline, Deadline.leg_id == Leg.id)
    .where(
        Leg.state.in_((LegState.CLAIMED.value, LegState.ANSWERED.value)),
        Deadline.kind == DeadlineKind.MEETING.value,
        Deadline.stopped_at.is_(None),
        sa.bindparam("now") < Deadline.due_at,
        ~sa.exists().where(Meeting.inquiry_id == Inquiry.id, Meeting.state == MeetingState.BOOKED.value),
    )
    .order_by(Deadline.due_at.desc(), Inquiry.id)
)
_PAST = (
    sa.select(Inquiry.reference, Inquiry.updated_at, Meeting.id, Meeting.starts_at, Meeting.booked_by)
    .join(Meeting, Meeting.inquiry_id == Inquiry.id)
    .where(Meeting.state == MeetingState.BOOKED.value, Meeting.starts_at < sa.bindparam("now"))
    .order_by(Meeting.starts_at, Meeting.id)
)


def play(database: Database, actors: Mapping[str, Actor], *, start: datetime, now: datetime) -> None:
    """Outcomes of what was held, three proposals that wait in three ways, and forums with what is on their agendas."""
    by_id = {one.account_id: one for one in actors.values()}
    _outcomes(database, by_id, now=now)
    found = _proposals(database, by_id, now=now)
    _forums(database, actors, start=start, now=now)
    for row in found[3:6]:
        wish = agendas.Wish(_next(database, now), "Gemensam planering", 15)
        agendas.put(database, row.reference, wish, by_id[row.asked_by], now=now)


def _outcomes(database: Database, by_id: Mapping[int, Actor], *, now: datetime) -> None:
    past: Any
    with database.reading() as session:
        past = session.execute(_PAST, {"now": now}).all()
        people = {
            row.id: session.scalars(
                sa.select(Participant.id).where(Participant.meeting_id == row.id).order_by(Participant.id)
            ).all()
            for row in past
        }
    for place, row in enumerate(past[:-UNSAID]):
        day = DEFAULT.open_day(local_date(row.starts_at) + timedelta(days=1), step=1)
        at = max(moment(day, SAID_AT), row.updated_at + timedelta(minutes=1))
        if at >= now:
            continue
        outcome = Outcome(held=place % 9 != 4)
        if outcome.held and place % 3 == 0:
            due_on = DEFAULT.open_day(local_date(now) + timedelta(days=3 + place % 12), step=1)
            step = StepWish(people[row.id][place % len(people[row.id])], TAKEN_ON[place % 3], due_on)
            outcome = replace(outcome, minutes=NOTED, steps=(step,))
        meeting_outcomes.end(database, row.reference, outcome, by_id[row.booked_by], now=at)


def _proposals(database: Database, by_id: Mapping[int, Actor], *, now: datetime) -> Sequence[Any]:
    """The first has an answer from everybody, the second waits for one, the third has just been sent."""
    found: Sequence[Any]
    with database.reading() as session:
        found = session.execute(_PROMISED, {"now": now}).all()
    for place, row in enumerate(found[:3]):
        desk = by_id.get(row.claimed_by) or _keeper(by_id, row.mailbox_id)
        asker = by_id[row.asked_by]
        by = asker if place == 2 else desk
        free = slots.suggest(database, row.reference, by, minutes=MINUTES, after=now + NOTICE, now=now).slots
        invited = (Invited(mailbox_id=row.mailbox_id, has_mandate=True),) + ((AME,) if place == 0 else ())
        wanted = Proposed(MINUTES, PLACE, tuple(one.starts_at for one in free[:3]), participants=invited)
        meeting_id = proposing.propose(database, row.reference, wanted, by, now=now - timedelta(minutes=50))
        if place == 0:
            _vote(database, meeting_id, now=now)
    return found


def _vote(database: Database, meeting_id: int, *, now: datetime) -> None:
    """Everybody answers by the link in the letter; the last one wishes another time."""
    with database.reading() as session:
        times = session.scalars(
            sa.select(MeetingTime.id)
            .where(MeetingTime.meeting_id == meeting_id)
            .order_by(MeetingTime.starts_at)
        ).all()
        inquiry_id = session.scalar(sa.select(Meeting.inquiry_id).where(Meeting.id == meeting_id))
        letters = session.scalars(
            sa.select(OutgoingMail.facts)
            .where(OutgoingMail.inquiry_id == inquiry_id, OutgoingMail.letter == "times_proposed")
            .order_by(OutgoingMail.id)
        ).all()
    said = ((Ballot.YES, Ballot.MAYBE, Ballot.NO), (Ballot.YES, Ballot.NO, Ballot.MAYBE))
    for place, facts in enumerate(letters):
        ballots = dict(zip(times, said[place % 2], strict=False))
        token = str(facts["path"]).rpartition("/")[2]
        voting.vote(database, token, ballots, has_mandate=place == 0, now=now - timedelta(minutes=20))


def _keeper(by_id: Mapping[int, Actor], mailbox_id: str) -> Actor:
    return next(one for one in by_id.values() if one.holds(Role.KEEPER, (mailbox_id,)))


def _forums(database: Database, actors: Mapping[str, Actor], *, start: datetime, now: datetime) -> None:
    for forum_id, frequency, starts_time, minutes, place in FORUMS:
        recurrence = suggested(frequency)
        if recurrence is None:
            continue
        timed = Timed(Plan(recurrence, local_date(start)), starts_time, minutes, place, closes_days=1)
        forums.save(database, forum_id, timed, actors[ADMINISTRATOR], version=0, now=start)
    with database.reading() as session:
        met = session.scalars(
            sa.select(ForumDate.day)
            .where(ForumDate.forum_id == WEEKLY, ForumDate.day < local_date(now))
            .order_by(ForumDate.day)
        ).all()
    for number, day in enumerate(met[-5:]):
        came = {
            "fk": There(attended=True, functions=("Samverkansansvarig",)),
            "af": There(attended=number != 2),
        }
        at = datetime.combine(day, time(16), start.tzinfo)
        done = Concluded(frozenset(), frozenset(), came)
        agendas.conclude(database, At(WEEKLY, day), done, actors[AF_ADMINISTRATOR], now=at)


def _next(database: Database, now: datetime) -> At:
    """The first date of the weekly forum whose agenda is certainly open."""
    with database.reading() as session:
        day = session.scalar(
            sa.select(sa.func.min(ForumDate.day)).where(
                ForumDate.forum_id == WEEKLY, ForumDate.day > local_date(now) + timedelta(days=2)
            )
        )
    assert day is not None, "the forum meets every week"  # noqa: S101 -- the demonstration's own plan
    return At(WEEKLY, day)
