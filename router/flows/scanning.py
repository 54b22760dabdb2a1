"""Files that nobody could look at when they came are looked at later, the oldest mail's first."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from config.database import Database, table
from router.records.mail_models import Attachment
from router.rules.mailed import UNSCANNED

AT_ONCE = 100
_FILE = table(Attachment)
# A literal, as the partial index has it.
_WAITING = _FILE.c.verdict == sa.literal_column("'unscanned'")


def again(database: Database, scan: Callable[[bytes], str], *, limit: int = AT_ONCE) -> int:
    """Ask about files that have not been looked at, and stop at the first the scanner is away for.

    Returns how many have a verdict now. No transaction is open while somebody is asked.
    """
    with database.reading() as session:
        chosen = sa.select(_FILE.c.id).where(_WAITING).order_by(_FILE.c.incoming_mail_id, _FILE.c.place)
        ids = session.scalars(chosen.limit(limit)).all()
    done = 0
    for file_id in ids:
        with database.reading() as session:
            content = session.scalar(sa.select(_FILE.c.content).where(_FILE.c.id == file_id))
        verdict = scan(bytes(content or b""))
        if verdict == UNSCANNED:
            break
        with database.writing() as session:
            mine = sa.update(_FILE).where(_FILE.c.id == file_id, _FILE.c.verdict == UNSCANNED)
            session.connection().execute(mine.values(verdict=verdict))
        done += 1
    return done
