"""By what a question is promised an answer: the agreement in force, else the entry point's own figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from config.words import Because
from directory.records import agreements as agreement_records
from directory.rules import agreements
from directory.rules.agreements import Candidate, Side, Term, TermUnit
from router.records import calendars as calendar_records
from router.records.targets import Receiver
from router.rules import steps
from router.rules.calendars import Calendar
from router.rules.deadlines import Promise
from router.rules.terms import DeadlineKind


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a question: terms, the agreement they come from if any, why, and the calendar."""

    candidate: Candidate
    agreement_id: str | None
    agreement_version: int | None
    because: Because
    calendar: Calendar


def terms(
    session: Session,
    asker: Side,
    receiver: Receiver,
    *,
    area: str,
    kind: str,
    on: date,
    revision: int | None = None,
) -> Terms:
    """What a receiver promises a question of a local day. `revision` as for `calendars.applying`."""
    choice = agreements.choose(
        agreement_records.between(session, asker, receiver.side),
        asker=asker,
        receiver=receiver.side,
        area=area,
        kind=kind,
        on=on,
    )
    candidate = choice.candidate if choice else _own_promise(receiver)
    return Terms(
        candidate=candidate,
        agreement_id=choice.candidate.id if choice else None,
        agreement_version=choice.candidate.version if choice else None,
        because=choice.because if choice else Because("agreement.own", {"name": receiver.target.name}),
        calendar=calendar_records.applying(
            session,
            candidate.calendar_id,
            party_id=receiver.target.party_id,
            mailbox_id=str(receiver.target.mailbox_id),
            revision=revision,
        ),
    )


def row(one: Promise, calendar: Calendar, *, measured: str) -> dict[str, Any]:
    """The columns of a Deadline that a promise decides; whose it is, is for who stores it to add.

    `measured` is what meets the agreement's promise of a meeting: booked or held.
    """
    return {
        "kind": one.kind.value,
        "term": str(one.term),
        "start_at": one.start_at,
        "due_at": one.due_at,
        "because": one.because.as_json(),
        "pauses": [],
        "breached": False,
        "calendar_id": calendar.name,
        "calendar_version": calendar.version,
        "moves": one.moves.value,
        "stops_when": measured if one.kind is DeadlineKind.MEETING else "booked",
        "steps": steps.as_json(one.steps),
    }


def _own_promise(receiver: Receiver) -> Candidate:
    """The entry point's own figures, used only where no agreement answers."""
    respond, meeting = receiver.response_working_days, receiver.meeting_calendar_days
    return Candidate(
        id="",
        version=0,
        name=receiver.target.name,
        party_a="*",
        party_b="*",
        areas=("SE",),
        inquiry_kinds=("*",),
        acknowledge=None,
        respond=Term(respond, TermUnit.WORKING_DAYS) if respond else None,
        meeting=Term(meeting, TermUnit.CALENDAR_DAYS) if meeting else None,
        meeting_measured="booked",
        valid_from=None,
        valid_to=None,
    )
