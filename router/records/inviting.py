"""Asking one more party: its way in, its leg, and the letter to its mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from config.errors import Conflict, Invalid
from config.words import Because, rfc3339
from directory.rules.agreements import Side
from router.records import carrying, letters, promises, targets
from router.records.history import Happened
from router.records.models import Inquiry, Leg
from router.records.targets import Receiver
from router.rules import routing
from router.rules.terms import DeadlineKind, EventKind

# More receivers than this are no question any more but a circular.
MOST_RECEIVERS = 10


def receiver(
    session: Session, to: str, asker: Side, *, topic: str, area: str, kind: str, today: date, field: str
) -> Receiver:
    """The way in, if this asker may use it for such a question. Raises Invalid with the reason."""
    found = targets.named(session, to, today) if to else None
    if found is None:
        raise Invalid("unknown_entry_point" if to else "no_way_chosen", field=field, entry_point=to[:80])
    wanted = routing.Wanted(asker.party_id, asker.kind, found.target.party_id, topic, area, kind)
    decision = routing.named(found.target, wanted)
    if isinstance(decision, routing.NoRoute):
        raise Invalid(decision.because.code, field=field, **decision.because.facts)
    return found


def invite(
    session: Session,
    inquiry: Inquiry,
    there: Sequence[Leg],
    receivers: Sequence[Receiver],
    *,
    by: int,
    code: str,
    now: datetime,
) -> tuple[list[Leg], list[Happened]]:
    """Start a leg for each receiver beside those that are there. `code` says in [because] how it came.

    Raises Conflict("invited_already"), Conflict("too_many_receivers").
    """
    mailboxes = {one.mailbox_id for one in there}
    legs: list[Leg] = []
    events: list[Happened] = []
    if len(there) + len(receivers) > MOST_RECEIVERS:
        raise Conflict("too_many_receivers", most=MOST_RECEIVERS)
    for one in receivers:
        if one.target.mailbox_id in mailboxes:
            raise Conflict("invited_already", name=one.target.name)
        mailboxes.add(str(one.target.mailbox_id))
        because = Because(code, {"name": one.target.name})
        leg = carrying.join(session, inquiry, one, because, now=now)
        legs.append(leg)
        events.append(Happened(EventKind.INVITED, by, leg.id, {"name": one.target.name}))
    return legs, events


def tell(
    session: Session,
    inquiry: Inquiry,
    legs: Sequence[Leg],
    receivers: Sequence[Receiver],
    *,
    first_seq: int,
    now: datetime,
) -> None:
    """Write to each new mailbox; the first one's event has the number `first_seq`."""
    written = []
    for place, (leg, one) in enumerate(zip(legs, receivers, strict=True)):
        standing = promises.open_at(session, leg)
        due = {each.kind: each.due_at for each in standing}
        facts = {
            "reference": inquiry.reference,
            "path": letters.path_of(inquiry.reference),
            "respond_by": rfc3339(due.get(DeadlineKind.RESPOND)),
            "meeting_by": rfc3339(due.get(DeadlineKind.MEETING)),
            "held": any(each.stops_when == promises.MEASURED_HELD for each in standing),
        }
        seq = first_seq + place
        written.append(letters.Letter("invited", str(one.address), inquiry.id, seq, facts))
    letters.write(session, written, now=now)
