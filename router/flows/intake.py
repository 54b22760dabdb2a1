"""Asking: from an Incoming to an Inquiry with its Leg, Message, Deadlines and letter, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Invalid, NotAllowed, Refused
from config.words import Because, rfc3339
from directory.records.models import Party, Unit
from directory.rules import access
from directory.rules.agreements import Side
from router.records import calendars as calendar_records
from router.records import history, inviting, letters, promising, references, tallies, targets
from router.records.models import Deadline, Inquiry, Leg, Message
from router.rules import calendars, deadlines, incoming, routing
from router.rules.calendars import Calendar
from router.rules.incoming import Incoming
from router.rules.terms import MEETINGS, DeadlineKind, EventKind, InquiryState, LegState

TRIES = 3

# Built once: making a statement costs more than running it.
_UNIT = (
    sa.select(
        table(Unit).c.id,
        table(Unit).c.party_id,
        table(Party).c.kind,
        # Whether the calendars in memory are still the newest, asked along with the rest.
        calendar_records.REVISION.label("calendars"),
    )
    .join_from(table(Unit), table(Party), table(Party).c.id == table(Unit).c.party_id)
    .where(table(Unit).c.id == sa.bindparam("unit_id"))
)
_INSERT_INQUIRY = sa.insert(table(Inquiry)).returning(table(Inquiry).c.id)
_INSERT_LEG = sa.insert(table(Leg)).returning(table(Leg).c.id)
_INSERT_MESSAGE = sa.insert(table(Message))
_INSERT_DEADLINES = sa.insert(table(Deadline))


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a question would go and what would be promised, before anything is stored."""

    from_unit_id: str
    from_side: Side
    receiver: targets.Receiver
    because: Because
    agreement_id: str | None
    agreement_version: int | None
    agreement_because: Because
    calendar: Calendar
    meeting_measured: str
    promises: tuple[deadlines.Promise, ...]
    # Those who are asked besides.
    also: tuple[targets.Receiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asker is told at once; nothing has to be read back."""

    reference: str
    plan: Plan


def preview(database: Database, asked: Incoming, *, now: datetime) -> Plan:
    """What would happen if the question were sent now. The texts are not looked at.

    Raises Refused("no_route", …) when there is no way, Invalid for unknown unit or receiver.
    """
    with database.reading() as session:
        return _plan(session, asked, now)


def reserve() -> str:
    """A reference for a question that is still being written, so that sending it twice asks it once."""
    return references.make()


def ask(
    database: Database, asked: Incoming, actor: access.Actor, *, now: datetime, reserved: str | None = None
) -> Asked:
    """Store one question and everything that follows from it, or nothing at all.

    1. The guard: what may not be stored is refused before anything else is looked at.
    2. Route through the directory; the decision and its reason are kept in the Leg.
    3. Promises from the Agreement in force, whose version the Inquiry keeps.
    4. One transaction: Inquiry, Leg, Message, Deadlines, Event, letter, counters, audit.

    With a `reserved` reference the same question from the same person is stored once, however often it is sent.
    Raises Refused("protected_identity"), Invalid with the field, NotAllowed, Refused("no_route", …).
    """
    incoming.examine(asked)
    if not access.may(actor, access.Action.ASK, access.Scope(unit_id=asked.from_unit)):
        raise NotAllowed("not_your_unit", field="/from_unit", unit=asked.from_unit[:80])
    with database.reading() as session:
        plan = _plan(session, asked, now)
    for attempt in range(1, TRIES + 1):
        reference = reserved if reserved and attempt == 1 else references.make()
        try:
            with database.writing() as session:
                _store(session, asked, plan, reference, actor=actor, now=now)
            return Asked(reference, plan)
        except IntegrityError:
            if reference == reserved and _is_stored(database, reference, asked, actor):
                return Asked(reference, plan)
            # One in 10^12 that the reference is taken. Anything else that clashes will do so every time.
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _is_stored(database: Database, reference: str, asked: Incoming, actor: access.Actor) -> bool:
    # What was changed before it was sent again is another question, and must not be lost.
    statement = (
        sa.select(Inquiry.subject, Message.body)
        .select_from(Inquiry)
        .join(Message, Message.inquiry_id == Inquiry.id)
        .where(Inquiry.reference == reference, Inquiry.asked_by == actor.account_id)
        .order_by(Message.id)
        .limit(1)
    )
    with database.reading() as session:
        row = session.execute(statement).one_or_none()
    return row is not None and tuple(row) == (asked.subject.strip(), asked.body)


def _plan(session: Session, asked: Incoming, now: datetime) -> Plan:
    unit = session.connection().execute(_UNIT, {"unit_id": asked.from_unit}).one_or_none()
    if unit is None:
        raise Invalid("unknown_unit", field="/from_unit", unit=asked.from_unit[:80])
    side = Side(unit.party_id, unit.kind)
    today = calendars.local_date(now)
    receiver, because = _route(session, asked, side, today)
    wants_meeting = asked.wants_meeting or asked.kind in MEETINGS
    found = promising.terms(
        session, side, receiver, area=asked.area, kind=asked.kind, on=today, revision=unit.calendars
    )
    return Plan(
        from_unit_id=unit.id,
        from_side=side,
        receiver=receiver,
        because=because,
        agreement_id=found.agreement_id,
        agreement_version=found.agreement_version,
        agreement_because=found.because,
        calendar=found.calendar,
        meeting_measured=found.candidate.meeting_measured,
        promises=deadlines.promises(
            found.candidate, start=now, wants_meeting=wants_meeting, calendar=found.calendar
        ),
        also=_also(session, asked, side, today),
    )


def _also(session: Session, asked: Incoming, side: Side, today: date) -> tuple[targets.Receiver, ...]:
    about = {"topic": asked.topic, "area": asked.area, "kind": asked.kind}
    return tuple(
        inviting.receiver(session, one, side, today=today, field="/also_to", **about)
        for one in dict.fromkeys(asked.also_to)
    )


def _route(session: Session, asked: Incoming, side: Side, today: date) -> tuple[targets.Receiver, Because]:
    wanted = routing.Wanted(
        from_party_id=side.party_id,
        from_party_kind=side.kind,
        to_party=asked.to_party or None,
        topic=asked.topic,
        area=asked.area,
        kind=asked.kind,
    )
    if asked.to_entry_point:
        receiver = targets.named(session, asked.to_entry_point, today)
        if receiver is None:
            raise Invalid(
                "unknown_entry_point", field="/to_entry_point", entry_point=asked.to_entry_point[:80]
            )
        receivers: Sequence[targets.Receiver] = (receiver,)
        decision = routing.named(receiver.target, wanted)
        if isinstance(decision, routing.NoRoute) and receiver.target.alternative_id:
            other = targets.named(session, receiver.target.alternative_id, today)
            decision = routing.named(receiver.target, wanted, alternative=other.target if other else None)
    else:
        if session.get(Party, asked.to_party) is None:
            raise Invalid("unknown_party", field="/to_party", party=asked.to_party[:80])
        receivers = targets.of_party(session, asked.to_party, asked.area, today)
        decision = routing.choose([one.target for one in receivers], wanted)
    if isinstance(decision, routing.NoRoute):
        field = "/to_entry_point" if asked.to_entry_point else "/to_party"
        raise NoWay(decision.because, decision.instead, field)
    chosen = next(one for one in receivers if one.target.entry_point_id == decision.entry_point_id)
    return chosen, decision.because


class NoWay(Refused):
    """The directory has no way for this question; says why, and names what to try instead."""

    status = 409

    def __init__(self, because: Because, instead: Sequence[str], field: str) -> None:
        super().__init__(because.code, field=field, **because.facts)
        self.because = because
        self.instead = tuple(instead)

    def members(self) -> dict[str, Any]:
        return super().members() | {"instead": list(self.instead)}


def _store(
    session: Session, asked: Incoming, plan: Plan, reference: str, *, actor: access.Actor, now: datetime
) -> None:
    inquiry_id = _store_inquiry(session, asked, plan, reference, actor=actor, now=now)
    leg_id = _store_leg(session, plan, inquiry_id, now)
    session.connection().execute(
        _INSERT_MESSAGE,
        {
            "inquiry_id": inquiry_id,
            "leg_id": leg_id,
            "kind": "question",
            "from_unit_id": plan.from_unit_id,
            "from_party_id": plan.from_side.party_id,
            "by_account_id": actor.account_id,
            "body": asked.body,
            "at": now,
        },
    )
    events = [
        history.Happened(EventKind.ASKED, actor.account_id, leg_id, {"because": plan.because.as_json()})
    ]
    history.write(session, inquiry_id, 0, events, state=InquiryState.SENT, at=now)
    letters.write(session, [_letter(plan, reference, inquiry_id)], now=now)
    changes: tallies.Changes = tallies.Changes()
    target = plan.receiver.target
    tallies.count(
        changes, mailbox_id=str(target.mailbox_id), party_id=target.party_id, measure="asked", at=now
    )
    tallies.write(session, changes)
    deeds = [audit.Deed(actor.account_id, access.Action.ASK, "inquiry", reference)]
    if plan.also:
        _invite(session, inquiry_id, plan, actor, now=now)
        deeds.append(audit.Deed(actor.account_id, access.Action.INVITE, "inquiry", reference))
    audit.record(session, deeds, now=now)


def _invite(session: Session, inquiry_id: int, plan: Plan, actor: access.Actor, *, now: datetime) -> None:
    """One more leg for everybody else who is asked, each with its own promises, event and letter."""
    inquiry = session.get_one(Inquiry, inquiry_id)
    there = session.scalars(sa.select(Leg).where(Leg.inquiry_id == inquiry_id)).all()
    legs, events = inviting.invite(
        session, inquiry, there, plan.also, by=actor.account_id, code="leg.chosen", now=now
    )
    last = history.append(session, inquiry, events, state=InquiryState.SENT, at=now)
    first = last - len(events) + 1
    inviting.tell(session, inquiry, legs, plan.also, first_seq=first, now=now)


def _store_inquiry(
    session: Session, asked: Incoming, plan: Plan, reference: str, *, actor: access.Actor, now: datetime
) -> int:
    inquiry_id: int | None = session.connection().scalar(
        _INSERT_INQUIRY,
        {
            "reference": reference,
            "from_unit_id": plan.from_unit_id,
            "from_party_id": plan.from_side.party_id,
            "asked_by": actor.account_id,
            "kind": asked.kind,
            "topic": asked.topic,
            "area": asked.area,
            "subject": asked.subject.strip(),
            "our_reference": asked.our_reference.strip(),
            "mode": asked.mode,
            "wants_meeting": any(one.kind is DeadlineKind.MEETING for one in plan.promises),
            "agreement_id": plan.agreement_id,
            "agreement_version": plan.agreement_version,
            "agreement_because": plan.agreement_because.as_json(),
            "state": InquiryState.SENT.value,
            "version": 1,
            "created_at": now,
            "updated_at": now,
        },
    )
    assert inquiry_id is not None  # noqa: S101 -- RETURNING always gives the row; this tells the type checker
    return inquiry_id


def _store_leg(session: Session, plan: Plan, inquiry_id: int, now: datetime) -> int:
    connection = session.connection()
    target = plan.receiver.target
    first = min(plan.promises, key=lambda one: one.due_at, default=None)
    leg_id: int | None = connection.scalar(
        _INSERT_LEG,
        {
            "inquiry_id": inquiry_id,
            "mailbox_id": target.mailbox_id,
            "entry_point_id": target.entry_point_id,
            "party_id": target.party_id,
            "state": LegState.WAITING.value,
            "because": plan.because.as_json(),
            "due_at": first.due_at if first else None,
            "due_kind": first.kind.value if first else None,
            "created_at": now,
        },
    )
    assert leg_id is not None  # noqa: S101 -- as above
    if plan.promises:
        connection.execute(
            _INSERT_DEADLINES,
            [
                {
                    "inquiry_id": inquiry_id,
                    "leg_id": leg_id,
                    "mailbox_id": target.mailbox_id,
                    "party_id": target.party_id,
                    **promising.row(one, plan.calendar, measured=plan.meeting_measured),
                }
                for one in plan.promises
            ],
        )
    return leg_id


def _letter(plan: Plan, reference: str, inquiry_id: int) -> letters.Letter:
    due = {one.kind: one.due_at for one in plan.promises}
    facts = {
        "reference": reference,
        "path": letters.path_of(reference),
        "respond_by": rfc3339(due.get(DeadlineKind.RESPOND)),
        "meeting_by": rfc3339(due.get(DeadlineKind.MEETING)),
        "held": plan.meeting_measured == "held",
    }
    return letters.Letter("asked", str(plan.receiver.address), inquiry_id, 1, facts)
