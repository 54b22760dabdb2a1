"""Was every reminder made for a promise there is, at its hour, once, and did it become its letter?"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from config.database import table
from router.records.ledger.questions import DEADLINE, MAIL, Question
from router.records.reminders import Reminder
from router.rules.escalation import Way, When

REMINDER = table(Reminder)
STATES = ("waiting", "written", "merged", "dropped", "off")


def questions() -> tuple[Question, ...]:
    """Everything that is asked of reminders."""
    return (_homeless(), _early(), _twice(), _unknown(), _unwritten(), _causeless())


def _of_reminder(*facts: Any) -> sa.Select[Any]:
    """A statement about reminders, each named by its deadline."""
    return sa.select(REMINDER.c.deadline_id, REMINDER.c.step, *facts)


def _homeless() -> Question:
    its_own = sa.exists().where(
        DEADLINE.c.id == REMINDER.c.deadline_id, DEADLINE.c.inquiry_id == REMINDER.c.inquiry_id
    )
    return Question("reminder_homeless", _of_reminder().where(sa.not_(its_own)))


def _early() -> Question:
    """Said before its time, or of a moment before the promise was given."""
    statement = _of_reminder(REMINDER.c.at, REMINDER.c.made_at).join(
        DEADLINE, DEADLINE.c.id == REMINDER.c.deadline_id
    )
    too_early = sa.or_(REMINDER.c.made_at < REMINDER.c.at, REMINDER.c.at < DEADLINE.c.start_at)
    return Question("reminder_early", statement.where(too_early))


def _twice() -> Question:
    """The table's key holds each step once; its letters must as well."""
    same = sa.func.count().label("n")
    return Question(
        "reminder_twice",
        sa.select(MAIL.c.about, MAIL.c.recipient, same)
        .where(MAIL.c.letter == "step")
        .group_by(MAIL.c.about, MAIL.c.recipient)
        .having(same > 1),
    )


def _unknown() -> Question:
    wrong = sa.or_(
        REMINDER.c.state.not_in(STATES),
        REMINDER.c.way.not_in([one.value for one in Way]),
        sa.and_(REMINDER.c.way == Way.OFF.value, REMINDER.c.state != "off"),
    )
    return Question("reminder_state_unknown", _of_reminder(REMINDER.c.state).where(wrong))


def _unwritten() -> Question:
    letter = sa.exists().where(MAIL.c.key == "step:" + _about() + ":" + REMINDER.c.recipient)
    said = sa.and_(
        REMINDER.c.state == "written",
        REMINDER.c.way == Way.AT_ONCE.value,
        REMINDER.c.step != When.BREACH.value,
    )
    return Question("reminder_unwritten", _of_reminder().where(said, sa.not_(letter)))


def _causeless() -> Question:
    cause = sa.exists().where(
        _about() == MAIL.c.about,
        REMINDER.c.inquiry_id == MAIL.c.inquiry_id,
        REMINDER.c.recipient == MAIL.c.recipient,
        REMINDER.c.state == "written",
    )
    statement = sa.select(MAIL.c.about, MAIL.c.seq).where(MAIL.c.letter == "step", sa.not_(cause))
    return Question("reminder_causeless", statement)


def _about() -> sa.ColumnElement[str]:
    return "deadline:" + sa.cast(REMINDER.c.deadline_id, sa.String(20)) + ":" + REMINDER.c.step
