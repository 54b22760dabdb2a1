"""What a person makes of a mail that waits: put it in an inquiry, call it spam, send it back, give it to a mailbox.

Each takes the mail from `held` once: of two who act at once one is told that somebody was first.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from config.settings import Settings
from config.words import say
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.mail import parse
from router.mail.reply_to import Located, Side, is_ours, located, participant
from router.records import automatic, gate, letters, queries, replying
from router.records import calendar_replies as replies
from router.records import mailed as mails
from router.records.calendar_replies import Place
from router.records.mail_models import IncomingMail, RawMail, VerifiedDomain
from router.rules.automatic import Answered
from router.rules.incoming import LONGEST_BODY
from router.rules.terms import ArrivalState, Door, MailKind

HELD, SPAM = ArrivalState.HELD, ArrivalState.SPAM


def attach(
    database: Database, mail_id: int, reference: str, actor: Actor, *, settings: Settings, now: datetime
) -> str:
    """Put a mail in an inquiry that the person may read, as its sender's side wrote it. Returns the reference.

    What was mailed to a mailbox that has the question is the asker's; anything else comes from the receiver. A reply
    address says itself which side it was given to. Raises Invalid for the reference, Conflict when somebody was first
    or nothing can be written there.
    """
    with database.writing() as session:
        mail = mails.take(session, mail_id, actor, state=ArrivalState.SORTED, now=now)
        found = _found(session, reference, actor)
        place = _place(session, settings, mail, found)
        side = _side(settings, mail, found, place)
        if side == "desk":
            leg_id = _leg_of(session, settings, mail, found) if place is None else place.leg_id
            if leg_id is None:
                # Somebody who only takes part in the meeting: no receiver has answered by that.
                raise Conflict("which_receiver")
            found = replying.at_leg(session, leg_id, for_change=True)
        by = gate.account_id(session, now=now)
        replying.add(session, found, side=side, author_account_id=by, body=body_of(mail), mail=mail, now=now)
        mail.handled_by = actor.account_id
        session.flush()
        _note(session, actor, "mail.attach", mail_id, now=now, reference=found.inquiry.reference)
        return found.inquiry.reference


def spam(database: Database, mail_id: int, actor: Actor, *, now: datetime) -> None:
    """Put a mail aside. Nothing goes to its sender, and it can be taken back.

    What is nobody's is put aside, unread, by those who run the mail.
    """
    with database.writing() as session:
        mails.take(session, mail_id, actor, state=SPAM, now=now, is_unread=True)
        _note(session, actor, "mail.spam", mail_id, now=now)


def undo(database: Database, mail_id: int, actor: Actor, *, now: datetime) -> None:
    """Let a mail that was called spam wait again. Raises Conflict("mail_handled") when it is none."""
    with database.writing() as session:
        mail = mails.find(session, mail_id)
        mails.demand(session, mail, actor, is_unread=True)
        mails.move(session, mail_id, before=SPAM, state=HELD.value, handled_at=None, handled_by=None)
        _note(session, actor, "mail.undo", mail_id, now=now)


def send_back(database: Database, mail_id: int, actor: Actor, *, settings: Settings, now: datetime) -> None:
    """Tell the sender that the mail became nothing here; no word of it goes back.

    Raises Conflict("not_sent_back") with the reason when nothing automatic may be written to that address. The mail
    then waits as before.
    """
    with database.writing() as session:
        mail = mails.take(session, mail_id, actor, state=ArrivalState.RETURNED, now=now)
        recipient = mail.sender
        letter = letters.Letter(
            "returned", recipient, None, 0, {"path": "/", "reason": "by_person"}, about=f"mail:{mail_id}"
        )
        verdict = automatic.may_write(
            session,
            recipient,
            inquiry_id=None,
            now=now,
            settings=settings,
            answers=_answered(session, mail),
            by_person=True,
        )
        if not verdict.allowed:
            raise Conflict("not_sent_back", reason=verdict.reason)
        letters.write(session, [letter], now=now)
        _note(session, actor, "mail.return", mail_id, now=now)


def give(database: Database, mail_id: int, mailbox_id: str, actor: Actor, *, now: datetime) -> None:
    """Give a mail that is nobody's to a mailbox, whose keepers then sort it. For those who run the mail.

    Raises Invalid("unknown_mailbox"), Conflict("mail_handled") when it has become somebody's.
    """
    access.require_open(actor, Action.RUN_MAIL, Scope())
    with database.writing() as session:
        mails.find(session, mail_id)
        if session.get(Mailbox, mailbox_id) is None:
            raise Invalid("unknown_mailbox", field="/mailbox", mailbox=mailbox_id[:80])
        is_nobodys = sa.and_(
            mails.MAIL.c.id == mail_id,
            mails.IS_HELD,
            mails.MAIL.c.mailbox_id.is_(None),
            mails.MAIL.c.unit_id.is_(None),
        )
        given = session.connection().execute(
            sa.update(mails.MAIL).where(is_nobodys).values(mailbox_id=mailbox_id)
        )
        if given.rowcount != 1:
            raise Conflict("mail_handled")
        _note(session, actor, "mail.give", mail_id, now=now, mailbox=mailbox_id)


def body_of(mail: IncomingMail) -> str:
    """What of a mail becomes a message: what was newly written, else all of it; never nothing."""
    text = (mail.reply or "").strip() or (mail.text or "").strip()
    return text[:LONGEST_BODY] or say("mailed.no_text")


def _found(session: Session, reference: str, actor: Actor) -> queries.Found:
    if not reference.strip():
        raise Invalid("no_reference", field="/reference")
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, Action.READ, found.scope)
    return found


def _place(session: Session, settings: Settings, mail: IncomingMail, found: queries.Found) -> Place | None:
    """The participant of a meeting of this inquiry whose address the mail came to."""
    participant_id = participant(settings, mail.recipient)
    place = replies.of(session, participant_id) if participant_id is not None else None
    return place if place is not None and place.inquiry_id == found.inquiry.id else None


def _side(settings: Settings, mail: IncomingMail, found: queries.Found, place: Place | None) -> Side:
    if place is not None:
        return "asker" if place.is_asker else "desk"
    if address := _address(settings, mail, found):
        return address.side
    return "asker" if mail.mailbox_id in {one.mailbox_id for one in found.legs} else "desk"


def _address(settings: Settings, mail: IncomingMail, found: queries.Found) -> Located | None:
    """The reply address of a leg of this inquiry that the mail came to, if we ever gave it out."""
    address = located(settings, mail.recipient)
    leg = next((one for one in found.legs if address and one.id == address.leg_id), None)
    if address is None or leg is None:
        return None
    given = range(leg.reply_generation + 1)
    return address if any(is_ours(settings, address, one) for one in given) else None


def _leg_of(session: Session, settings: Settings, mail: IncomingMail, found: queries.Found) -> int:
    """Which receiver's answer it is: by the reply address, else by who wrote it, else the only one there is.

    Raises Conflict("which_receiver"): no answer may be counted as somebody else's.
    """
    if address := _address(settings, mail, found):
        return address.leg_id
    live = found.live
    if len(live) > 1:
        of_address = sa.select(Mailbox.id).where(sa.func.lower(Mailbox.address) == mail.sender)
        boxes = set(session.scalars(of_address))
        domain = mail.sender.rpartition("@")[2]
        parties = set(
            session.scalars(sa.select(VerifiedDomain.party_id).where(VerifiedDomain.domain == domain))
        )
        wrote = [one for one in live if one.mailbox_id in boxes]
        live = tuple(wrote or [one for one in live if one.party_id in parties])
    if len(live) != 1:
        raise Conflict("which_receiver")
    return live[0].id


def _answered(session: Session, mail: IncomingMail) -> Answered:
    content = session.scalar(sa.select(RawMail.content).where(RawMail.digest == mail.digest)) or b""
    kind = MailKind(mail.kind or MailKind.UNPARSED)
    headers = parse.read(bytes(content)).headers if kind is MailKind.HUMAN else ()
    # Only these doors are told an envelope; what others took in says it in a header.
    has_envelope = mail.door in (Door.LMTP, Door.SMTP)
    return Answered(kind, has_null_sender=has_envelope and not mail.envelope_sender, headers=headers)


def _note(session: Session, actor: Actor, action: str, mail_id: int, *, now: datetime, **facts: str) -> None:
    deed = audit.Deed(actor.account_id, action, "incoming_mail", str(mail_id), facts=facts)
    audit.record(session, [deed], now=now)
