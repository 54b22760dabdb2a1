"""Has every incoming mail become what it says, once, and is nobody still at work with one that is settled?"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from config.database import table
from router.records.ledger.questions import MESSAGE, Question
from router.records.mail_models import IncomingMail
from router.rules.terms import ArrivalState

ARRIVED = table(IncomingMail)
STORED, SORTED = ArrivalState.STORED.value, ArrivalState.SORTED.value
# What a participant's calendar has answered leads to the inquiry. It is a message only when a person made it one.
ANSWERED = "mail.calendar_%"
# Reasons of sorting that say the mail is a message now.
BECAME = ("mail.asked", "mail.invited", "mail.copy", "mail.answer", "mail.follow_up")


def questions() -> tuple[Question, ...]:
    """Everything that is asked of mail that came in."""
    is_sorted = ARRIVED.c.state == SORTED
    says_so = ARRIVED.c.because["code"].as_string().in_(BECAME)
    has_answered = ARRIVED.c.because["code"].as_string().like(ANSWERED)
    has_message = ARRIVED.c.message_id.is_not(None)
    half = sa.or_(
        # What became a message leads to it and to its inquiry; what is held or thrown away leads to none.
        sa.and_(is_sorted, says_so, sa.not_(has_message)),
        sa.and_(has_message, ARRIVED.c.inquiry_id.is_(None)),
        sa.and_(has_message, sa.not_(is_sorted)),
        sa.and_(is_sorted, has_answered, ARRIVED.c.inquiry_id.is_(None)),
        # Nothing is settled that nobody has read.
        sa.and_(is_sorted, ARRIVED.c.kind.is_(None)),
    )
    there = sa.exists().where(
        MESSAGE.c.id == ARRIVED.c.message_id, MESSAGE.c.inquiry_id == ARRIVED.c.inquiry_id
    )
    twice = (
        sa.select(ARRIVED.c.recipient, sa.func.count().label("n"))
        .group_by(ARRIVED.c.fingerprint, ARRIVED.c.recipient)
        .having(sa.func.count() > 1)
    )
    states = [one.value for one in ArrivalState]
    return (
        Question("mail_state_unknown", _of_mail(ARRIVED.c.state).where(ARRIVED.c.state.not_in(states))),
        Question("mail_half_sorted", _of_mail(ARRIVED.c.state).where(half)),
        Question("mail_elsewhere", _of_mail(ARRIVED.c.message_id).where(has_message, sa.not_(there))),
        Question("mail_twice", twice),
        Question(
            "mail_lease_wrong",
            _of_mail(ARRIVED.c.state).where(ARRIVED.c.lease.is_not(None), ARRIVED.c.state != STORED),
        ),
    )


def unsorted(now: datetime) -> Question:
    """Mail that is due and that nobody has sorted: none when the worker has gone round and every lease has ended."""
    waits = sa.and_(ARRIVED.c.state == STORED, ARRIVED.c.next_try_at <= now)
    return Question("mail_waiting", _of_mail(ARRIVED.c.attempts).where(waits))


def _of_mail(*facts: sa.ColumnElement[object]) -> sa.Select[tuple[object, ...]]:
    return sa.select(ARRIVED.c.id, *facts)
