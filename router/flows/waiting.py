"""What waits for a person, as the menu of every page counts it: one statement for all of it."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from config.database import Database, table
from directory.rules.access import Actor
from router.records import mailed as mails
from router.records.models import Leg
from router.rules.terms import LegState

MOST = 1000

_LEG = table(Leg).c
_QUESTIONS = sa.select(sa.func.count()).where(
    _LEG.mailbox_id.in_(mails.MAILBOXES), _LEG.state.in_((LegState.WAITING.value, LegState.CLAIMED.value))
)


def waiting(database: Database, actor: Actor) -> tuple[int, int]:
    """How many questions nobody has answered in the mailboxes the person works, and how many mails wait."""
    values = mails.known_values(actor)
    with database.reading() as session:
        questions, mail = session.connection().execute(_counts(is_all=actor.is_administrator), values).one()
        return questions, mail


@cache
def _counts(*, is_all: bool) -> sa.Select[int, int]:
    known = sa.true() if is_all else mails.KNOWN
    few = sa.select(mails.MAIL.c.id).where(mails.IS_HELD, known).limit(MOST).subquery()
    held = sa.select(sa.func.count()).select_from(few)
    return sa.select(_QUESTIONS.scalar_subquery(), held.scalar_subquery())
