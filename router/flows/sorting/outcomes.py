"""What one mail becomes, at each of its recipients, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.settings import Settings
from config.words import Because
from router.flows.sorting import becoming, calendar_replies
from router.flows.sorting.becoming import Written
from router.mail import authenticated, ours, reply_to
from router.mail.parsed import Parsed
from router.records import absent, automatic, bounced, incoming_mail, locating, receiving, repeated, senders
from router.records.calendar_replies import Place
from router.records.incoming_mail import Claimed
from router.records.letters import Letter
from router.records.mail_models import IncomingMail
from router.records.receiving import Owner
from router.records.repeated import Arrival
from router.rules import matching, subjects
from router.rules.calendar_replies import told_apart
from router.rules.leads import Arrived, Outcome, Recipient, Sender, Way
from router.rules.terms import ArrivalState, MailKind

# How many addresses of a leg that were taken back are still known as such.
OLD = 20
# Reply addresses before mailboxes: an answer is no question, though a copy went to a mailbox.
ORDER = {"reply": 0, "meeting": 1, "return": 2, "mailbox": 3, "postmaster": 4}


@dataclass(frozen=True, slots=True)
class Readout:
    """A claimed mail, what was read out of it, and what a scanner says of its files (empty: nobody was asked).

    `parsed` is None when the reading broke.
    """

    claimed: Claimed
    parsed: Parsed | None
    verdicts: tuple[str, ...] = ()


def write(session: Session, readout: Readout, parsed: Parsed, *, settings: Settings, now: datetime) -> bool:
    """Decide and write everything of one mail. Says whether any of its recipients' copies is held for a person.

    Rows whose lease somebody else has taken over since are left alone.
    """
    rows = incoming_mail.of_mail(session, readout.claimed.fingerprint)
    own = [
        row for row in rows if row.lease == readout.claimed.lease and row.state == ArrivalState.STORED.value
    ]
    if not own:
        return False
    facts = _facts(session, readout, parsed)
    kinds = ours.kinds(settings, [row.recipient for row in own])
    owners = receiving.owners(session, settings, kinds)
    sender = senders.of(
        session, parsed.sender, authenticated.verdict(parsed.headers, settings.mail_authserv), now=now
    )
    deed = _Deed(session, parsed, sender, settings, now, [])
    for row in own:
        row.marks = []
    incoming_mail.keep_files(session, own, _files(parsed), readout.verdicts)
    own.sort(key=lambda row: (_order(owners, row), row.id))
    for row in own:
        incoming_mail.describe(row, facts)
        siblings = [one for one in rows if one is not row and one.message_id is not None]
        deed.decide(row, owners.get(row.recipient.strip().lower()), siblings)
    session.flush()
    for inquiry_id in sorted({row.inquiry_id for row in own if row.inquiry_id and row.message_id}):
        automatic.rein(session, inquiry_id, because_of=own[0].sender, now=now)
    becoming.tell(session, Written(own[0], parsed, sender.address, deed.receipts), settings=settings, now=now)
    return any(row.state == ArrivalState.HELD.value for row in own)


def boxes(session: Session, claimed: Claimed, *, settings: Settings) -> dict[str, str | None]:
    """By recipient the mailbox that a claimed mail belongs to; nothing of the mail itself is asked."""
    to = [row.recipient for row in incoming_mail.of_mail(session, claimed.fingerprint)]
    found = receiving.owners(session, settings, ours.kinds(settings, to))
    return {address: owner.mailbox_id for address, owner in found.items()}


def _facts(session: Session, readout: Readout, parsed: Parsed) -> incoming_mail.Facts:
    namesake = incoming_mail.has_namesake(session, parsed.message_id, readout.claimed.fingerprint)
    names = " ".join(file.name for file in parsed.files)
    return incoming_mail.Facts(
        kind=parsed.kind,
        sender=parsed.sender or parsed.shown_sender,
        sender_name=parsed.sender_name,
        subject=parsed.subject,
        header_id=parsed.message_id,
        text=parsed.text,
        reply=parsed.reply,
        html=parsed.html,
        marks=tuple(
            one
            for one in (
                "same_id" if namesake else "",
                incoming_mail.numbers_mark(parsed.subject, parsed.text, parsed.sender_name, names),
                "not_unpacked" if "not_unpacked" in parsed.defects else "",
            )
            if one
        ),
    )


def _files(parsed: Parsed) -> list[tuple[str, str, bytes]]:
    return [(file.name, file.type, file.content) for file in parsed.files]


def _order(owners: dict[str, Owner], row: IncomingMail) -> int:
    owner = owners.get(row.recipient.strip().lower())
    return ORDER[owner.kind] if owner else len(ORDER)


@dataclass(frozen=True, slots=True)
class _Deed:
    """Deciding of one mail, and all that it needs."""

    session: Session
    parsed: Parsed
    sender: Sender
    settings: Settings
    now: datetime
    receipts: list[Letter]

    def decide(self, row: IncomingMail, owner: Owner | None, siblings: Sequence[IncomingMail]) -> None:
        """What the copy to one recipient becomes."""
        parsed = self.parsed
        if parsed.kind is MailKind.BOUNCE:
            self._bounced(row, owner)
            return
        arrived = self._arrived(row, owner)
        place = calendar_replies.place(self.session, row, parsed, owner, settings=self.settings)
        # Found by its invitation alone it stays with those it was addressed to.
        is_own = place is not None and arrived.recipient is Recipient.MEETING
        whose = calendar_replies.owner(place) if place and is_own else matching.owner(arrived)
        if parsed.kind is MailKind.UNPARSED:
            self._hold(row, whose, Because("mail.unparsed"))
            return
        arrival = _arrival(row, parsed, arrived, is_known=matching.is_known(self.sender))
        judged = repeated.judge(self.session, arrival, settings=self.settings)
        row.likeness = judged.likeness
        if judged.held is not None:
            self._hold(row, whose, Because(judged.held.code))
        elif place is not None and (parsed.calendar or parsed.kind is MailKind.HUMAN):
            self._calendar(row, place, whose)
        elif parsed.kind is MailKind.AUTOMATIC:
            self._automatic(row, arrived, whose)
        else:
            self._human(row, arrived, siblings)

    def _human(self, row: IncomingMail, arrived: Arrived, siblings: Sequence[IncomingMail]) -> None:
        session, now = self.session, self.now
        written = Written(row, self.parsed, self.sender.address, self.receipts)
        copied = (
            becoming.copied(session, row, arrived.mailbox_id, siblings, now=now)
            if arrived.mailbox_id
            else None
        )
        outcome = copied or matching.decide(
            arrived, self.sender, trusts=bool(self.settings.mail_authserv), now=now
        )
        if outcome.way is Way.ASK:
            outcome = becoming.ask(session, written, outcome, siblings, now=now)
        elif outcome.way in (Way.ANSWER, Way.FOLLOW_UP):
            outcome = becoming.reply(session, written, outcome, siblings, now=now)
        if outcome.way is Way.HOLD:
            self._hold(row, outcome, outcome.because)

    def _calendar(self, row: IncomingMail, place: Place, whose: Outcome) -> None:
        because = calendar_replies.answer(
            self.session,
            row,
            self.parsed,
            found=place,
            sender=self.sender,
            settings=self.settings,
            now=self.now,
        )
        if because is not None:
            self._hold(row, whose, because)

    def _hold(self, row: IncomingMail, outcome: Outcome, because: Because) -> None:
        row.mailbox_id, row.unit_id = outcome.mailbox_id, outcome.unit_id
        row.suggested_id = outcome.suggested_id
        incoming_mail.hold(row, because)

    def _bounced(self, row: IncomingMail, owner: Owner | None) -> None:
        bounce = self.parsed.bounce
        applied = bounced.apply(
            self.session,
            reply_to.returned(self.settings, row.recipient),
            header_id=bounce.message_id,
            address=bounce.address,
            status=bounce.status,
            is_final=bounce.is_final,
            now=self.now,
        )
        row.mailbox_id = owner.mailbox_id if owner else None
        row.inquiry_id = applied.inquiry_id if applied else None
        code = applied.code if applied else "mail.unknown_bounce"
        incoming_mail.settle(row, Because(code), now=self.now)

    def _automatic(self, row: IncomingMail, arrived: Arrived, held: Outcome) -> None:
        """Recorded and shown; it is never an answer and stops no promise."""
        parsed, place = self.parsed, arrived.by_address
        leg = place.leg(place.leg_id) if place and arrived.recipient is Recipient.REPLY else None
        is_theirs = bool(place and leg and matching.authorised(place, leg, place.side, self.sender))
        noted = absent.note(
            self.session,
            letter_id=reply_to.returned(self.settings, row.recipient),
            leg_id=leg.leg_id if leg and is_theirs else None,
            leg_side=place.side if place and is_theirs else "",
            sender=self.sender.address if self.sender.is_vouched else "",
            is_absence=parsed.is_absence,
            has_quit=parsed.has_quit,
            now=self.now,
        )
        row.mailbox_id, row.unit_id, row.suggested_id = held.mailbox_id, held.unit_id, held.suggested_id
        if noted is not None:
            row.inquiry_id, row.leg_id = noted.inquiry_id, noted.leg_id
            row.mailbox_id = row.mailbox_id or noted.mailbox_id
        incoming_mail.settle(row, Because(noted.code if noted else "mail.automatic"), now=self.now)

    def _arrived(self, row: IncomingMail, owner: Owner | None) -> Arrived:
        """What the recipient's address is, and what the mail leads to or only suggests."""
        if owner is None or owner.kind in ("meeting", "return", "postmaster"):
            return Arrived(Recipient(owner.kind) if owner else Recipient.UNKNOWN)
        if owner.kind == "reply":
            return self._at_reply_address(row.recipient)
        parsed, session = self.parsed, self.session
        mailbox_id = owner.mailbox_id or ""
        if parsed.kind is not MailKind.HUMAN:
            return Arrived(Recipient.MAILBOX, mailbox_id)
        found = locating.by_reference(session, parsed.answers)
        if found is not None:
            return Arrived(Recipient.MAILBOX, mailbox_id, by_reference=found)
        named = locating.by_subject(session, subjects.references(parsed.subject))
        older = None if named else locating.by_older_mail(session, parsed.answers)
        return Arrived(
            Recipient.MAILBOX,
            mailbox_id,
            suggested=named or older,
            suggested_by="mail.subject_reference" if named else "mail.older_mail",
        )

    def _at_reply_address(self, recipient: str) -> Arrived:
        claimed = reply_to.located(self.settings, recipient)
        found = locating.of_leg(self.session, claimed.leg_id, claimed.side) if claimed else None
        if claimed is None or found is None:
            return Arrived(Recipient.FALSE_REPLY)
        place, generation = found
        if reply_to.is_ours(self.settings, claimed, generation):
            return Arrived(Recipient.REPLY, by_address=place)
        was_ours = any(
            reply_to.is_ours(self.settings, claimed, one)
            for one in range(max(0, generation - OLD), generation)
        )
        return Arrived(Recipient.OLD_REPLY if was_ours else Recipient.FALSE_REPLY, by_address=place)


def _arrival(row: IncomingMail, parsed: Parsed, arrived: Arrived, *, is_known: bool) -> Arrival:
    return Arrival(
        mail_id=row.id,
        received_at=row.received_at,
        recipient=row.recipient,
        kind=parsed.kind,
        sender=row.sender,
        subject=parsed.subject,
        written=parsed.reply,
        headers=parsed.headers,
        is_reply=arrived.recipient in (Recipient.REPLY, Recipient.MEETING),
        is_known=is_known,
        # Answers with the same words are not the same: each says something of another time, or something else.
        files=[*((file.name, file.size) for file in parsed.files), *map(told_apart, parsed.calendar)],
    )
