"""How many of what a question finds are of which kinds: for narrowing a search, each kind with its number."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records import matching
from directory.records.index import is_sqlite
from directory.records.probing import Tier
from directory.rules.found import Counts, Wanted
from directory.rules.tokens import Question

_GROUPED = """
    SELECT p.kind AS party_kind, e.kind AS entry_kind, CAST(e.inquiry_kinds AS text) AS kinds, count(*) AS n
    FROM entry_search JOIN entry_point e ON e.id = entry_search.entry_point_id JOIN party p ON p.id = e.party_id
    WHERE {matches} GROUP BY p.kind, e.kind, CAST(e.inquiry_kinds AS text)"""


@dataclass(frozen=True, slots=True)
class Group:
    """So many entry points of one kind of party, one kind of their own, and these kinds of inquiry."""

    party_kind: str
    entry_kind: str
    kinds: tuple[str, ...]
    n: int


def groups(session: Session, question: Question, tier: Tier) -> Sequence[Group]:
    """All that the question finds, whatever kinds it asks for, by kinds."""
    sqlite = is_sqlite(session)
    every = replace(question, kind="", groups=())
    match = matching.fts if sqlite else matching.vector
    facts: dict[str, Any] = {"match": match(every, any_word=tier.any_word, closed=tier.closed)}
    return [
        Group(row.party_kind, row.entry_kind, tuple(json.loads(row.kinds)), row.n)
        for row in session.execute(_statement(sqlite), facts)
    ]


def counts(groups: Sequence[Group], wanted: Wanted) -> Counts:
    """Every group is counted in a choice when the other two choices let it through."""
    by_party: Counter[str] = Counter()
    by_entry: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    for group in groups:
        party_fits = not wanted.party_kinds or group.party_kind in wanted.party_kinds
        entry_fits = not wanted.entry_kinds or group.entry_kind in wanted.entry_kinds
        kind_fits = not wanted.kind or wanted.kind in group.kinds
        by_party[group.party_kind] += group.n * (entry_fits and kind_fits)
        by_entry[group.entry_kind] += group.n * (party_fits and kind_fits)
        for kind in group.kinds:
            by_kind[kind] += group.n * (party_fits and entry_fits)
    return Counts(by_party, by_entry, by_kind)


@cache
def _statement(sqlite: bool) -> sa.TextClause:
    matches = "entry_search MATCH :match" if sqlite else "vector @@ CAST(:match AS tsquery)"
    return sa.text(_GROUPED.format(matches=matches))
