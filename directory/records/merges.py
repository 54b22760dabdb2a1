"""Storing what a source changes, and putting it back: rows, history, audit and search index together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config import audit, own_mail
from config.audit import Deed
from config.database import Base, table
from directory.records import arrivals, changes, index
from directory.records.models import Agreement, Assessment, EntryPoint, Forum, Mailbox, Party, Unit
from directory.rules import rows
from directory.rules.editing import Edit
from directory.rules.merging import Diff
from directory.rules.references import Known
from directory.rules.rows import SHEETS, Line
from directory.rules.sheets import Faults, Row
from directory.rules.terms import EntryPointStatus

Written = Mapping[str, Mapping[str, Mapping[str, str]]]
CHUNK = 500


def known(session: Session) -> Known:
    """What rows may refer to, and whose everything is."""
    units = session.execute(sa.select(Unit.id, Unit.party_id, Unit.parent_id))
    owners = session.execute(sa.select(EntryPoint.id, EntryPoint.party_id))
    by_owner = {entry_point_id: party_id for entry_point_id, party_id in owners}
    return Known(
        parties=frozenset(session.scalars(sa.select(Party.id))),
        entry_points=frozenset(by_owner),
        units={unit_id: (party_id, parent_id) for unit_id, party_id, parent_id in units},
        owners=by_owner,
        own_domain=own_mail.domain(),
    )


def read(written: Written) -> dict[str, list[Line]]:
    """Cells as records again. They were checked when they came, so no fault is left in them."""
    faults = Faults()
    return {
        name: rows.read_rows(sheet, [Row(name, 0, cells) for cells in written.get(name, {}).values()], faults)
        for name, sheet in SHEETS.items()
    }


def store(
    session: Session, written: Written, *, run_id: int, by: int | None, cause: str, now: datetime
) -> None:
    """Write rows of all sheets where they differ, with history and audit, and index them for search."""
    is_complete = index.is_complete(session)
    arrived = arrivals.compare_all(session, read(written), now=now)
    points = arrived["entry_points"]
    for arrival in arrived.values():
        arrival.store(session)
    deeds = [Deed(by, "entry_point.add", "entry_point", key, facts={"run": run_id}) for key in points.created]
    deeds += [
        Deed(by, "entry_point.change", "entry_point", key, facts={"fields": list(fields), "run": run_id})
        for key, fields in points.changed.items()
    ]
    deeds.append(Deed(by, f"directory.{cause}", "import_run", str(run_id)))
    audit.record(session, deeds, now=now)
    # A new party or unit is nobody's yet; only a name that changes stands in other entry points' index.
    if arrived["parties"].changed or arrived["units"].changed or not is_complete:
        index.refresh(session)
    elif not points.is_empty:
        index.refresh(session, [*points.created, *points.changed])


def write_history(
    session: Session, fields: Mapping[str, Mapping[str, Sequence[str]]], why: changes.Why
) -> None:
    """Every field of an entry point that a run changed, from and to."""
    edits = {
        key: [Edit(column, pair[0], pair[1]) for column, pair in found.items()]
        for key, found in fields.items()
    }
    changes.write(session, edits, why)


def take_out(session: Session, diff: Diff) -> None:
    """Take away what a run made, children first. A way in that something leads to already is closed instead."""
    points = list(diff.created.get("entry_points", {}))
    in_use = _delete(session, (EntryPoint, Mailbox), points)
    for start in range(0, len(in_use), CHUNK):
        used = EntryPoint.id.in_(in_use[start : start + CHUNK])
        session.execute(sa.update(EntryPoint).where(used).values(status=EntryPointStatus.CLOSED))
    for key in diff.created.get("agreements", {}):
        # An inquiry keeps the version it began under, so the agreement stays but is offered no more.
        session.execute(sa.update(Agreement).where(Agreement.id == key).values(is_current=False))
    for key in diff.created.get("assessments", {}):
        asker, receiver, areas = key.split(" > ")
        pair = (Assessment.from_party == asker, Assessment.to_party == receiver)
        session.execute(sa.delete(Assessment).where(*pair, Assessment.area_key == areas))
    for model, name in ((Forum, "forums"), (Unit, "units"), (Party, "parties")):
        _delete(session, (model,), list(diff.created.get(name, {})))


def _delete(session: Session, models: Sequence[type[Base]], keys: Sequence[str]) -> list[str]:
    """Delete by id, many at a time and one by one where that fails. Returns what is in use and stays."""
    stays: list[str] = []
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        if not _deleted(session, models, chunk):
            # The tree of units is read parents first, so that its leaves go first.
            stays += [key for key in reversed(chunk) if not _deleted(session, models, [key])]
    return stays


def _deleted(session: Session, models: Sequence[type[Base]], keys: Sequence[str]) -> bool:
    try:
        with session.begin_nested():
            for model in models:
                rows_of = table(model)
                session.execute(sa.delete(rows_of).where(rows_of.c.id.in_(keys)))
    except IntegrityError:
        return False
    return True
