"""What a calendar's answer to an invitation becomes, at the address of a participant or by the invitation's UID.

It is no message: it answers no question, stops no promise, and nobody is sent a receipt.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import Settings
from config.words import Because
from router.mail import reply_to
from router.mail.parsed import Parsed
from router.records import calendar_replies as replies
from router.records import incoming_mail
from router.records.calendar_replies import Place
from router.records.mail_models import IncomingMail
from router.records.receiving import Owner
from router.rules import calendar_replies as rules
from router.rules.calendar_replies import Way
from router.rules.leads import Outcome, Sender
from router.rules.leads import Way as Becomes
from router.rules.terms import MailKind


def place(
    session: Session, row: IncomingMail, parsed: Parsed, at: Owner | None, *, settings: Settings
) -> Place | None:
    """The participant whose answer a mail may be. None: it is to be treated as any other mail."""
    if at is None:
        return None
    if at.kind == "meeting":
        return replies.locate(session, reply_to.participant(settings, row.recipient), ())
    # Some programs answer the letter and not its organizer.
    if parsed.kind is MailKind.AUTOMATIC and at.kind in ("reply", "mailbox"):
        return replies.locate(session, None, parsed.calendar, (parsed.sender,))
    return None


def owner(found: Place) -> Outcome:
    """Whose a mail to this participant's address is, when it has to wait."""
    return Outcome(
        Becomes.HOLD,
        Because(""),
        mailbox_id=found.mailbox_id,
        unit_id=found.unit_id,
        suggested_id=found.inquiry_id,
    )


def answer(
    session: Session,
    row: IncomingMail,
    parsed: Parsed,
    *,
    found: Place,
    sender: Sender,
    settings: Settings,
    now: datetime,
) -> Because | None:
    """Write the answer, and settle the mail with what came of it. Else why it is to be held."""
    trusts = bool(settings.mail_authserv)
    decision = rules.decide(parsed.calendar, found.invited, sender, trusts=trusts, now=now)
    if decision.way is Way.HOLD:
        incoming_mail.mark(row, *rules.takeable(parsed.calendar, found.invited, now=now))
    decision = replies.take(session, found, decision, now=now)
    if decision.way is Way.HOLD:
        return Because(decision.because)
    row.mailbox_id, row.unit_id = found.mailbox_id, found.unit_id
    row.inquiry_id, row.leg_id = found.inquiry_id, found.leg_id
    incoming_mail.settle(row, Because(decision.because), now=now)
    return None
