"""Asking the search index: one statement finds and filters, the rules rank, one statement reads what is shown.

FTS5 and tsvector are asked in their own languages for the same terms, and answer in the same order: the order in which
entry points were put in. Their own ranks differ, so the few that are found are ranked by directory.rules.ranking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records import probing
from directory.records.index import is_sqlite
from directory.records.probing import Candidate, Tier
from directory.rules import nextbest, paths, ranking, upkeep
from directory.rules.ranking import Matched, Standing, Texts
from directory.rules.terms import EntryPointKind
from directory.rules.tokens import Question

# Joined to the wide rows last, so that only what is shown is read in full.
_ITEMS = """
    SELECT e.id, e.name, e.kind, e.party_id, p.name AS party_name,
        p.short_name AS party_short, p.kind AS party_kind, e.unit_id, u.name AS unit_name, e.areas, e.purpose,
        e.from_parties, e.topics, e.phone_hours, e.verified_on, e.response_working_days, e.meeting_calendar_days,
        e.mailbox_id, e.alternative_id, e.status, m.keepers, e.date_hours, e.doubt, f.promises, f.late,
        (SELECT c.value FROM channel c WHERE c.entry_point_id = e.id AND c.kind = 'phone'
            ORDER BY c.position LIMIT 1) AS phone
    FROM best JOIN entry_point e ON e.id = best.id JOIN party p ON p.id = e.party_id
    JOIN unit u ON u.id = e.unit_id LEFT JOIN mailbox m ON m.id = e.mailbox_id
    LEFT JOIN performance f ON f.mailbox_id = e.mailbox_id
    ORDER BY {party_order}, {name_order}, e.id"""
_BY_IDS = "SELECT id FROM entry_point WHERE id IN :ids"
_NEXT_BEST = """
    SELECT id FROM entry_point WHERE status = 'active' AND id IN (
        SELECT id FROM entry_point WHERE id IN :ids
        UNION SELECT id FROM entry_point WHERE kind = :switchboard AND party_id IN :parties
        UNION SELECT a.entry_point_id FROM entry_point_area a JOIN entry_point n ON n.id = a.entry_point_id
            WHERE a.area IN :around AND n.kind IN :kinds)"""
_TYPES: dict[str, Any] = {
    "areas": sa.JSON(),
    "from_parties": sa.JSON(),
    "topics": sa.JSON(),
    "verified_on": sa.Date(),
}

_NAMES = """
    id name kind party_id party_name party_short party_kind unit_id unit_name areas purpose
    from_parties topics phone_hours verified_on response_working_days meeting_calendar_days mailbox_id
    alternative_id status keepers date_hours doubt promises late phone
    """.split()

Hit = sa.Row[Any]


class Ranked(NamedTuple):
    """One that was weighed; `is_far` is set outside the window, where only the order counts."""

    id: str
    n: int
    is_far: bool
    score: float
    matched: tuple[Matched, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One that was found: how well it fits, up to about 1, what it was found by, and how many its tier has in all."""

    hit: Hit
    tier: int
    score: float
    matched: tuple[Matched, ...]
    total: int


def ask(
    session: Session, question: Question, tiers: Sequence[Tier], *, area: str, today: date, rows: int
) -> Sequence[Found]:
    """The best rows of every tier, tier by tier; `total` counts the tier's matches, not only these rows."""
    gathered = probing.gather(session, question, tiers, rows)
    best = [
        (tier, one)
        for tier, those in enumerate(gathered)
        for one in _ranked(question, those.candidates, area=area, today=today)[:rows]
    ]
    hits = by_ids(session, [one.id for _, one in best])
    return [Found(hits[one.id], tier, one.score, one.matched, gathered[tier].total) for tier, one in best]


def _ranked(question: Question, candidates: Sequence[Candidate], *, area: str, today: date) -> list[Ranked]:
    """Those of the window by what they are worth; the others follow as they came, on every page the same."""
    weighed = [_weigh(question, one, area, today) for one in candidates]
    return sorted(weighed, key=lambda one: (one.is_far, -one.score if not one.is_far else 0.0, one.n))


def _weigh(question: Question, one: Candidate, area: str, today: date) -> Ranked:
    texts = Texts(f" {one.name} ", f" {one.matter} ", f" {one.owner} ", f" {one.body} ")
    worth, why = ranking.text_worth(question.sought, texts)
    exact = one.is_near or (bool(area) and not question.places)
    standing = Standing(
        one.kind,
        exact,
        bool(one.is_regional),
        one.mailbox_id is not None,
        one.keepers,
        one.verified_on,
        is_doubted=bool(one.doubt),
        is_breaking=paths.is_breaking(one.promises or 0, one.late or 0),
        is_paused=upkeep.closed(one.closed_from, one.closed_to, None, today) is not None,
    )
    worth += ranking.standing_worth(standing, today) + ranking.close_name(question.sought, one.name)
    return Ranked(one.id, one.n, one.is_far, worth, why)


def by_ids(session: Session, entry_point_ids: Sequence[str]) -> dict[str, Hit]:
    """The same rows for known entry points, whatever their status."""
    if not entry_point_ids:
        return {}
    found = session.execute(_chosen(is_sqlite(session), _BY_IDS), {"ids": list(entry_point_ids)})
    return {row.id: row for row in found}


def next_best(
    session: Session, entry_point_ids: Sequence[str], around: Sequence[str], parties: Sequence[str]
) -> Sequence[Hit]:
    """Active ways in that may help when no path was found: these, those for liaison here, switchboards."""
    facts = {
        "ids": list(entry_point_ids),
        "around": list(around),
        "kinds": list(nextbest.HELPING),
        "parties": list(parties),
        "switchboard": EntryPointKind.SWITCHBOARD.value,
    }
    return session.execute(_chosen(is_sqlite(session), _NEXT_BEST), facts).all()


@cache
def _chosen(sqlite: bool, chosen: str) -> sa.TextualSelect:
    text = f"WITH best AS ({chosen}) {_ITEMS.format(**_order(sqlite))}"
    names = [name for name in ("ids", "around", "kinds", "parties") if f":{name}" in chosen]
    return _typed(
        sa.text(text).bindparams(*(sa.bindparam(name, type_=sa.String(), expanding=True) for name in names))
    )


def _order(sqlite: bool) -> dict[str, str]:
    # Sort keys are made for binary order, which PostgreSQL keeps only when told.
    binary = "" if sqlite else ' COLLATE "C"'
    return {"party_order": f"p.sort_key{binary}", "name_order": f"e.name{binary}"}


def _typed(statement: sa.TextClause) -> sa.TextualSelect:
    # All columns in their order: then SQLAlchemy keeps what it found out about them with the statement.
    return statement.columns(*(sa.column(name, _TYPES.get(name)) for name in _NAMES))
