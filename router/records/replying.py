"""Writing in an inquiry that is there, by web or by mail: an answer from the desk, a follow-up from the asker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.errors import Conflict, NotFound
from config.words import STOCKHOLM, rfc3339
from directory.records import care
from directory.records.changes import Why
from directory.records.models import Mailbox
from directory.rules.access import Action
from router.records import exchanges, gate, history, letters, queries
from router.records.history import Happened
from router.records.mail_models import IncomingMail
from router.records.models import Inquiry, Leg, Message
from router.records.queries import Found
from router.rules import again
from router.rules.terms import ArrivalState, EventKind, InquiryState, LegState

Side = Literal["desk", "asker"]


def add(
    session: Session,
    found: Found,
    *,
    side: Side,
    author_account_id: int,
    body: str,
    now: datetime,
    mail: IncomingMail | None = None,
) -> int:
    """Write an answer (`side` desk, on `found.leg`) or a follow-up (asker) with all that follows. Returns its number.

    Events, deadlines, letters and audit as the web's. With `mail` the event says that it came by mail, and the row is
    sorted and leads to the message. Who may is asked by the caller. Raises Conflict("is_closed"),
    Conflict("moved_on"), Conflict("changed_meanwhile").
    """
    demand_open(found, side)
    write = _answer if side == "desk" else _follow_up
    message = write(session, found, body, author_account_id, mail=mail, now=now)
    if mail is not None:
        mail.state = ArrivalState.SORTED.value
        mail.inquiry_id, mail.message_id, mail.suggested_id = found.inquiry.id, message.id, None
        # A follow-up to several receivers belongs to none of their legs alone.
        mail.leg_id = message.leg_id
        mail.lease = None
        mail.handled_at = now
    return message.id


def demand_open(found: Found, side: Side) -> None:
    """Raises Conflict when nothing can be written here from this side: closed, or gone on from the desk."""
    if found.inquiry.state == InquiryState.CLOSED:
        raise Conflict("is_closed")
    gone = (LegState.HANDED_BACK, LegState.FORWARDED)
    if side == "desk" and found.leg.state in gone:
        raise Conflict("moved_on")


def at_leg(session: Session, leg_id: int, *, for_change: bool = False) -> Found:
    """The inquiry of a leg with all its legs, this one as the one acted on. Locked for a change as `queries.find`."""
    inquiry_id = sa.select(Leg.inquiry_id).where(Leg.id == leg_id).scalar_subquery()
    statement = (
        sa.select(Inquiry, Leg)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Inquiry.id == inquiry_id)
        .order_by(Leg.id)
    )
    # The version is moved by statements: what an earlier mail of the same transaction has read is no longer so.
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    rows = session.execute(fresh if for_change else statement).all()
    if not rows:
        raise NotFound()
    legs = tuple(row[1] for row in rows)
    leg = next(one for one in legs if one.id == leg_id)
    return Found(rows[0][0], leg, legs, queries.scope_of(rows[0][0], leg))


def _answer(
    session: Session, found: Found, body: str, by: int, *, mail: IncomingMail | None, now: datetime
) -> Message:
    leg, inquiry = found.leg, found.inquiry
    message = _message(found, "answer", desk_unit(session, leg), leg.party_id, body=body, by=by, now=now)
    session.add(message)
    # Any keeper may answer: a claim is a courtesy among colleagues, not a lock that outlives an illness. The mailbox
    # itself, writing by mail, takes it from nobody.
    if not gate.is_gate(session, by) or leg.claimed_by is None:
        leg.claimed_by = by
    leg.claimed_at = leg.claimed_at or now
    leg.state = LegState.ANSWERED.value
    session.flush()
    events = exchanges.answered(session, leg, at=now)
    events.append(Happened(EventKind.ANSWERED, by, leg.id, _how(mail)))
    seq = history.append(session, inquiry, events, state=found.state, at=now)
    facts = {"reference": inquiry.reference, "path": letters.path_of(inquiry.reference)}
    told = letters.askers_of(session, inquiry, now=now)
    letters.write(
        session, [letters.Letter("answered", address, inquiry.id, seq, facts) for address in told], now=now
    )
    _audit(session, by, Action.ANSWER, found, now=now)
    # Whoever answers shows that the way in works as it is written.
    why = Why("answer", by, now)
    care.renew(session, leg.entry_point_id, now.astimezone(STOCKHOLM).date(), why)
    return message


def _follow_up(
    session: Session, found: Found, body: str, by: int, *, mail: IncomingMail | None, now: datetime
) -> Message:
    """To every receiver that has the question; with several it belongs to none of their threads alone."""
    inquiry = found.inquiry
    told = [one for one in found.live if one.state not in (LegState.CLOSED, LegState.HANDED_BACK)]
    sides = (inquiry.from_unit_id, inquiry.from_party_id)
    message = _message(found, "follow_up", *sides, body=body, by=by, now=now)
    message.leg_id = None if len(found.live) > 1 else found.live[0].id
    session.add(message)
    events = []
    for leg in told:
        events += exchanges.followed_up(session, inquiry, leg, at=now)
        if leg.state == LegState.ANSWERED:
            _give_back(session, leg)
    session.flush()
    events.append(Happened(EventKind.FOLLOWED_UP, by, message.leg_id, _how(mail)))
    seq = history.append(session, inquiry, events, state=found.state, at=now)
    _tell_of_follow_up(session, inquiry, told or [found.leg], seq=seq, now=now)
    _audit(session, by, Action.FOLLOW_UP, found, now=now)
    return message


def _give_back(session: Session, leg: Leg) -> None:
    """Back to the one who answered; the queue shows it again, and anybody there may answer."""
    if leg.claimed_by is not None and not gate.is_gate(session, leg.claimed_by):
        leg.state = LegState.CLAIMED.value
        return
    # Answered by the mailbox itself, by mail: there is nobody that it could go back to.
    leg.state = LegState.WAITING.value
    leg.claimed_by = leg.claimed_at = None


def _tell_of_follow_up(
    session: Session, inquiry: Inquiry, legs: Sequence[Leg], *, seq: int, now: datetime
) -> None:
    boxes = sa.select(Mailbox.id, Mailbox.address).where(Mailbox.id.in_([one.mailbox_id for one in legs]))
    addresses = {row.id: row.address for row in session.execute(boxes)}
    facts = {"reference": inquiry.reference, "path": letters.path_of(inquiry.reference)}
    written = [
        letters.Letter(
            "followed_up",
            addresses[leg.mailbox_id],
            inquiry.id,
            seq,
            facts | {"respond_by": rfc3339(leg.due_at) if leg.due_kind in again.ANSWERING else None},
        )
        for leg in legs
    ]
    letters.write(session, written, now=now)


def _how(mail: IncomingMail | None) -> dict[str, Any]:
    return {"by_mail": True} if mail is not None else {}


def _message(
    found: Found, kind: str, unit_id: str, party_id: str, *, body: str, by: int, now: datetime
) -> Message:
    return Message(
        inquiry_id=found.inquiry.id,
        leg_id=found.leg.id,
        kind=kind,
        from_unit_id=unit_id,
        from_party_id=party_id,
        by_account_id=by,
        body=body,
        at=now,
    )


def desk_unit(session: Session, leg: Leg) -> str:
    """The unit that the mailbox of a leg belongs to."""
    return str(session.scalar(sa.select(Mailbox.unit_id).where(Mailbox.id == leg.mailbox_id)))


def _audit(session: Session, by: int, action: Action, found: Found, *, now: datetime) -> None:
    deed = audit.Deed(by, action, "inquiry", found.inquiry.reference)
    audit.record(session, [deed], now=now)
