"""From an Incoming to its rows: everything that is stored of a question, by form, API or mail alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import table
from config.words import rfc3339
from directory.rules import access
from router.records import history, inviting, letters, promising, tallies, targets
from router.records.models import Deadline, Inquiry, Leg, Message
from router.records.planning import NoWay, Plan, plan
from router.rules import legs as leg_rules
from router.rules.incoming import Incoming
from router.rules.terms import DeadlineKind, EventKind, InquiryState, LegState

__all__ = ["NoWay", "Plan", "Stored", "invite", "plan", "store"]

# Built once: making a statement costs more than running it.
_INSERT_INQUIRY = sa.insert(table(Inquiry)).returning(table(Inquiry).c.id)
_INSERT_LEG = sa.insert(table(Leg)).returning(table(Leg).c.id)
_INSERT_MESSAGE = sa.insert(table(Message))
_INSERT_DEADLINES = sa.insert(table(Deadline))


@dataclass(frozen=True, slots=True)
class Stored:
    """What a question became."""

    inquiry_id: int
    leg_id: int
    message_id: int


def store(
    session: Session,
    asked: Incoming,
    plan: Plan,
    reference: str,
    *,
    by: int,
    now: datetime,
    by_mail: bool = False,
    asked_from: str | None = None,
) -> Stored:
    """Everything that follows from a question, in the caller's transaction.

    Inquiry, Leg, Message, Deadlines, Event, letter to the mailbox, counters and audit. `by` is the account that asks.
    What came `by_mail` says so in its event; from an address without an account it is told at `asked_from`.
    Raises IntegrityError when the reference is taken.
    """
    inquiry_id = _store_inquiry(session, asked, plan, reference, by=by, asked_from=asked_from, now=now)
    leg_id = _store_leg(session, plan, inquiry_id, now)
    message_id = _store_message(session, asked, plan, (inquiry_id, leg_id), by=by, now=now)
    facts: dict[str, Any] = {"because": plan.because.as_json()}
    if by_mail:
        facts["by_mail"] = True
    events = [history.Happened(EventKind.ASKED, by, leg_id, facts)]
    history.write(session, inquiry_id, 0, events, state=InquiryState.SENT, at=now)
    letters.write(session, [_letter(plan, reference, inquiry_id)], now=now)
    changes: tallies.Changes = tallies.Changes()
    target = plan.receiver.target
    tallies.count(
        changes, mailbox_id=str(target.mailbox_id), party_id=target.party_id, measure="asked", at=now
    )
    tallies.write(session, changes)
    deeds = [audit.Deed(by, access.Action.ASK, "inquiry", reference)]
    if plan.also:
        inquiry = session.get_one(Inquiry, inquiry_id)
        there = session.scalars(sa.select(Leg).where(Leg.inquiry_id == inquiry_id)).all()
        invite(session, inquiry, there, plan.also, by=by, now=now)
        deeds.append(audit.Deed(by, access.Action.INVITE, "inquiry", reference))
    audit.record(session, deeds, now=now)
    return Stored(inquiry_id, leg_id, message_id)


def invite(
    session: Session,
    inquiry: Inquiry,
    there: Sequence[Leg],
    receivers: Sequence[targets.Receiver],
    *,
    by: int,
    now: datetime,
) -> list[Leg]:
    """One more leg for everybody else who is asked, each with its own promises, event and letter.

    `there`: every leg that the inquiry has. Raises Conflict as `inviting.invite` does, before anything is written
    when there is one receiver.
    """
    legs, events = inviting.invite(session, inquiry, there, receivers, by=by, code="leg.chosen", now=now)
    state = leg_rules.state_of([one.state for one in (*there, *legs)])
    last = history.append(session, inquiry, events, state=state, at=now)
    inviting.tell(session, inquiry, legs, receivers, first_seq=last - len(events) + 1, now=now)
    return legs


def _store_message(
    session: Session, asked: Incoming, plan: Plan, of: tuple[int, int], *, by: int, now: datetime
) -> int:
    inquiry_id, leg_id = of
    written = session.connection().execute(
        _INSERT_MESSAGE,
        {
            "inquiry_id": inquiry_id,
            "leg_id": leg_id,
            "kind": "question",
            "from_unit_id": plan.from_unit_id,
            "from_party_id": plan.from_side.party_id,
            "by_account_id": by,
            "body": asked.body,
            "at": now,
        },
    )
    key = written.inserted_primary_key
    assert key is not None  # noqa: S101 -- one row was written; this tells the type checker
    return int(key[0])


def _store_inquiry(
    session: Session,
    asked: Incoming,
    plan: Plan,
    reference: str,
    *,
    by: int,
    asked_from: str | None,
    now: datetime,
) -> int:
    inquiry_id: int | None = session.connection().scalar(
        _INSERT_INQUIRY,
        {
            "reference": reference,
            "from_unit_id": plan.from_unit_id,
            "from_party_id": plan.from_side.party_id,
            "asked_by": by,
            "asked_from": asked_from,
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
