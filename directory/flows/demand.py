"""Counting what was looked for and not found: by day, words, asking side and place, never by person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from config.database import Database
from directory.records import needs, search
from directory.records.queries import party
from directory.rules import areas, demand, unit_kinds
from directory.rules.found import Found, Wanted
from directory.rules.paths import PathStatus
from directory.rules.terms import PartyKind


@dataclass(frozen=True, slots=True)
class Missed:
    """A search without a usable answer; `closed_id` is the way in that was not open to the asker, or a switchboard."""

    text: str
    from_party: str
    area: str
    closed_id: str = ""
    party_kinds: tuple[str, ...] = ()


def missed(wanted: Wanted, found: Found) -> Missed | None:
    """What is to be counted of a search; None when it was answered, or asked for nothing in particular."""
    if found.path.status is not PathStatus.MISSING or wanted.offset or not (wanted.text or wanted.from_party):
        return None
    closed = str(found.path.because.facts.get("entry_point", ""))
    return Missed(wanted.text, wanted.from_party, found.area or wanted.area, closed, wanted.party_kinds)


def count(database: Database, one: Missed, *, today: date) -> bool:
    """Count it, in one short transaction. False when it may not be kept or the day is full."""
    words = demand.words(one.text)
    if words is None or (one.area and not areas.is_area(one.area)):
        return False
    with database.writing() as session:
        asking = party(session, one.from_party) if one.from_party not in set(PartyKind) else None
        closed = search.by_ids(session, [one.closed_id]).get(one.closed_id) if one.closed_id else None
        if closed is not None:
            kinds = unit_kinds.kinds_of(closed.party_kind, closed.unit_name, json.dumps(closed.topics))
            # What was looked for was a unit, when the way in that was closed leads to one alone.
            to_side = kinds[0] if len(kinds) == 1 else _side(closed.party_id, closed.party_kind)
        else:
            to_side = one.party_kinds[0] if len(one.party_kinds) == 1 else ""
        from_side = _side(asking.id, asking.kind) if asking else one.from_party[:80]
        return needs.count_search(
            session,
            {"day": today, "from_side": from_side, "to_side": to_side, "area": one.area, "words": words},
        )


def _side(party_id: str, kind: str) -> str:
    return party_id if kind == PartyKind.AGENCY else kind
