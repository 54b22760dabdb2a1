"""An inquiry with several receivers: inviting one more, and letting them read each other's answers."""

from __future__ import annotations

from datetime import datetime

from config import audit
from config.database import Database
from config.errors import Conflict
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import carrying, following, history, inviting, queries
from router.records.history import Happened
from router.rules import calendars
from router.rules import legs as rules
from router.rules.terms import EventKind, InquiryState


def invite(database: Database, reference: str, to: str, actor: Actor, *, now: datetime) -> None:
    """Ask one more party the same question. It reads the question and its own thread; its promises start now.

    Raises Conflict("is_closed", "invited_already", "too_many_receivers"), Invalid for the way in.
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.INVITE, found.scope)
        inquiry = found.inquiry
        if inquiry.state == InquiryState.CLOSED:
            raise Conflict("is_closed")
        receiver = inviting.receiver(
            session,
            to,
            carrying.side_of(session, inquiry),
            topic=inquiry.topic,
            area=inquiry.area,
            kind=inquiry.kind,
            today=calendars.local_date(now),
            field="/to",
        )
        legs, events = inviting.invite(
            session, inquiry, found.live, [receiver], by=actor.account_id, code="leg.invited", now=now
        )
        followed = following.joins(session, found, legs, by=actor.account_id, now=now)
        first = inquiry.version + 1
        events += following.events_of(followed)
        state = rules.state_of([one.state for one in (*found.legs, *legs)])
        seq = history.append(session, inquiry, events, state=state, at=now)
        inviting.tell(session, inquiry, legs, [receiver], first_seq=first, now=now)
        following.tell(session, followed, inquiry, seq=seq, now=now)
        deed = audit.Deed(actor.account_id, Action.INVITE, "inquiry", inquiry.reference)
        audit.record(session, [deed], now=now)


def share(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Let every receiver read the others' answers, those that are there and those that come. Once is enough.

    Raises Conflict("one_receiver").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.SHARE, found.scope)
        if len(found.live) < 2:
            raise Conflict("one_receiver")
        if found.inquiry.answers_shared_at is not None:
            return
        found.inquiry.answers_shared_at = now
        session.flush()
        events = [Happened(EventKind.SHARED, actor.account_id)]
        history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        deed = audit.Deed(actor.account_id, Action.SHARE, "inquiry", found.inquiry.reference)
        audit.record(session, [deed], now=now)
