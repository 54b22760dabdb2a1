"""Reading what one person, or the holder of a link, may see of an inquiry's meeting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import Because
from directory.records.models import Party
from directory.rules.access import Actor
from router.records import meetings
from router.records.meeting_models import Meeting, MeetingTime, Participant, Vote
from router.records.models import Deadline, Inquiry
from router.records.promises import MEASURED_HELD
from router.records.queries import Found
from router.rules import meeting_kinds
from router.rules.meeting_kinds import Going, Plan
from router.rules.meeting_shown import MeetingView, ParticipantView, TimeView, VotePage
from router.rules.terms import Ballot, DeadlineKind, MeetingKind, MeetingState

PARTY, TIME, VOTE = map(table, (Party, MeetingTime, Vote))
_NEWEST = (
    sa.select(Meeting)
    .where(Meeting.inquiry_id == sa.bindparam("inquiry_id"))
    .order_by(Meeting.id.desc())
    .limit(1)
)
_PEOPLE = (
    sa.select(Participant, PARTY.c.short_name, PARTY.c.kind)
    .join(PARTY, PARTY.c.id == Participant.party_id)
    .where(Participant.meeting_id == sa.bindparam("meeting_id"))
    .order_by(Participant.is_asker.desc(), Participant.id)
)
_TIMES = (
    sa.select(TIME, VOTE.c.participant_id, VOTE.c.answer)
    .outerjoin(VOTE, VOTE.c.time_id == TIME.c.id)
    .where(TIME.c.meeting_id == sa.bindparam("meeting_id"), TIME.c.withdrawn_at.is_(None))
    .order_by(TIME.c.starts_at, TIME.c.id)
)
_ASKER = (
    sa.select(Inquiry.reference, PARTY.c.short_name)
    .join(PARTY, PARTY.c.id == Inquiry.from_party_id)
    .where(Inquiry.id == sa.bindparam("inquiry_id"))
)


@dataclass(frozen=True, slots=True)
class _Term:
    """By when there is to be a meeting: `due_at` of the promise, and whether it is open still."""

    due_at: datetime | None = None
    is_open: bool = False
    is_held: bool = False


def of(
    session: Session,
    found: Found,
    actor: Actor,
    *,
    deadlines: Sequence[Deadline],
    names: Mapping[int, str],
    at_desk: bool,
    content: bool,
    now: datetime,
) -> MeetingView | None:
    """The newest meeting of an inquiry, in any state. `deadlines` are those the reader may see.

    A desk that the question has left sees nothing of what was proposed or booked after that.
    """
    one = session.scalar(_NEWEST, {"inquiry_id": found.inquiry.id})
    if one is None:
        return None
    left_at = found.leg.left_at if at_desk else None
    began = one.proposed_at or one.booked_at
    if left_at is not None and began is not None and began > left_at:
        return None
    people = session.execute(_PEOPLE, {"meeting_id": one.id}).all()
    own = {row[0].id for row in people if meetings.is_own(row[0], actor, found.inquiry.from_unit_id)}
    by = names.get(one.proposed_by or 0, "")
    return _view(session, one, people, own=own, term=_term(deadlines), by=by, content=content, now=now)


def vote_page(session: Session, meeting: Meeting, participant: Participant, *, now: datetime) -> VotePage:
    """What the holder of a participant's link is shown: nothing of the inquiry but its reference and who asks."""
    people = session.execute(_PEOPLE, {"meeting_id": meeting.id}).all()
    seen = _view(session, meeting, people, own={participant.id}, term=_Term(), by="", content=False, now=now)
    view = replace(seen, participants=tuple(_unnumbered(one, meeting) for one in seen.participants))
    asker = session.execute(_ASKER, {"inquiry_id": meeting.inquiry_id}).one()
    own = next(one for one in view.participants if one.id == participant.id)
    is_coming = meeting.starts_at is not None and meeting.starts_at > now
    return VotePage(
        reference=asker.reference,
        meeting=view,
        own=own,
        asker_short=asker.short_name,
        may_vote=view.is_proposed and any(time.starts_at > now for time in view.times),
        may_reply=view.is_booked and is_coming,
        ballots={time.id: time.ballots[own.id] for time in view.times if own.id in time.ballots},
    )


def _term(deadlines: Sequence[Deadline]) -> _Term:
    """The open promise that is hardest to keep: to have met goes before to have booked; else the last there was."""
    promised = [one for one in deadlines if one.kind == DeadlineKind.MEETING]
    running = [one for one in promised if one.stopped_at is None]
    if not promised:
        return _Term()

    def hardest(one: Deadline) -> tuple[bool, datetime, int]:
        return one.stops_when != MEASURED_HELD, one.due_at, one.id

    chosen = min(running, key=hardest) if running else promised[-1]
    return _Term(chosen.due_at, bool(running), chosen.stops_when == MEASURED_HELD)


def _view(
    session: Session,
    one: Meeting,
    people: Sequence[sa.Row[Any]],
    *,
    own: Collection[int],
    term: _Term,
    by: str,
    content: bool,
    now: datetime,
) -> MeetingView:
    # Of a meeting that is over, those who were taken out of it before are of no interest.
    there = [row for row in people if row[0].removed_at is None]
    votes = session.execute(_TIMES, {"meeting_id": one.id}).all()
    names = {row[0].id: row[0].name for row in people}
    times = _times(votes, [row[0] for row in there], names, term)
    return MeetingView(
        id=one.id,
        kind=one.kind,
        state=one.state,
        is_present=one.is_present,
        why=one.why if content else "",
        consent=one.consent if content else "",
        consent_on=one.consent_on if content else None,
        starts_at=one.starts_at,
        minutes=one.minutes,
        place=one.place,
        answer_by=one.answer_by,
        shows_addresses=one.shows_addresses,
        proposed_by=by,
        proposed_at=one.proposed_at,
        participants=tuple(_participant(row, one, is_own=row[0].id in own) for row in there),
        times=times,
        warnings=_warnings(one, there, times, term, now=now),
        due_at=term.due_at,
        measured="held" if term.is_held else "booked",
        booked_at=one.booked_at,
        ended_at=one.ended_at,
    )


def _unnumbered(one: ParticipantView, meeting: Meeting) -> ParticipantView:
    """Numbers and links of the others are not for whoever has nothing but a link, unless all have agreed."""
    return one if one.is_own or meeting.shows_addresses else replace(one, place="")


def _participant(row: sa.Row[Any], meeting: Meeting, *, is_own: bool) -> ParticipantView:
    one: Participant = row[0]
    return ParticipantView(
        id=one.id,
        party_id=one.party_id,
        party_short=row.short_name,
        name=one.name,
        function=one.function,
        is_asker=one.is_asker,
        has_mandate=one.has_mandate,
        is_required=one.is_required,
        form=one.form,
        place=one.place,
        answer=one.answer,
        attended=one.attended,
        is_own=is_own,
        address=one.address if is_own or meeting.shows_addresses else "",
        leg_id=one.leg_id,
        mailbox_id=one.mailbox_id,
        reminded_at=one.reminded_at,
    )


def _times(
    rows: Sequence[sa.Row[Any]], there: Sequence[Participant], names: Mapping[int, str], term: _Term
) -> tuple[TimeView, ...]:
    ids = {one.id for one in there}
    required = {one.id for one in there if one.is_required}
    ballots: dict[int, dict[int, Ballot]] = defaultdict(dict)
    for row in rows:
        if row.participant_id in ids:
            ballots[row.id][row.participant_id] = Ballot(row.answer)
    found = []
    for row in {one.id: one for one in rows}.values():
        said = ballots[row.id]
        counted = [list(said.values()).count(answer) for answer in Ballot]
        found.append(
            TimeView(
                id=row.id,
                starts_at=row.starts_at,
                because=tuple(row.because),
                suggested_by=names.get(row.suggested_by or 0, ""),
                ballots=said,
                yes=counted[0],
                maybe=counted[1],
                no=counted[2],
                silent=len(ids) - len(said),
                # To have booked is kept by any time, once it is booked.
                in_term=term.due_at is None or not term.is_held or row.starts_at <= term.due_at,
                fits_all=all(said.get(one) is Ballot.YES for one in required or ids),
                suggested_by_id=row.suggested_by,
            )
        )
    return tuple(found)


def _warnings(
    meeting: Meeting, there: Sequence[sa.Row[Any]], times: Sequence[TimeView], term: _Term, *, now: datetime
) -> tuple[Because, ...]:
    if meeting.state not in meetings.OPEN:
        return ()
    is_booked = meeting.state == MeetingState.BOOKED
    plan = Plan(
        going=[
            Going(
                row[0].name,
                row[0].party_id,
                row.kind,
                is_required=row[0].is_required,
                has_mandate=row[0].has_mandate,
                ballots={one.id: one.ballots[row[0].id] for one in times if row[0].id in one.ballots},
                answer=row[0].answer,
            )
            for row in there
        ],
        times={} if is_booked else {one.id: one.starts_at for one in times},
        is_present=meeting.is_present,
        has_consent=bool(meeting.consent),
        due_at=term.due_at if term.is_open else None,
        is_held=term.is_held,
        answer_by=meeting.answer_by,
        starts_at=meeting.starts_at,
    )
    return meeting_kinds.warnings(MeetingKind(meeting.kind), plan, now=now)
