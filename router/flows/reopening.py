"""Asking an answered or closed question again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict
from config.words import rfc3339
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import exchanges, history, joined, letters, queries
from router.records.history import Happened
from router.records.models import Leg, Message
from router.rules import again, incoming, legs
from router.rules.terms import EventKind, InquiryState, LegState


def reopen(database: Database, reference: str, body: str, actor: Actor, *, now: datetime) -> None:
    """Open a question again with the words that say why. Every promise that starts now follows the one that ended.

    It goes back to whoever had it, or to the queue. Raises Invalid for the text, Conflict("not_done").
    """
    incoming.written(body, "/body")
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.REOPEN, found.scope)
        inquiry = found.inquiry
        if inquiry.state not in (InquiryState.ANSWERED, InquiryState.CLOSED):
            raise Conflict("not_done")
        if (into := joined.went_on_in(session, inquiry.id)) is not None:
            raise Conflict("went_on", into=into)
        opened = [one for one in found.live if one.state in legs.DONE]
        # With several receivers it belongs to none of their threads alone.
        of_leg = opened[0].id if len(found.live) == 1 else None
        session.add(
            Message(
                inquiry_id=inquiry.id,
                leg_id=of_leg,
                kind="reopening",
                from_unit_id=inquiry.from_unit_id,
                from_party_id=inquiry.from_party_id,
                by_account_id=actor.account_id,
                body=body,
                at=now,
            )
        )
        for leg in opened:
            exchanges.reopened(session, inquiry, leg, at=now)
            leg.state = (LegState.CLAIMED if leg.claimed_by else LegState.WAITING).value
        session.flush()
        events = [Happened(EventKind.REOPENED, actor.account_id, of_leg)]
        seq = history.append(session, inquiry, events, state=found.state, at=now, closed_at=None)
        letters.write(session, _letters(session, found, opened, seq), now=now)
        deed = audit.Deed(actor.account_id, Action.REOPEN, "inquiry", inquiry.reference)
        audit.record(session, [deed], now=now)


def _letters(session: Session, found: queries.Found, opened: list[Leg], seq: int) -> list[letters.Letter]:
    boxes = {one.mailbox_id: one for one in opened}
    rows = session.execute(sa.select(Mailbox.id, Mailbox.address).where(Mailbox.id.in_(boxes)))
    reference = found.inquiry.reference
    return [
        letters.Letter(
            "followed_up",
            address,
            found.inquiry.id,
            seq,
            {
                "reference": reference,
                "path": letters.path_of(reference),
                "respond_by": _respond_by(boxes[mailbox_id]),
            },
        )
        for mailbox_id, address in rows
    ]


def _respond_by(leg: Leg) -> str | None:
    return rfc3339(leg.due_at) if leg.due_kind in again.ANSWERING else None
