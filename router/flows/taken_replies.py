"""A calendar's answer that waits, taken by a person in the participant's name: who sent it could not be known."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from config import audit
from config.database import Database
from config.errors import Conflict
from config.settings import Settings
from config.words import Because
from directory.rules import access
from directory.rules.access import Action, Actor
from router.mail import parse, reply_to
from router.records import calendar_replies as replies
from router.records import mailed as mails
from router.records import queries
from router.records.mail_models import RawMail
from router.rules import calendar_replies as rules
from router.rules.calendar_replies import Way
from router.rules.terms import ArrivalState


def take(
    database: Database, mail_id: int, actor: Actor, *, settings: Settings, now: datetime
) -> tuple[str, str]:
    """Take the answer of a mail that waits. Returns the reference, and what came of it as a code of [because].

    For who may sort the mail and speak of the inquiry's meetings. Raises NotFound, NotAllowed, Conflict("mail_handled")
    when somebody was first, Conflict("no_reply_here") when no answer of a participant can be read out of it.
    """
    with database.writing() as session:
        mail = mails.take(session, mail_id, actor, state=ArrivalState.SORTED, now=now)
        content = session.scalar(sa.select(RawMail.content).where(RawMail.digest == mail.digest))
        parsed = parse.read(bytes(content or b""))
        at_address = reply_to.participant(settings, mail.recipient)
        place = replies.locate(session, at_address, parsed.calendar, (parsed.sender,))
        if place is None or not rules.takeable(parsed.calendar, place.invited, now=now):
            raise Conflict("no_reply_here")
        found = queries.find(session, place.reference, actor, for_change=True)
        access.require(actor, Action.MEET, found.scope)
        # It was sent no later than it came.
        decision = rules.taken(parsed.calendar[0], place.invited, now=mail.received_at)
        decision = replies.take(session, place, decision, by=actor.account_id, now=now)
        if decision.way is Way.HOLD:
            raise Conflict("no_reply_here")
        mail.inquiry_id, mail.leg_id, mail.suggested_id = place.inquiry_id, place.leg_id, None
        mail.because = Because(decision.because).as_json()
        facts = {"reference": place.reference}
        deed = audit.Deed(actor.account_id, "mail.take_reply", "incoming_mail", str(mail_id), facts=facts)
        audit.record(session, [deed], now=now)
    return place.reference, decision.because
