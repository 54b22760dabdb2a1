"""Has everybody been written to whom the history owes a letter, once, and did each letter end well?"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from config.database import table
from directory.records.accounts import Account, Grant
from directory.rules.terms import Role
from router.records.ledger.questions import (
    EVENT,
    INQUIRY,
    MAIL,
    Question,
    disagree,
    of_inquiry,
    unbalanced,
    words,
)
from router.records.reminders import Reminder
from router.rules.escalation import When
from router.rules.terms import EventKind, MailState

GRANT, ACCOUNT, REMINDER = table(Grant), table(Account), table(Reminder)

# Which letter an event demands.
LETTERS = {
    EventKind.ASKED.value: "asked",
    EventKind.ANSWERED.value: "answered",
    EventKind.FOLLOWED_UP.value: "followed_up",
    EventKind.INVITED.value: "invited",
    EventKind.FORWARDED.value: "forwarded",
    EventKind.HANDED_BACK.value: "handed_back",
    EventKind.REOPENED.value: "followed_up",
    EventKind.PAUSED.value: "paused",
    EventKind.JOINED.value: "joined",
    EventKind.SPLIT.value: "split",
    EventKind.EXTENSION_PROPOSED.value: "extension_proposed",
    EventKind.EXTENSION_AGREED.value: "extension_answered",
    EventKind.EXTENSION_REFUSED.value: "extension_answered",
    EventKind.MEETING_PROPOSED.value: "times_proposed",
    EventKind.PROPOSAL_WITHDRAWN.value: "proposal_withdrawn",
    EventKind.MEETING_BOOKED.value: "meeting_booked",
    EventKind.MEETING_MOVED.value: "meeting_moved",
    EventKind.MEETING_CHANGED.value: "meeting_changed",
    EventKind.MEETING_CANCELLED.value: "meeting_cancelled",
    EventKind.BREACHED.value: "reminder",
}
# Letters that an event may be the cause of as well: who is new is asked or invited, who is removed is told so, and
# who was there is told that there is something to read.
MAY_CAUSE = {
    EventKind.MEETING_ENDED.value: ("meeting_ended",),
    EventKind.TIMES_CHANGED.value: ("times_proposed",),
    EventKind.LINK_RENEWED.value: ("times_proposed", "meeting_changed"),
    EventKind.PARTICIPANTS_CHANGED.value: (
        *("times_proposed", "proposal_withdrawn"),
        *("meeting_booked", "meeting_changed", "meeting_cancelled"),
    ),
}
# Nobody is told when nobody is left at the unit that asked.
TO_ASKERS = (
    EventKind.ANSWERED.value,
    EventKind.HANDED_BACK.value,
    EventKind.PAUSED.value,
    EventKind.JOINED.value,
    EventKind.SPLIT.value,
    EventKind.EXTENSION_PROPOSED.value,
)
OF_NO_EVENT = ("step", "received", "undelivered", "times_waiting")
# Several of these may stand under the same event; their own keys keep them apart.
REPEATED = ("step", "times_waiting")
WAITING = (MailState.READY.value, MailState.LEASED.value, MailState.UNCERTAIN.value)


def questions() -> tuple[Question, ...]:
    """Everything that is asked of the outbox. Letters of no inquiry tell of no event; all else holds for them."""
    return (_missing(), _causeless(), _overtaking(), *_twice(), *_states())


def unsent(now: datetime | None = None) -> Question:
    """Letters that still wait: none when every fault is over and the worker has gone round."""
    # One that was never tried and whose hour has not come waits for somebody's working hours.
    is_early = sa.and_(MAIL.c.attempts == 0, MAIL.c.next_try_at > now) if now else sa.false()
    waits = sa.and_(MAIL.c.state.in_(WAITING), sa.not_(is_early))
    return Question("letter_waiting", _of_mail(MAIL.c.state).where(waits))


def _of_mail(*facts: sa.ColumnElement[object]) -> sa.Select[tuple[object, ...]]:
    """A statement about letters, named by their inquiry, or by what else they are about."""
    place = sa.func.coalesce(INQUIRY.c.reference, MAIL.c.about, "?")
    return (
        sa.select(place, MAIL.c.letter, *facts)
        .select_from(MAIL)
        .outerjoin(INQUIRY, MAIL.c.inquiry_id == INQUIRY.c.id)
    )


def _missing() -> Question:
    written = sa.exists().where(
        MAIL.c.inquiry_id == EVENT.c.inquiry_id,
        MAIL.c.seq == EVENT.c.seq,
        MAIL.c.letter == words(EVENT.c.kind, LETTERS),
    )
    # Nobody is told of an answer when nobody is left at the unit that asked.
    somebody_asks = sa.exists().where(
        GRANT.c.target_id == INQUIRY.c.from_unit_id,
        GRANT.c.role == Role.CASEWORKER.value,
        GRANT.c.valid_from <= EVENT.c.at,
        sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > EVENT.c.at),
        ACCOUNT.c.id == GRANT.c.account_id,
        ACCOUNT.c.is_active == sa.true(),
    )
    # A breach that the late answer itself brought to light reminds nobody: the act stands right after it.
    act = EVENT.alias("act")
    found_by_act = sa.exists().where(
        act.c.inquiry_id == EVENT.c.inquiry_id,
        act.c.seq > EVENT.c.seq,
        act.c.at == EVENT.c.at,
        act.c.kind != EventKind.BREACHED.value,
    )
    # Whoever wants one letter a day, or none, has a reminder of the breach instead.
    told_otherwise = sa.exists().where(
        REMINDER.c.inquiry_id == EVENT.c.inquiry_id, REMINDER.c.step == When.BREACH.value
    )
    owed = sa.and_(
        EVENT.c.kind.in_(LETTERS),
        sa.or_(EVENT.c.kind.not_in(TO_ASKERS), somebody_asks),
        sa.or_(EVENT.c.kind != EventKind.BREACHED.value, sa.not_(found_by_act)),
        sa.or_(EVENT.c.kind != EventKind.BREACHED.value, sa.not_(told_otherwise)),
    )
    return Question(
        "letter_missing",
        of_inquiry(EVENT.c.seq, EVENT.c.kind)
        .join(EVENT, EVENT.c.inquiry_id == INQUIRY.c.id)
        .where(owed, sa.not_(written)),
    )


def _causeless() -> Question:
    cause = sa.exists().where(
        EVENT.c.inquiry_id == MAIL.c.inquiry_id,
        EVENT.c.seq == MAIL.c.seq,
        sa.or_(
            words(EVENT.c.kind, LETTERS) == MAIL.c.letter,
            *(sa.and_(EVENT.c.kind == kind, MAIL.c.letter.in_(caused)) for kind, caused in MAY_CAUSE.items()),
        ),
    )
    return Question(
        "letter_causeless",
        _of_mail(MAIL.c.seq).where(
            # Of no inquiry, and about nothing else either; or of an event that demands no such letter.
            sa.or_(
                sa.and_(MAIL.c.inquiry_id.is_(None), MAIL.c.about.is_(None)),
                # A step before or after the due time is no event: see ledger/reminders.py. Nor is that mail came
                # or did not arrive a reason of its own for a letter that must be written.
                sa.and_(MAIL.c.inquiry_id.is_not(None), MAIL.c.letter.not_in(OF_NO_EVENT), sa.not_(cause)),
            )
        ),
    )


def _overtaking() -> Question:
    """Letters that were tried while an earlier one of their stream was still on its way."""
    earlier = MAIL.alias("earlier")
    # Written as the partial index is: few letters wait, and many have a stream.
    waits = sa.exists().where(
        earlier.c.stream == MAIL.c.stream,
        earlier.c.id < MAIL.c.id,
        sa.text("earlier.stream IS NOT NULL AND earlier.state IN ('ready', 'leased', 'uncertain')"),
    )
    return Question("letter_overtook", _of_mail(MAIL.c.seq).where(MAIL.c.attempts > 0, waits))


def _twice() -> tuple[Question, ...]:
    ids = (
        sa.select(MAIL.c.message_id, sa.func.count().label("n"))
        .group_by(MAIL.c.message_id)
        .having(sa.func.count() > 1)
    )
    same = (
        of_inquiry(MAIL.c.letter, MAIL.c.seq, sa.func.count().label("n"))
        .join(MAIL, MAIL.c.inquiry_id == INQUIRY.c.id)
        .where(MAIL.c.letter.not_in(REPEATED))
        .group_by(INQUIRY.c.reference, MAIL.c.letter, MAIL.c.seq, MAIL.c.recipient)
        .having(sa.func.count() > 1)
    )
    return (Question("message_id_twice", ids), Question("letter_twice", same))


def _states() -> tuple[Question, ...]:
    is_sent = MAIL.c.state == MailState.SENT.value
    half_sent = sa.or_(
        sa.and_(is_sent, sa.or_(MAIL.c.content.is_(None), MAIL.c.attempts < 1)),
        disagree(is_sent, MAIL.c.sent_at.is_not(None)),
        sa.and_(MAIL.c.state == MailState.UNCERTAIN.value, MAIL.c.content.is_(None)),
    )
    refused = sa.select(MAIL.c.inquiry_id, MAIL.c.letter).where(
        MAIL.c.state == MailState.FAILED.value, MAIL.c.inquiry_id.is_not(None)
    )
    told = sa.select(EVENT.c.inquiry_id, EVENT.c.facts["letter"].as_string()).where(
        EVENT.c.kind == EventKind.UNDELIVERED.value
    )
    return (
        Question(
            "letter_state_unknown",
            _of_mail(MAIL.c.state).where(MAIL.c.state.not_in([one.value for one in MailState])),
        ),
        Question("letter_half_sent", _of_mail(MAIL.c.state).where(half_sent)),
        Question(
            "lease_wrong",
            _of_mail(MAIL.c.state).where(
                disagree(MAIL.c.state == MailState.LEASED.value, MAIL.c.lease.is_not(None))
            ),
        ),
        Question("undelivered_untold", unbalanced([told], [refused])),
    )
