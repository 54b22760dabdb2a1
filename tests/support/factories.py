"""Rows put in place directly, for tests that need an inquiry or a letter but not the flows that make them.

Each function adds one row, flushes and gives it back; what is not said has a sensible value.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from config.database import Base
from directory.records.accounts import Account, SignedIn
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from router.records import references
from router.records.models import Deadline, Event, Inquiry, Leg, OutgoingMail
from router.rules.terms import DeadlineKind, EventKind, InquiryKind, InquiryState, LegState, MailState, Mode

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)

Row = TypeVar("Row", bound=Base)
_numbers = itertools.count(1)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def party(session: Session, party_id: str, *, kind: str = "agency", **changes: Any) -> Party:
    usual: dict[str, Any] = {"name": party_id, "short_name": party_id, "areas": ["SE"], "sort_key": party_id}
    return _add(session, Party(id=party_id, kind=kind, **(usual | changes)))


def unit(session: Session, unit_id: str, party_id: str, **changes: Any) -> Unit:
    usual: dict[str, Any] = {"name": unit_id, "sort_key": unit_id}
    return _add(session, Unit(id=unit_id, party_id=party_id, **(usual | changes)))


def mailbox(session: Session, mailbox_id: str, at: Unit, **changes: Any) -> Mailbox:
    usual: dict[str, Any] = {"name": mailbox_id, "address": f"{mailbox_id}@samvag.example"}
    return _add(session, Mailbox(id=mailbox_id, unit_id=at.id, party_id=at.party_id, **(usual | changes)))


def entry_point(session: Session, behind: Mailbox, **changes: Any) -> EntryPoint:
    """The way in to a mailbox, open to everybody in all of Sweden."""
    usual: dict[str, Any] = {
        "kind": "functional_mailbox",
        "name": behind.name,
        "purpose": "",
        "not_for": "",
        "inquiry_kinds": [kind.value for kind in InquiryKind],
        "topics": [],
        "target_groups": [],
        "keywords": [],
        "from_parties": ["*"],
        "areas": ["SE"],
        "status": "published",
    }
    place = {"unit_id": behind.unit_id, "party_id": behind.party_id, "mailbox_id": behind.id}
    return _add(session, EntryPoint(id=behind.id, **place, **(usual | changes)))


def account(session: Session, **changes: Any) -> Account:
    number = next(_numbers)
    usual: dict[str, Any] = {
        "email": f"person{number}@samvag.example",
        "name": f"Person {number}",
        "created_at": NOW,
    }
    return _add(session, Account(**(usual | changes)))


def inquiry(session: Session, by: Account, at: Unit, **changes: Any) -> Inquiry:
    """An inquiry that has just been asked, with its first event; it has no leg yet."""
    usual: dict[str, Any] = {
        "reference": references.make(),
        "kind": InquiryKind.CASE.value,
        "area": "1493",
        "subject": "Kanariefågel i ämnesraden",
        "mode": Mode.DEIDENTIFIED.value,
        "wants_meeting": False,
        "agreement_because": {"code": "agreement.none", "facts": {}},
        "state": InquiryState.SENT.value,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    asked = {"from_unit_id": at.id, "from_party_id": at.party_id, "asked_by": by.id}
    made = _add(session, Inquiry(**asked, **(usual | changes)))
    first = Event(inquiry_id=made.id, seq=1, kind=EventKind.ASKED.value, at=NOW, state=made.state, facts={})
    _add(session, first)
    return made


def leg(session: Session, of: Inquiry, to: Mailbox, **changes: Any) -> Leg:
    usual: dict[str, Any] = {
        "state": LegState.WAITING.value,
        "because": {"code": "route.named", "facts": {}},
        "created_at": NOW,
    }
    where = {"mailbox_id": to.id, "entry_point_id": to.id, "party_id": to.party_id}
    return _add(session, Leg(inquiry_id=of.id, **where, **(usual | changes)))


def deadline(session: Session, of: Leg, **changes: Any) -> Deadline:
    """An open promise to answer within two days."""
    usual: dict[str, Any] = {
        "kind": DeadlineKind.RESPOND.value,
        "term": "2 working_days",
        "start_at": of.created_at,
        "due_at": NOW + timedelta(days=2),
        "because": {"code": "deadline.none", "facts": {}},
        "pauses": [],
    }
    where = {
        "inquiry_id": of.inquiry_id,
        "leg_id": of.id,
        "mailbox_id": of.mailbox_id,
        "party_id": of.party_id,
    }
    return _add(session, Deadline(**where, **(usual | changes)))


def signed_in(session: Session, who: Account, **changes: Any) -> SignedIn:
    usual: dict[str, Any] = {"id_hash": f"{next(_numbers):064x}", "created_at": NOW, "seen_at": NOW}
    return _add(session, SignedIn(account_id=who.id, **(usual | changes)))


def outgoing_mail(session: Session, about: Inquiry, **changes: Any) -> OutgoingMail:
    """A letter of the inquiry's first event that has not been tried."""
    number = next(_numbers)
    reference = about.reference
    usual: dict[str, Any] = {
        "key": f"answered:{about.id}:1:{number}",
        "letter": "answered",
        "recipient": f"mottagare{number}@samvag.example",
        "message_id": f"{number:032x}",
        "facts": {"reference": reference, "path": f"/arenden/{reference}"},
        "state": MailState.READY.value,
        "next_try_at": NOW,
        "seq": 1,
        "created_at": NOW,
    }
    return _add(session, OutgoingMail(inquiry_id=about.id, **(usual | changes)))


def asked_inquiry(session: Session) -> Inquiry:
    """A whole small world: FK has asked AF's mailbox one question. Once in a database."""
    party(session, "fk")
    party(session, "af")
    asking = unit(session, "fk-unit", "fk")
    to = mailbox(session, "af-mailbox", unit(session, "af-unit", "af"))
    entry_point(session, to)
    made = inquiry(session, account(session), asking)
    leg(session, made, to)
    return made
