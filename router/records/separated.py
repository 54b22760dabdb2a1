"""Letting a message of the asker become an inquiry of its own: the rows of it, and what the old one no longer owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.errors import Invalid
from config.words import Because
from router.records import carrying, history, promises, promising, references, tallies, targets
from router.records.history import Happened
from router.records.mail_models import IncomingMail
from router.records.models import Deadline, Event, Inquiry, Leg, Message
from router.rules import calendars, deadlines, splitting
from router.rules.again import ANSWERING
from router.rules.deadlines import Promise
from router.rules.terms import MEETINGS, DeadlineKind, EventKind, InquiryState, LegState

AGAIN = frozenset({DeadlineKind.RESPOND_AGAIN})
# What was asked is about the same, for the same people, with the same secrecy.
SAME = ("from_unit_id", "from_party_id", "kind", "topic", "area", "subject", "our_reference", "mode")


@dataclass(frozen=True, slots=True)
class Separated:
    """The new inquiry with its leg and the promises that began, and the address of its mailbox."""

    inquiry: Inquiry
    leg: Leg
    promises: tuple[Promise, ...]
    held: bool
    address: str


def messages_of(session: Session, inquiry_id: int) -> Sequence[Message]:
    """Every message of an inquiry, the oldest first."""
    return session.scalars(
        sa.select(Message).where(Message.inquiry_id == inquiry_id).order_by(Message.id)
    ).all()


def separate(
    session: Session, old: Inquiry, leg: Leg, message: Message, *, by: int, now: datetime
) -> Separated:
    """Make an inquiry of a message, as asking would have made it when the message was written.

    The same unit asks the same way in at the same mailbox. The message itself is moved, so its words stand in one
    place. Raises Invalid("unknown_entry_point") when the way in is gone, Conflict("too_late_to_split").
    """
    on = calendars.local_date(message.at)
    found = targets.named(session, leg.entry_point_id, on)
    if found is None:
        raise Invalid("unknown_entry_point", field="/message", entry_point=leg.entry_point_id)
    receiver = replace(found, target=replace(found.target, mailbox_id=leg.mailbox_id))
    terms = promising.terms(
        session, carrying.side_of(session, old), receiver, area=old.area, kind=old.kind, on=on
    )
    wants_meeting = old.kind in MEETINGS
    due = deadlines.promises(
        terms.candidate, start=message.at, wants_meeting=wants_meeting, calendar=terms.calendar
    )
    begun = splitting.begun(due, now=now)
    inquiry = _inquiry(session, old, message, terms, now=now)
    inquiry.wants_meeting = any(one.kind is DeadlineKind.MEETING for one in begun)
    made = _leg(session, inquiry, leg, old.reference)
    _promise(session, made, begun, terms)
    message.inquiry_id, message.leg_id, message.kind = inquiry.id, made.id, "question"
    session.flush()
    # The mail that it came by leads to where the words are.
    session.execute(
        sa.update(table(IncomingMail))
        .where(table(IncomingMail).c.message_id == message.id)
        .values(inquiry_id=inquiry.id, leg_id=made.id)
    )
    events = [
        Happened(EventKind.ASKED, message.by_account_id, made.id, {"because": made.because}),
        Happened(EventKind.SPLIT_FROM, by, made.id, {"from": old.reference}),
    ]
    inquiry.version = len(events)
    session.flush()
    history.write(session, inquiry.id, 0, events, state=InquiryState.SENT, at=now)
    held = terms.candidate.meeting_measured == promises.MEASURED_HELD
    return Separated(inquiry, made, begun, held, str(receiver.address))


def let_go(session: Session, old: Inquiry, leg: Leg, began: datetime, *, now: datetime) -> list[Happened]:
    """End what an inquiry owed for the message that began then and has left it. Returns the events of breaches.

    While another message of the asker waits for an answer, the promise goes on as it was counted: moving one of
    several gives nobody more time. What is broken stays broken here.
    """
    messages = messages_of(session, old.id)
    if splitting.unanswered(messages):
        return []
    starts = {began, *_starts_of_moved(session, old.id)}
    again = [one for one in promises.open_at(session, leg) if one.kind == DeadlineKind.RESPOND_AGAIN]
    events: list[Happened] = []
    if all(one.start_at in starts for one in again):
        events = promises.stop(session, leg, AGAIN, at=now, withdrawn=True)
    owed = [one for one in promises.open_at(session, leg) if one.kind in ANSWERING]
    answer = next((one for one in reversed(messages) if one.kind == splitting.ANSWER), None)
    if answer is not None and answer.leg_id == leg.id and not owed:
        # As it stood before the message: answered, by whoever answered last if nobody has it now.
        leg.state = LegState.ANSWERED.value
        leg.claimed_by = leg.claimed_by or answer.by_account_id
        leg.claimed_at = leg.claimed_at or now
    session.flush()
    return events


def _starts_of_moved(session: Session, inquiry_id: int) -> set[datetime]:
    facts = session.scalars(
        sa.select(Event.facts).where(Event.inquiry_id == inquiry_id, Event.kind == EventKind.SPLIT.value)
    )
    return {datetime.fromisoformat(one["written_at"]) for one in facts}


def _inquiry(
    session: Session, old: Inquiry, message: Message, terms: promising.Terms, *, now: datetime
) -> Inquiry:
    made = Inquiry(
        **{name: getattr(old, name) for name in SAME},
        reference=references.make(),
        asked_by=message.by_account_id,
        asked_from=old.asked_from,
        wants_meeting=False,
        agreement_id=terms.agreement_id,
        agreement_version=terms.agreement_version,
        agreement_because=terms.because.as_json(),
        state=InquiryState.SENT.value,
        version=0,
        created_at=message.at,
        updated_at=now,
    )
    session.add(made)
    session.flush()
    return made


def _leg(session: Session, inquiry: Inquiry, like: Leg, reference: str) -> Leg:
    """The same receiver once more, counted as asked when the message came."""
    made = Leg(
        inquiry_id=inquiry.id,
        mailbox_id=like.mailbox_id,
        entry_point_id=like.entry_point_id,
        party_id=like.party_id,
        state=LegState.WAITING.value,
        because=Because("leg.split", {"from": reference}).as_json(),
        created_at=inquiry.created_at,
    )
    session.add(made)
    session.flush()
    changes: tallies.Changes = tallies.Changes()
    tallies.count(
        changes, mailbox_id=made.mailbox_id, party_id=made.party_id, measure="asked", at=made.created_at
    )
    tallies.write(session, changes)
    return made


def _promise(session: Session, leg: Leg, begun: Sequence[Promise], terms: promising.Terms) -> None:
    session.add_all(
        Deadline(
            inquiry_id=leg.inquiry_id,
            leg_id=leg.id,
            mailbox_id=leg.mailbox_id,
            party_id=leg.party_id,
            **promising.row(one, terms.calendar, measured=terms.candidate.meeting_measured),
        )
        for one in begun
    )
    session.flush()
    promises.point(leg, promises.open_at(session, leg))
    session.flush()
