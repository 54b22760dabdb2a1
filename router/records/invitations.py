"""Letters about a meeting: one to each participant, in a stream of its own, with what its calendar is to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import STOCKHOLM, rfc3339
from directory.records.models import Party
from router.records import letters
from router.records.letters import Letter
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Event, Inquiry
from router.rules.terms import EventKind

PARTICIPANT, PARTY, EVENT, TIME = table(Participant), table(Party), table(Event), table(MeetingTime)

# Where whoever has no account answers.
LINK = "/motestid/"
PROPOSING = frozenset({"times_proposed", "times_waiting", "proposal_withdrawn"})
# Those that a calendar must not take for an older word about the same time.
RISING = frozenset({"meeting_booked", "meeting_moved", "meeting_cancelled"})
INVITING = RISING | {"meeting_changed"}

_ATTENDEES = (
    sa.select(
        *(PARTICIPANT.c[name] for name in ("id", "name", "function", "form", "answer", "address")),
        PARTY.c.short_name.label("party"),
    )
    .join(PARTY, PARTY.c.id == PARTICIPANT.c.party_id)
    .where(PARTICIPANT.c.meeting_id == sa.bindparam("meeting_id"), PARTICIPANT.c.removed_at.is_(None))
    .order_by(PARTICIPANT.c.id)
)
_PARTIES = sa.select(PARTY.c.id, PARTY.c.short_name).where(
    PARTY.c.id.in_(sa.bindparam("party_ids", expanding=True))
)
_TIMES = sa.select(sa.func.count()).where(
    TIME.c.meeting_id == sa.bindparam("meeting_id"), TIME.c.withdrawn_at.is_(None)
)
_WAS = (
    sa.select(EVENT.c.facts["was"].as_string())
    .where(
        EVENT.c.inquiry_id == sa.bindparam("inquiry_id"),
        EVENT.c.kind == EventKind.MEETING_MOVED.value,
        EVENT.c.seq <= sa.bindparam("seq"),
    )
    .order_by(EVENT.c.seq.desc())
    .limit(1)
)


def tell(
    session: Session,
    letter: str,
    meeting: Meeting,
    participants: Iterable[Participant],
    *,
    inquiry: Inquiry,
    seq: int,
    now: datetime,
    links: Mapping[int, str] = {},
) -> int:
    """Write this letter about the meeting to each of these participants. Returns how many were written.

    `seq` is the event that it tells of; `links` are the tokens of those who answer without an account, by the
    participant's id. Of `meeting_moved` the event must stand already: it says where the meeting was before.
    What is told to one address leaves in the order in which it was written, and `invited_sequence` is what its
    calendar has been told last: never less than the meeting's, and more than before when the time changes or when
    the participant, or the meeting, is taken out of the calendar.
    """
    told = sorted(participants, key=lambda one: one.id)
    if not told:
        return 0
    parties = _parties(session, {inquiry.from_party_id, *(one.party_id for one in told)})
    shared = _shared(session, letter, meeting, inquiry=inquiry, seq=seq)
    shared["asks"] = parties[inquiry.from_party_id]
    written = []
    for one in told:
        facts = shared | _own(one, meeting, _path(one, inquiry, links), parties[one.party_id])
        if letter in INVITING:
            one.invited_sequence = facts["sequence"] = _sequence(letter, meeting, one)
        written.append(
            Letter(
                letter,
                one.address,
                inquiry.id,
                seq,
                facts,
                # A reminder is no event: one a day, however often somebody looks.
                about=f"times:{meeting.id}:{now.astimezone(STOCKHOLM):%Y-%m-%d}"
                if letter == "times_waiting"
                else None,
                stream=f"{meeting.uid}:{one.address}",
            )
        )
    session.flush()
    return letters.write(session, written, now=now)


def _shared(session: Session, letter: str, meeting: Meeting, *, inquiry: Inquiry, seq: int) -> dict[str, Any]:
    """What the letter says to all of them."""
    facts: dict[str, Any] = {"reference": inquiry.reference, "kind": meeting.kind, "minutes": meeting.minutes}
    attendees = session.execute(_ATTENDEES, {"meeting_id": meeting.id}).all()
    if letter in PROPOSING:
        facts["parties"] = list(dict.fromkeys(one.party for one in attendees))
        facts["answer_by"] = rfc3339(meeting.answer_by) if meeting.answer_by else None
        facts["times"] = session.scalar(_TIMES, {"meeting_id": meeting.id}) or 0
        return facts
    facts |= {"uid": meeting.uid, "sequence": meeting.sequence, "starts_at": rfc3339(meeting.starts_at)}
    facts["attendees"] = [
        {"participant_id": one.id, "own": _name(one, one.party), "form": one.form, "answer": one.answer}
        | ({"address": one.address} if meeting.shows_addresses else {})
        for one in attendees
    ]
    if letter == "meeting_moved":
        facts["was"] = session.scalar(_WAS, {"inquiry_id": inquiry.id, "seq": seq})
    return facts


def _own(one: Participant, meeting: Meeting, path: str, party: str) -> dict[str, Any]:
    """What it says to this one alone. `side` says where an answer in words goes; nowhere for whoever has no side."""
    side = "asker" if one.is_asker else "desk" if one.leg_id is not None else ""
    return {
        "path": path,
        "side": side,
        "participant_id": one.id,
        "own": _name(one, party),
        "is_required": one.is_required,
        "answer": one.answer,
        "form": one.form,
        "place": one.place or meeting.place,
    }


def _path(one: Participant, inquiry: Inquiry, links: Mapping[int, str]) -> str:
    """The participant's own link; the inquiry for its sides, who sign in; nowhere for anybody else."""
    if one.id in links:
        return f"{LINK}{links[one.id]}"
    return letters.path_of(inquiry.reference) if one.is_asker or one.leg_id is not None else "/"


def _name(one: Any, party: str) -> str:
    """The function and the party; what the unit or way in is called where nobody has said a function."""
    return f"{one.function or one.name}, {party}"


def _parties(session: Session, party_ids: Iterable[str]) -> dict[str, str]:
    found = session.execute(_PARTIES, {"party_ids": sorted(party_ids)})
    return {row.id: row.short_name for row in found}


def _sequence(letter: str, meeting: Meeting, one: Participant) -> int:
    # Who has been removed was told a number of its own, so one that comes back must be told a higher one.
    if one.invited_sequence is None:
        return meeting.sequence
    return max(meeting.sequence, one.invited_sequence + (letter in RISING))
