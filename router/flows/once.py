"""A reference for a question with a key of the sender's, so that sending it twice asks it once."""

from __future__ import annotations

from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.records import references, sent_once
from router.records.sent_once import Once

__all__ = ["Once", "reserve"]


def reserve(database: Database, once: Once, actor: Actor, *, now: datetime) -> str:
    """The reference this person's question with this key has or will have, for a day.

    Raises Invalid("key_reused") when the key has been used for something else.
    """
    made = references.make()
    with database.writing() as session:
        return sent_once.first(session, actor.account_id, once, made, now=now) or made
