"""Feeding the directory from a source: look first, then apply, and take back what turned out wrong.

Each run is a row. Nothing is applied that was not looked at; nothing is deleted because a source left it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.audit import Deed
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from directory.records import changes, held, index, merges, sources, standing
from directory.records.sources import ImportRun, Source
from directory.rules import access, demand, feeds, merging, references, rows, writing
from directory.rules.access import Action, Actor, Scope
from directory.rules.feeds import Feed, Run
from directory.rules.merging import Diff
from directory.rules.references import Known
from directory.rules.rows import SHEETS
from directory.rules.sheets import Faults

PREVIEWED, APPLIED, STOPPED, UNDONE = "previewed", "applied", "stopped", "undone"


def look(database: Database, feed: Feed, *, actor: Actor | None, now: datetime, keep: bool = True) -> Run:
    """Compare a feed with the directory. With faults nothing more happens; a run that takes too much stops.

    `actor` None is the command line or the worker. Unless it is to be kept, nothing is written.
    """
    own = feeds.own_parties(actor)
    faults = Faults()
    faults.found.extend(feed.faults)
    with database.reading() as session:
        known = merges.known(session)
        written = _read(feed, known, own, faults)
        if faults.found:
            return Run(0, "", faults=tuple(faults.found))
        content = {"sheets": written, "owned": {name: list(one) for name, one in feed.owned.items()}}
        diff, counts, state = _compare(session, feed.source_id, content, is_whole=feed.is_whole)
    if not keep:
        return Run(0, state, diff, counts=counts)
    with database.writing() as session:
        sources.upsert(session, feed.source_id, feed.kind, feed.settings)
        run = ImportRun(
            source_id=feed.source_id,
            account_id=actor.account_id if actor else None,
            at=now,
            state=state,
            is_whole=feed.is_whole,
            counts=counts,
            diff=diff.as_json(),
            content=content,
        )
        # Of what was stopped only the latest can be let through; the rows of the others wait for nothing.
        sources.forget_stopped(session, feed.source_id)
        session.add(run)
        session.flush()
        return _shown(run, feed.kind)


def apply(database: Database, run_id: int, *, actor: Actor | None, now: datetime) -> Run:
    """Apply a run that has been looked at, in one transaction.

    1. Take the run, so that nobody applies it twice.
    2. Compare again: what stands may have changed since it was looked at, and then nothing is done.
    3. Store the rows with history, audit and index; note what the source showed and what it did not.
    """
    with database.writing() as session:
        run = _take(session, run_id, actor, before=PREVIEWED, after=APPLIED)
        return _apply(session, run, actor=actor, now=now)


def override(database: Database, run_id: int, *, reason: str, actor: Actor | None, now: datetime) -> Run:
    """Apply a run that was stopped, as it was seen, because an administrator says why what goes may go.

    Raises NotAllowed for anybody else, Invalid without a reason, Conflict when it was not the latest to be stopped.
    """
    reason = " ".join(reason.split())
    if actor is not None:
        access.require_open(actor, Action.OVERRIDE_IMPORT, Scope())
    if not reason:
        raise Invalid("empty", field="/reason")
    if len(reason) > demand.LONGEST_NOTE:
        raise Invalid("too_long", field="/reason", longest=demand.LONGEST_NOTE)
    if demand.is_private(reason):
        raise Invalid("private_note", field="/reason")
    with database.writing() as session:
        run = _take(session, run_id, actor, before=STOPPED, after=APPLIED)
        if not run.content:
            raise Conflict("not_the_latest_stopped")
        run.reason = reason
        by = actor.account_id if actor else None
        facts = {"taken": run.counts["taken"], "allowed": run.counts["allowed"]}
        audit.record(
            session, [Deed(by, "directory.override", "import_run", str(run.id), facts=facts)], now=now
        )
        return _apply(session, run, actor=actor, now=now)


def _apply(session: Session, run: ImportRun, *, actor: Actor | None, now: datetime) -> Run:
    written = run.content["sheets"]
    _require_own(session, written, feeds.own_parties(actor))
    diff, counts, state = _compare(session, run.source_id, run.content, is_whole=run.is_whole)
    if (state == STOPPED and not run.reason) or diff.as_json() != run.diff:
        raise Conflict("changed_since_preview")
    stands = standing.sheets(session, [name for name, found in written.items() if found])
    merged = merging.merged(written, stands, diff)
    by = actor.account_id if actor else None
    merges.store(session, merged, run_id=run.id, by=by, cause="import", now=now)
    why = changes.Why("import", by, now)
    merges.write_history(session, diff.changed.get("entry_points", {}), why)
    seen = sources.seen(session, run.source_id)
    present = frozenset(written.get("entry_points", {}))
    away = merging.absences(seen, present) if run.is_whole else dict.fromkeys(present, 0)
    sources.mark(session, run.source_id, away, now=now)
    run.content, run.counts = {}, counts
    source = session.get_one(Source, run.source_id)
    sources.succeeded(source, now=now)
    return _shown(run, source.kind)


def note_unchanged(database: Database, source_id: str, *, now: datetime) -> bool:
    """Note that a source showed exactly what it had. False when it has never been read before."""
    with database.writing() as session:
        source = session.get(Source, source_id)
        if source is None or source.last_run_at is None:
            return False
        sources.succeeded(source, now=now)
        sources.all_seen(session, source_id, now=now)
        return True


def note_failure(database: Database, source_id: str, kind: str, *, code: str, now: datetime) -> None:
    """Note that a source could not be read, and why, until it can be again."""
    with database.writing() as session:
        sources.failed(session, source_id, kind, code=code, now=now)


def undo(database: Database, run_id: int, *, actor: Actor | None, now: datetime) -> Run:
    """Put back what an applied run changed, but for what somebody has changed since, and take out what it made."""
    with database.writing() as session:
        run = _take(session, run_id, actor, before=APPLIED, after=UNDONE)
        diff = Diff.from_json(run.diff)
        stands = standing.sheets(session)
        back = merging.put_back(stands, diff)
        by = actor.account_id if actor else None
        merges.store(session, back, run_id=run.id, by=by, cause="undo", now=now)
        reverted = {
            key: {
                column: (stands["entry_points"][key][column], cells[column])
                for column in cells
                if stands["entry_points"][key][column] != cells[column]
            }
            for key, cells in back.get("entry_points", {}).items()
        }
        merges.write_history(session, reverted, changes.Why("undo", by, now))
        merges.take_out(session, diff)
        sources.never_missed(session, run.source_id, diff.gone)
        made = list(diff.created.get("entry_points", {}))
        if made:
            sources.forget(session, run.source_id, made)
            index.refresh(session, made)
        return _shown(run, session.get_one(Source, run.source_id).kind)


def read_run(database: Database, run_id: int, *, actor: Actor | None) -> Run:
    """One run with its difference."""
    with database.reading() as session:
        run = _find(session, run_id, actor)
        return _shown(run, session.get_one(Source, run.source_id).kind)


def _require_own(session: Session, written: merges.Written, own: frozenset[str] | None) -> None:
    """Who has lost a party since the look may not apply its rows."""
    faults = Faults()
    if own is not None:
        references.check_owner(merges.read(written), merges.known(session), own, faults)
    if faults.found:
        raise NotAllowed()


def _read(
    feed: Feed, known: Known, own: frozenset[str] | None, faults: Faults
) -> dict[str, dict[str, dict[str, str]]]:
    lines = {name: rows.read_rows(sheet, feed.sheets.get(name, ()), faults) for name, sheet in SHEETS.items()}
    references.check(lines, known, faults)
    if own is not None:
        references.check_owner(lines, known, own, faults)
    return {
        name: {line.key: writing.cells(name, line.record) for line in found} for name, found in lines.items()
    }


def _compare(
    session: Session, source_id: str, content: Mapping[str, Any], *, is_whole: bool
) -> tuple[Diff, dict[str, int], str]:
    written = content["sheets"]
    stands = standing.sheets(session, [name for name, found in written.items() if found])
    points = frozenset(written.get("entry_points", {}))
    seen = sources.seen(session, source_id)
    gone = merging.gone(seen, points) if is_whole else frozenset()
    hands = held.held(session, points)
    diff = merging.compare(written, stands, hands, gone=gone, owned=content["owned"])
    matched = len(points) - len(diff.created.get("entry_points", {}))
    taken, allowed = merging.takes_away(diff, seen, matched)
    counts = diff.counts() | {"taken": taken, "allowed": allowed}
    return diff, counts, STOPPED if taken > allowed else PREVIEWED


def _take(session: Session, run_id: int, actor: Actor | None, *, before: str, after: str) -> ImportRun:
    _find(session, run_id, actor)
    taken = session.connection().execute(
        sa.update(ImportRun).where(ImportRun.id == run_id, ImportRun.state == before).values(state=after)
    )
    if taken.rowcount != 1:
        raise Conflict("run_not_in_state")
    return session.get_one(ImportRun, run_id, populate_existing=True)


def _find(session: Session, run_id: int, actor: Actor | None) -> ImportRun:
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound("no_run")
    if actor is not None:
        feeds.own_parties(actor)
        if not actor.is_administrator and run.account_id != actor.account_id:
            raise NotFound("no_run")
    return run


def _shown(run: ImportRun, kind: str) -> Run:
    return Run(
        run.id,
        run.state,
        Diff.from_json(run.diff),
        (),
        run.counts,
        run.source_id,
        kind,
        run.at,
        run.account_id,
        run.reason,
    )
