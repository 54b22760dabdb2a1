"""What the sources have done: their runs, whether they can be read, and what is away from them."""

from __future__ import annotations

from datetime import datetime

from config import audit
from config.audit import Deed
from config.database import Database
from config.errors import NotFound
from directory.records import sources
from directory.rules import feeds
from directory.rules.access import Actor
from directory.rules.feeds import NO_DIFF, Run, SourceState, Task


def overview(
    database: Database, *, actor: Actor
) -> tuple[tuple[Run, ...], tuple[Task, ...], tuple[SourceState, ...]]:
    """The latest runs the person may see, what is away from its source, and for an administrator every source."""
    own = feeds.own_parties(actor)
    with database.reading() as session:
        mine = None if actor.is_administrator else actor.account_id
        known = {one.id: one for one in sources.all_of_them(session)}
        runs = tuple(
            Run(one.id, one.state, NO_DIFF, (), one.counts, one.source_id, known[one.source_id].kind, one.at)
            for one in sources.runs(session, mine)
        )
        states = tuple(
            SourceState(one.id, one.kind, one.last_run_at, one.failed_at, one.failure, one.failures)
            for one in known.values()
        )
        tasks = tuple(Task(*row) for row in sources.tasks(session, own))
    return runs, tasks, states if actor.is_administrator else ()


def settle(database: Database, source_id: str, key: str, *, actor: Actor, now: datetime) -> None:
    """Say that a way in stays although its source no longer shows it."""
    own = feeds.own_parties(actor)
    with database.writing() as session:
        if all(row[:2] != (source_id, key) for row in sources.tasks(session, own)):
            raise NotFound()
        session.get_one(sources.SourceSeen, (source_id, key)).settled_at = now
        deed = Deed(actor.account_id, "entry_point.keep", "entry_point", key, facts={"source": source_id})
        audit.record(session, [deed], now=now)
