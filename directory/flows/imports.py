"""Bringing a directory in from its six CSV files: check everything first, then one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, own_mail
from config.audit import Deed
from config.database import Database
from directory.records import arrivals, cells, changes, held, index, sources, standing
from directory.records.arrivals import Arrival
from directory.records.models import EntryPoint, Party, Unit
from directory.records.sources import ImportRun, Source
from directory.rules import merging, references, rows, writing
from directory.rules.merging import Diff
from directory.rules.references import Known
from directory.rules.rows import SHEETS, Line
from directory.rules.sheets import Fault, Faults, Row

Progress = Callable[[int, int], None]
# Every sheet is read once and written once; then the search index.
STEPS = 2 * len(SHEETS) + 1


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many of each sheet; with faults, nothing was applied. `missing` stand here but not in the files."""

    created: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    unchanged: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    applied: bool = False
    # The run to undo it by; 0 when nothing changed or none was wanted.
    run_id: int = 0


def bring_in(
    database: Database,
    folder: Path,
    *,
    now: datetime,
    dry_run: bool = False,
    source_id: str = "",
    on_progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Import a folder. Only what differs is written; what the files leave out is left alone.

    With a source it becomes a run of that source, which can be undone as any other.

    1. Read and check every file; with a single fault nothing more happens.
    2. In one transaction: compare, store, write down who changed, and index for search.
    """
    with database.reading() as session:
        known = _known(session)
    faults = Faults()
    sheets = rows.read_all(_contents(folder), faults)
    if len(sheets) == len(SHEETS):
        references.check(sheets, known, faults)
    on_progress(len(SHEETS), STEPS)
    if faults.found:
        return ImportReport(faults=tuple(sorted(faults.found, key=lambda one: (one.file, one.line))))
    if dry_run:
        with database.reading() as session:
            sheets = _with_held(session, sheets)
            return _report(sheets, arrivals.compare_all(session, sheets, now=now), applied=False)
    with database.writing() as session:
        sheets = _with_held(session, sheets)
        arrived = arrivals.compare_all(session, sheets, now=now)
        diff = _difference(session, sheets, arrived) if source_id else Diff()
        _apply(session, arrived, now=now, on_progress=on_progress)
        run_id = 0 if diff.is_empty else _record(session, source_id, diff, now)
    on_progress(STEPS, STEPS)
    return replace(_report(sheets, arrived, applied=True), run_id=run_id)


def _difference(
    session: Session, sheets: Mapping[str, Sequence[Line]], arrived: Mapping[str, Arrival]
) -> Diff:
    """What is new, and what changes from one value to another, before any of it is stored."""
    touched = {name: {*one.created, *one.changed} for name, one in arrived.items()}
    incoming = {
        name: {
            writing.key(name, cells): cells
            for line in lines
            if line.key in touched[name]
            for cells in (writing.cells(name, line.record),)
        }
        for name, lines in sheets.items()
    }
    stands = standing.sheets(session, [name for name, one in arrived.items() if one.changed])
    return merging.compare(incoming, stands, {})


def _record(session: Session, source_id: str, diff: Diff, now: datetime) -> int:
    sources.upsert(session, source_id, "folder", {})
    sources.succeeded(session.get_one(Source, source_id), now=now)
    counts = diff.counts() | {"taken": 0, "allowed": 0}
    run = ImportRun(
        source_id=source_id,
        account_id=None,
        at=now,
        state="applied",
        is_whole=False,
        counts=counts,
        diff=diff.as_json(),
        content={},
    )
    session.add(run)
    session.flush()
    audit.record(session, [Deed(None, "directory.import", "import_run", str(run.id))], now=now)
    return run.id


def _contents(folder: Path) -> dict[str, bytes]:
    found = {}
    for name in SHEETS:
        path = folder / f"{name}.csv"
        if path.is_file():
            found[name] = path.read_bytes()
    return found


def _known(session: Session) -> Known:
    units = session.execute(sa.select(Unit.id, Unit.party_id, Unit.parent_id))
    return Known(
        parties=frozenset(session.scalars(sa.select(Party.id))),
        entry_points=frozenset(session.scalars(sa.select(EntryPoint.id))),
        units={unit_id: (party_id, parent_id) for unit_id, party_id, parent_id in units},
        own_domain=own_mail.domain(),
    )


def _with_held(session: Session, sheets: dict[str, list[Line]]) -> dict[str, list[Line]]:
    """The sheets with every field that a person has edited by hand as it stands: hands win until they let go."""
    hands = held.held(session, [line.key for line in sheets["entry_points"]])
    if not hands:
        return sheets
    standing = [
        Row("", 0, {"entry_point_id": key, **found}) for key, found in cells.read(session, hands).items()
    ]
    stands = {line.key: line.record for line in rows.read_rows(SHEETS["entry_points"], standing, Faults())}
    kept = [
        Line(line.number, line.key, line.record | {name: stands[line.key][name] for name in hands[line.key]})
        if line.key in stands and line.key in hands
        else line
        for line in sheets["entry_points"]
    ]
    return sheets | {"entry_points": kept}


def _apply(session: Session, arrived: Mapping[str, Arrival], *, now: datetime, on_progress: Progress) -> None:
    entry_points = arrived["entry_points"]
    before = cells.read(session, entry_points.changed)
    for step, arrival in enumerate(arrived.values(), start=1):
        arrival.store(session)
        on_progress(len(SHEETS) + step, STEPS)
    edits = changes.between(before, cells.read(session, before))
    changes.write(session, edits, changes.Why("import", None, now))
    audit.record(session, _deeds(entry_points), now=now)
    # Names of parties and units stand in the index of every entry point that is theirs.
    renamed = not (arrived["parties"].is_empty and arrived["units"].is_empty)
    if renamed or not index.is_complete(session):
        index.refresh(session)
    elif not entry_points.is_empty:
        index.refresh(session, [*entry_points.created, *entry_points.changed])


def _deeds(entry_points: Arrival) -> list[Deed]:
    added = [Deed(None, "entry_point.add", "entry_point", key) for key in entry_points.created]
    changed = [
        Deed(None, "entry_point.change", "entry_point", key, facts={"fields": list(fields)})
        for key, fields in entry_points.changed.items()
    ]
    return added + changed


def _report(
    sheets: Mapping[str, Sequence[Line]], arrived: Mapping[str, Arrival], *, applied: bool
) -> ImportReport:
    return ImportReport(
        created={name: len(one.created) for name, one in arrived.items()},
        changed={name: len(one.changed) for name, one in arrived.items()},
        unchanged={
            name: len(sheets[name]) - len(one.created) - len(one.changed) for name, one in arrived.items()
        },
        missing={name: one.missing for name, one in arrived.items()},
        applied=applied,
    )
