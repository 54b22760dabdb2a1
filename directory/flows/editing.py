"""Editing an entry point: form, preview, save, undo, release; two editors never overwrite each other unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.records import cells, changes, held, points, stand_ins
from directory.records.changes import Past, Why
from directory.records.points import Point
from directory.records.stand_ins import StandIn
from directory.rules import access, editing
from directory.rules.access import Action, Actor
from directory.rules.editing import Edit
from directory.rules.sheets import Fault

HISTORY = 200


class NotEdited(Invalid):
    """What was wanted has faults; nothing was changed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("not_edited", field=f"/{faults[0].column}", faults=len(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Form:
    """An entry point to be edited: its cells, which of them may be, which are held, and what they were.

    `alternatives` are the ways in that may be named as the one to use instead, and the one that is.
    """

    id: str
    name: str
    cells: Mapping[str, str]
    fields: tuple[str, ...]
    held: frozenset[str]
    version: str
    alternatives: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would change now. `is_stale`: somebody has changed the entry point since the form was read."""

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    version: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class History:
    """What was changed, latest first; `undoable` are the changes whose value still stands."""

    id: str
    name: str
    past: tuple[Past, ...]
    undoable: frozenset[int]
    held: frozenset[str]
    may_edit: bool


def form(database: Database, entry_point_id: str, actor: Actor) -> Form:
    """Raises NotFound("no_entry_point"), NotAllowed."""
    with database.reading() as session:
        point = _editable(session, entry_point_id, actor)
        standing = cells.read(session, [entry_point_id])[entry_point_id]
        kept = held.held(session, [entry_point_id]).get(entry_point_id, frozenset())
        offered = stand_ins.offered(session, entry_point_id)
        if (named := standing["alternative_id"]) and named not in {one.id for one in offered}:
            offered = (*offered, *stand_ins.named(session, named))
        version = editing.fingerprint(standing)
        return Form(point.id, point.name, standing, editing.editable(standing), kept, version, offered)


def preview(
    database: Database, entry_point_id: str, wanted: Mapping[str, str], actor: Actor, *, version: str
) -> Preview:
    """What saving would do. Raises NotFound("no_entry_point"), NotAllowed."""
    with database.reading() as session:
        _editable(session, entry_point_id, actor)
        standing = cells.read(session, [entry_point_id])[entry_point_id]
        found = changes.check(session, entry_point_id, standing, wanted)
        newest = editing.fingerprint(standing)
        return Preview(found.edits, found.faults, newest, newest != version)


def save(
    database: Database,
    entry_point_id: str,
    wanted: Mapping[str, str],
    actor: Actor,
    *,
    version: str,
    now: datetime,
) -> tuple[Edit, ...]:
    """Save what differs; nothing at all is no change.

    Raises Conflict("changed_meanwhile") unless the entry point is as it was when the form was read, and
    NotEdited with every fault.
    """
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        standing = _lock(session, entry_point_id)
        if editing.fingerprint(standing) != version:
            raise Conflict("changed_meanwhile")
        return _apply(session, entry_point_id, standing, wanted, why=Why("edit", actor.account_id, now))


def undo(database: Database, entry_point_id: str, change_id: int, actor: Actor, *, now: datetime) -> None:
    """Put one field back to what it was before a change.

    Raises Conflict("changed_since") when the field has changed again, NotEdited when the old value would no
    longer be let in.
    """
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        edit = changes.one(session, entry_point_id, change_id)
        if edit is None:
            raise NotFound()
        standing = _lock(session, entry_point_id)
        if edit.field not in editing.editable(standing) or standing[edit.field] != edit.after:
            raise Conflict("changed_since")
        wanted = {edit.field: edit.before}
        _apply(session, entry_point_id, standing, wanted, why=Why("undo", actor.account_id, now))


def release(database: Database, entry_point_id: str, field: str, actor: Actor, *, now: datetime) -> None:
    """Let imports decide a field again. Raises Conflict("field_not_held")."""
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        if not held.release(session, entry_point_id, field):
            raise Conflict("field_not_held")
        facts = {"fields": [field]}
        deed = audit.Deed(actor.account_id, "entry_point.release", "entry_point", entry_point_id, facts=facts)
        audit.record(session, [deed], now=now)


def history(database: Database, entry_point_id: str, actor: Actor) -> History:
    """What was changed, for anybody who is signed in; names of people are for those who may edit."""
    with database.reading() as session:
        point = points.find(session, entry_point_id)
        standing = cells.read(session, [entry_point_id])[entry_point_id]
        past = changes.past(session, entry_point_id, limit=HISTORY)
        may_edit = access.may(actor, Action.EDIT, point.scope)
        fields = editing.editable(standing) if may_edit else ()
        undoable = frozenset(
            one.id for one in past if one.field in fields and standing[one.field] == one.after
        )
        kept = held.held(session, [entry_point_id]).get(entry_point_id, frozenset())
        return History(point.id, point.name, past, undoable, kept, may_edit)


def _editable(session: Session, entry_point_id: str, actor: Actor) -> Point:
    point = points.find(session, entry_point_id)
    access.require_open(actor, Action.EDIT, point.scope)
    return point


def _lock(session: Session, entry_point_id: str) -> dict[str, str]:
    standing = cells.lock(session, entry_point_id)
    if standing is None:
        raise NotFound("no_entry_point", entry_point=entry_point_id)
    return standing


def _apply(
    session: Session, entry_point_id: str, standing: Mapping[str, str], wanted: Mapping[str, str], *, why: Why
) -> tuple[Edit, ...]:
    found = changes.check(session, entry_point_id, standing, wanted)
    if found.faults:
        raise NotEdited(found.faults)
    if found.edits:
        changes.apply(session, entry_point_id, found.edits, found.record, why=why)
    return found.edits
