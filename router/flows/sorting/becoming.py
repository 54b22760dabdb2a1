"""A mail becomes a question, one more leg of it, or a message; and who asked gets one receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, words
from config.database import rows_of, storable, table
from config.errors import Conflict, Invalid
from config.settings import Settings
from config.words import Because, rfc3339
from directory.records.models import EntryPoint, Party, Unit
from directory.rules import areas
from directory.rules.access import Action
from directory.rules.agreements import Side
from router.mail.parsed import Parsed
from router.records import (
    asking,
    automatic,
    gate,
    incoming_mail,
    inviting,
    letters,
    locating,
    references,
    replying,
)
from router.records.asking import NoWay, Plan
from router.records.letters import Letter
from router.records.mail_models import IncomingMail
from router.records.models import Inquiry
from router.rules import calendars, subjects
from router.rules.automatic import Answered
from router.rules.incoming import LONGEST_BODY, LONGEST_SUBJECT, Incoming
from router.rules.leads import Outcome, Way
from router.rules.masked import masked
from router.rules.terms import DeadlineKind, Door, InquiryKind, Mode

ASKED, INVITED, COPY = "mail.asked", "mail.invited", "mail.copy"
# Doors that are told the envelope: there an empty sender is the null sender.
ENVELOPED = frozenset({Door.LMTP.value, Door.SMTP.value})
# Why a message cannot be written where it belongs, as held mail says it.
HELD = {"is_closed": "mail.is_closed", "moved_on": "mail.moved_on"}

_AREAS = (
    sa.select(table(EntryPoint).c.areas, table(Party).c.areas.label("asking"))
    .select_from(table(Unit).join(table(Party), table(Party).c.id == table(Unit).c.party_id))
    .outerjoin(table(EntryPoint), table(EntryPoint).c.id == sa.bindparam("entry_point_id"))
    .where(table(Unit).c.id == sa.bindparam("unit_id"))
)


@dataclass(frozen=True, slots=True)
class Written:
    """The copy of a mail to one recipient, what was read, and the address that is vouched for.

    `receipts` takes up what whoever asked is to be told, once everything else has been written.
    """

    row: IncomingMail
    parsed: Parsed
    sender: str
    receipts: list[Letter]

    @property
    def body(self) -> str:
        """The newly written text, else the whole; what is longer than a message stands in the mail itself."""
        text = storable(self.parsed.reply.strip() or self.parsed.text.strip())
        return text[:LONGEST_BODY]

    def mark(self) -> None:
        """Say what a reader of the message must know: it is cut, or there are no words at all."""
        text = self.parsed.reply.strip() or self.parsed.text.strip()
        incoming_mail.mark(self.row, "cut" if len(text) > LONGEST_BODY else "", "" if text else "no_text")


def copied(
    session: Session, row: IncomingMail, mailbox_id: str, siblings: Sequence[IncomingMail], *, now: datetime
) -> Outcome | None:
    """What the copy to a mailbox is when another one is a message already; None when that decides nothing.

    A mailbox that has the question reads it there. One that has not is not let in by standing in Cc.
    """
    first = next((one for one in siblings if one.inquiry_id is not None), None)
    place = locating.of_inquiry(session, first.inquiry_id) if first and first.inquiry_id else None
    if first is None or place is None:
        return None
    leg = next((one for one in place.legs if one.mailbox_id == mailbox_id), None)
    if leg is not None:
        row.inquiry_id, row.leg_id, row.message_id = first.inquiry_id, leg.leg_id, first.message_id
        row.mailbox_id = mailbox_id
        incoming_mail.settle(row, Because(COPY), now=now)
        return Outcome(Way.COPY, Because(COPY))
    if first.because.get("code") in (ASKED, INVITED):
        return None
    return Outcome(Way.HOLD, Because("mail.copy_elsewhere"), mailbox_id=mailbox_id)


def ask(
    session: Session, one: Written, outcome: Outcome, siblings: Sequence[IncomingMail], *, now: datetime
) -> Outcome:
    """Let the mail become an Inquiry as the form makes it, or a leg of the one that another copy became.

    Returns the outcome, which says HOLD with its reason when there is no way.
    """
    first = next((each for each in siblings if each.because.get("code") in (ASKED, INVITED)), None)
    if first is not None:
        return _join(session, one, outcome, first, now=now)
    unit_id, mailbox_id = str(outcome.unit_id), str(outcome.mailbox_id)
    area = _area(session, unit_id, mailbox_id)
    subject = masked(storable(one.parsed.subject)).strip()[:LONGEST_SUBJECT]
    asked = Incoming(
        from_unit=unit_id,
        kind=InquiryKind.GENERAL,
        area=area,
        subject=subject or words.say("sorting.no_subject"),
        body=one.body,
        to_entry_point=mailbox_id,
        mode=Mode.DEIDENTIFIED,
    )
    try:
        plan = asking.plan(session, asked, now)
    except NoWay as refused:
        return _held(outcome, refused.because)
    except Invalid:
        return _held(outcome, Because("mail.no_way"))
    by = outcome.author_id or gate.account_id(session, now=now)
    reference = references.make()
    stored = asking.store(
        session,
        asked,
        plan,
        reference,
        by=by,
        now=now,
        by_mail=True,
        asked_from=None if outcome.author_id else one.sender,
    )
    row = one.row
    row.inquiry_id, row.leg_id, row.message_id = stored.inquiry_id, stored.leg_id, stored.message_id
    row.mailbox_id = mailbox_id
    one.mark()
    one.receipts.append(_receipt(one, plan, reference))
    incoming_mail.settle(row, Because(ASKED), now=now)
    return outcome


def _join(session: Session, one: Written, outcome: Outcome, first: IncomingMail, *, now: datetime) -> Outcome:
    """A further mailbox of the same mail: one more leg, with promises of its own, and no second receipt."""
    found = replying.at_leg(session, first.leg_id or 0, for_change=True)
    row, mailbox_id = one.row, str(outcome.mailbox_id)
    by = outcome.author_id or gate.account_id(session, now=now)
    try:
        replying.demand_open(found, "asker")
        receiver = inviting.receiver(
            session,
            mailbox_id,
            _side(session, found.inquiry),
            topic=found.inquiry.topic,
            area=found.inquiry.area,
            kind=found.inquiry.kind,
            today=calendars.local_date(now),
            field="/to",
        )
        legs = asking.invite(session, found.inquiry, found.legs, [receiver], by=by, now=now)
    except (Conflict, Invalid):
        # Nothing has been written: each of these is asked before anything is.
        return _held(outcome, Because("mail.no_further_way"))
    audit.record(session, [audit.Deed(by, Action.INVITE, "inquiry", found.inquiry.reference)], now=now)
    row.inquiry_id, row.leg_id, row.message_id = found.inquiry.id, legs[0].id, first.message_id
    row.mailbox_id = mailbox_id
    incoming_mail.settle(row, Because(INVITED), now=now)
    return outcome


def reply(
    session: Session, one: Written, outcome: Outcome, siblings: Sequence[IncomingMail], *, now: datetime
) -> Outcome:
    """Let the mail become an answer or a follow-up, once, however many copies came. HOLD when it cannot."""
    found = replying.at_leg(session, outcome.leg_id or 0, for_change=True)
    row = one.row
    row.mailbox_id = row.mailbox_id or None
    same = next((each for each in siblings if each.inquiry_id == found.inquiry.id), None)
    if same is not None:
        row.inquiry_id, row.leg_id, row.message_id = same.inquiry_id, same.leg_id, same.message_id
        incoming_mail.settle(row, Because(COPY), now=now)
        return outcome
    is_answer = outcome.way is Way.ANSWER
    side: replying.Side = "desk" if is_answer else "asker"
    try:
        replying.demand_open(found, side)
    except Conflict as refused:
        return Outcome(
            Way.HOLD,
            Because(HELD[refused.code]),
            mailbox_id=found.leg.mailbox_id if is_answer else None,
            unit_id=None if is_answer else found.inquiry.from_unit_id,
            suggested_id=found.inquiry.id,
        )
    by = outcome.author_id or gate.account_id(session, now=now)
    inquiry = found.inquiry
    is_new = subjects.is_new(one.parsed.subject, of_inquiry=inquiry.subject, reference=inquiry.reference)
    incoming_mail.mark(row, "new_subject" if is_new else "")
    one.mark()
    replying.add(session, found, side=side, author_account_id=by, body=one.body, now=now, mail=row)
    incoming_mail.settle(row, outcome.because, now=now)
    return outcome


def tell(session: Session, one: Written, *, settings: Settings, now: datetime) -> None:
    """Send the receipt to who asked by mail, if anything automatic may go there now. To be done last."""
    row, parsed = one.row, one.parsed
    answered = Answered(
        parsed.kind,
        has_null_sender=row.door in ENVELOPED and not row.envelope_sender,
        headers=parsed.headers,
    )
    for letter in one.receipts[:1]:
        verdict = automatic.may_write(
            session,
            letter.recipient,
            inquiry_id=letter.inquiry_id,
            now=now,
            settings=settings,
            answers=answered,
            # Nobody else may ask by mail.
            is_known=True,
        )
        if verdict.allowed:
            letters.write(session, [letter], now=now)


def _receipt(one: Written, plan: Plan, reference: str) -> Letter:
    """Reference, days and link, and never a word of what was written."""
    due = {each.kind: each.due_at for each in plan.promises}
    facts = {
        "reference": reference,
        "path": letters.path_of(reference),
        "respond_by": rfc3339(due.get(DeadlineKind.RESPOND)),
        "meeting_by": rfc3339(due.get(DeadlineKind.MEETING)),
    }
    return Letter("received", one.sender, one.row.inquiry_id, 1, facts)


def _held(outcome: Outcome, because: Because) -> Outcome:
    return Outcome(Way.HOLD, because, mailbox_id=outcome.mailbox_id)


def _side(session: Session, inquiry: Inquiry) -> Side:
    kind = session.scalar(sa.select(Party.kind).where(Party.id == inquiry.from_party_id))
    return Side(inquiry.from_party_id, str(kind))


def _area(session: Session, unit_id: str, entry_point_id: str) -> str:
    """Where the question is about: the asker's one area if the way in covers it, else the one that the way in has."""
    facts = {"entry_point_id": entry_point_id, "unit_id": unit_id}
    row = next(iter(rows_of(session, _AREAS, facts)), None)
    here, asking_areas = (list(row.areas or ()), list(row.asking or ())) if row else ([], [])
    if len(asking_areas) == 1 and set(areas.enclosing(asking_areas[0])) & set(here):
        return str(asking_areas[0])
    return str(here[0]) if len(here) == 1 else areas.COUNTRY
