"""Agreements for the administrator: the list with its overlaps, an edit with what it moves, and saving it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.records import agreements as records
from directory.records.agreements import Version
from directory.records.models import Party
from directory.rules import access, agreed, overlaps
from directory.rules.access import Action, Actor, Scope
from directory.rules.agreements import Candidate
from directory.rules.editing import Edit
from directory.rules.overlaps import Overlap
from directory.rules.sheets import Fault
from router.records import calendars, queries, recounting
from router.rules import recounting as rules
from router.rules.calendars import local_date
from router.rules.kept_calendars import BUILT_IN, Kept, Shelf
from router.rules.recounting import Cause, Outcome, Running

LONGEST_ID = 80


class NotAgreed(Invalid):
    """What was wanted has faults; nothing was changed."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("not_edited", field=f"/{faults[0].column}", faults=len(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Overview:
    """Every agreement there is, and where two hold at once. `parties` and `calendars` are names by id."""

    agreements: tuple[Candidate, ...]
    overlaps: tuple[Overlap, ...]
    parties: Mapping[str, str]
    calendars: Mapping[str, str]

    def of(self, agreement_id: str) -> tuple[Overlap, ...]:
        """The overlaps that one agreement is in."""
        return tuple(one for one in self.overlaps if agreement_id in (one.holds.id, one.other.id))


@dataclass(frozen=True, slots=True)
class Form:
    """An agreement to be edited: its cells, the version they are of, and what may be chosen. Version 0 is new."""

    id: str
    version: int
    cells: Mapping[str, str]
    history: tuple[Version, ...]
    makers: Mapping[int, str]
    parties: Mapping[str, str]
    calendars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would change, and what would become of open promises if they were counted anew."""

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    version: int
    outcome: Outcome
    overlaps: tuple[Overlap, ...]


def overview(database: Database, actor: Actor, *, today: date) -> Overview:
    """Raises NotAllowed for whoever may not edit agreements."""
    access.require_open(actor, Action.EDIT_AGREEMENT, Scope())
    with database.reading() as session:
        current = records.current(session)
        names, kinds = _parties(session)
        return Overview(current, overlaps.overlaps(current, kinds, on=today), names, _calendar_names(session))


def form(database: Database, agreement_id: str, actor: Actor, *, version: int | None = None) -> Form:
    """The agreement as it stands, or as an earlier version had it. Raises NotFound("no_agreement"), NotAllowed."""
    access.require_open(actor, Action.EDIT_AGREEMENT, Scope())
    with database.reading() as session:
        past = records.versions(session, agreement_id) if agreement_id else ()
        if agreement_id and not past:
            raise NotFound("no_agreement")
        number = past[0].candidate.version if past else 0
        chosen = next((one.candidate for one in past if one.candidate.version == (version or number)), None)
        if past and chosen is None:
            raise NotFound("no_agreement")
        names, _ = _parties(session)
        makers = queries.names(session, [one.made_by for one in past])
        cells = agreed.cells(chosen) if chosen else dict(agreed.EMPTY)
        return Form(agreement_id, number, cells, past, makers, names, _calendar_names(session))


def preview(
    database: Database, agreement_id: str, wanted: Mapping[str, str], actor: Actor, *, now: datetime
) -> Preview:
    """What saving would do, without doing it. Raises NotAllowed."""
    access.require_open(actor, Action.EDIT_AGREEMENT, Scope())
    with database.reading() as session:
        standing = _standing(session, agreement_id)
        found = _check(session, agreement_id, standing, wanted)
        outcome, met = Outcome(), tuple[Overlap, ...]()
        if found.candidate is not None:
            known = calendars.current(session)
            running = recounting.by_agreement(session, agreement_id, now=now)
            outcome = _recount(found.candidate, running, known, now=now)
            met = _overlaps(session, found.candidate, now=now)
        return Preview(found.edits, found.faults, standing.version if standing else 0, outcome, met)


def save(
    database: Database,
    agreement_id: str,
    wanted: Mapping[str, str],
    actor: Actor,
    *,
    version: int,
    recounted: bool = False,
    now: datetime,
) -> int | None:
    """Store a new version. New inquiries are promised by it; those that run keep theirs, unless `recounted`.

    Then their open promises that are neither broken nor due are counted anew from their own start by the new
    terms, and met by what those say. Returns how many fall due at another moment, None when nothing at all was
    changed. Raises Conflict("changed_meanwhile") unless `version` is the newest, NotAgreed with every fault.
    """
    access.require_open(actor, Action.EDIT_AGREEMENT, Scope())
    with database.writing() as session:
        standing = _standing(session, agreement_id)
        if (standing.version if standing else 0) != version:
            raise Conflict("changed_meanwhile")
        found = _check(session, agreement_id, standing, wanted)
        if found.candidate is None:
            raise NotAgreed(found.faults)
        if not found.edits and not recounted:
            return None
        # What was saved without counting may be counted later: then the version stands and only promises move.
        candidate = found.candidate if found.edits else standing or found.candidate
        outcome = Outcome()
        if recounted:
            known = calendars.current(session)
            running = recounting.by_agreement(session, agreement_id, now=now, locked=True)
            outcome = _recount(candidate, running, known, now=now)
        if found.edits:
            records.add(session, candidate, made_by=actor.account_id, now=now)
        fields = [one.field for one in found.edits]
        _store(session, candidate, outcome, actor, fields=fields, now=now)
        return len(outcome.moved)


def _store(
    session: Session,
    candidate: Candidate,
    outcome: Outcome,
    actor: Actor,
    *,
    fields: list[str],
    now: datetime,
) -> None:
    facts = {"cause": Cause.AGREEMENT.value, "name": candidate.name, "version": candidate.version}
    recounting.store(session, outcome.recounted, facts=facts, by=actor.account_id, now=now)
    told = {"version": candidate.version, "fields": fields, "moved": len(outcome.moved)}
    deed = audit.Deed(actor.account_id, Action.EDIT_AGREEMENT, "agreement", candidate.id, facts=told)
    changed = dict.fromkeys(one.running.reference for one in outcome.changed)
    deeds = [
        audit.Deed(
            actor.account_id, "deadline.recount", "inquiry", reference, facts={"agreement": candidate.id}
        )
        for reference in changed
    ]
    audit.record(session, [deed, *deeds], now=now)


def _standing(session: Session, agreement_id: str) -> Candidate | None:
    past = records.versions(session, agreement_id)
    return past[0].candidate if past else None


def _check(
    session: Session, agreement_id: str, standing: Candidate | None, wanted: Mapping[str, str]
) -> agreed.Checked:
    parties, _ = _parties(session)
    return agreed.check(
        agreement_id,
        standing.version + 1 if standing else 1,
        agreed.cells(standing) if standing else agreed.EMPTY,
        wanted,
        parties=parties.keys(),
        calendars=_calendar_names(session).keys(),
    )


def _recount(
    candidate: Candidate, running: list[Running], known: Mapping[str, Kept], *, now: datetime
) -> Outcome:
    shelf = Shelf(known)

    def way(one: Running) -> rules.Way | None:
        calendar = shelf.calendar(candidate.calendar_id, party_id=one.party_id, mailbox_id=one.mailbox_id)
        return rules.agreed_way(candidate, one, calendar)

    return rules.recount(running, way, now=now)


def _overlaps(session: Session, wanted: Candidate, *, now: datetime) -> tuple[Overlap, ...]:
    _, kinds = _parties(session)
    others = [one for one in records.current(session) if one.id != wanted.id]
    pairs = (overlaps.overlaps((wanted, one), kinds, on=local_date(now)) for one in others)
    return tuple(one for pair in pairs for one in pair)


def _parties(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    rows = session.execute(sa.select(Party.id, Party.name, Party.kind).order_by(Party.sort_key)).all()
    return {row.id: row.name for row in rows}, {row.id: row.kind for row in rows}


def _calendar_names(session: Session) -> dict[str, str]:
    own = {one.id: one.name for one in calendars.current(session).values() if not one.is_local}
    return {BUILT_IN.id: ""} | own
