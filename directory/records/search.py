"""Asking the search index: one statement that finds, filters, ranks and counts.

FTS5 (bm25) and tsvector (ts_rank) are asked in their own languages for the same words. What follows is the
same on both: a small advantage for the exact place, and for what is structured and fresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records.index import is_sqlite
from directory.rules import nextbest, paths, tokens
from directory.rules.terms import EntryPointKind
from directory.rules.tokens import Question

# Of all that matches, so many of the best by words alone are weighed by place and freshness too.
WINDOW = 60
# Without words there is no best; a county's whole list fits in here.
LISTED = 300

# bm25 takes the columns' weights in order: entry_point_id, name, matter, body, place, askers.
_FTS = """
    SELECT entry_point_id, tier, worth, row_number() OVER (ORDER BY worth DESC, place) AS n
    FROM (SELECT entry_point_id, {tier} AS tier, {worth} AS worth, {order} AS place
        FROM entry_search WHERE entry_search MATCH :match{tier}
        ORDER BY worth DESC, place LIMIT :most) AS hit{tier}"""
_FTS_WORTH = "-bm25(entry_search, 0.0, 8.0, 4.0, 1.0, 0.0, 0.0)"
_FTS_COUNT = "SELECT count(*) FROM entry_search WHERE entry_search MATCH :match{tier}"
# ts_rank takes the weights of the letters D, C, B, A.
_VECTOR = """
    SELECT entry_point_id, tier, worth, row_number() OVER (ORDER BY worth DESC, place) AS n
    FROM (SELECT entry_point_id, {tier} AS tier, {worth} AS worth, {order} AS place
        FROM entry_search WHERE vector @@ CAST(:match{tier} AS tsquery)
        ORDER BY worth DESC, place LIMIT :most) AS hit{tier}"""
_VECTOR_WORTH = "10 * ts_rank('{{0, 0.1, 0.4, 1}}', vector, CAST(:words{tier} AS tsquery))"
_VECTOR_COUNT = "SELECT count(*) FROM entry_search WHERE vector @@ CAST(:match{tier} AS tsquery)"

_BEST = """
    SELECT e.id, hit.tier, worth * (1
        + CASE WHEN EXISTS (SELECT 1 FROM entry_point_area a
            WHERE a.entry_point_id = e.id AND a.area = :area) THEN 0.3 ELSE 0 END
        + CASE WHEN m.keepers >= {enough} AND e.verified_on >= :fresh THEN 0.15 ELSE 0 END
        ) AS score, CASE WHEN hit.n > :window THEN hit.n ELSE 0 END AS far
    FROM hit JOIN entry_point e ON e.id = hit.entry_point_id
    JOIN party p ON p.id = e.party_id LEFT JOIN mailbox m ON m.id = e.mailbox_id
    ORDER BY hit.tier, far, score DESC, {party_order}, {name_order}, e.id LIMIT :rows"""

# Weighed first and joined to the wide rows afterwards, so that only what is shown is read in full.
_ITEMS = """
    SELECT best.tier, best.score, {total} AS total, e.id, e.name, e.kind, e.party_id, p.name AS party_name,
        p.short_name AS party_short, p.kind AS party_kind, e.unit_id, u.name AS unit_name, e.areas, e.purpose,
        e.from_parties, e.topics, e.phone_hours, e.verified_on, e.response_working_days, e.meeting_calendar_days,
        e.mailbox_id, e.alternative_id, e.status, m.keepers,
        (SELECT c.value FROM channel c WHERE c.entry_point_id = e.id AND c.kind = 'phone'
            ORDER BY c.position LIMIT 1) AS phone
    FROM best JOIN entry_point e ON e.id = best.id JOIN party p ON p.id = e.party_id
    JOIN unit u ON u.id = e.unit_id LEFT JOIN mailbox m ON m.id = e.mailbox_id
    ORDER BY best.tier, best.far, best.score DESC, {party_order}, {name_order}, e.id"""
# Fewer than the most that were read is all there is; only then counting again would be wasted.
_TOTAL = """
    WHEN {tier} THEN CASE WHEN (SELECT count(*) FROM hit WHERE tier = {tier}) < :most
        THEN (SELECT count(*) FROM hit WHERE tier = {tier}) ELSE ({count}) END"""
_BY_IDS = "SELECT id, 0 AS tier, 0.0 AS score, 0 AS far FROM entry_point WHERE id IN :ids"
_NEXT_BEST = """
    SELECT id, 0 AS tier, 0.0 AS score, 0 AS far FROM entry_point WHERE status = 'active' AND id IN (
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
    tier score total id name kind party_id party_name party_short party_kind unit_id unit_name areas purpose
    from_parties topics phone_hours verified_on response_working_days meeting_calendar_days mailbox_id
    alternative_id status keepers phone
    """.split()

Hit = sa.Row[Any]
Statement = sa.TextualSelect


@dataclass(frozen=True, slots=True)
class Tier:
    """One way to ask: all words or any, and either what is open to the askers or what is closed to them."""

    any_word: bool = False
    closed: bool = False


CLOSED, PARTLY, PARTLY_CLOSED = Tier(closed=True), Tier(any_word=True), Tier(any_word=True, closed=True)
OPEN = (Tier(),)
ANY_WORD = (PARTLY,)
# In one statement when nothing fits exactly: what fits but is closed; what fits in part; both at once.
NEXT = (CLOSED, PARTLY, PARTLY_CLOSED)


def ask(
    session: Session, question: Question, tiers: Sequence[Tier], *, area: str, today: date, rows: int
) -> Sequence[Hit]:
    """The best rows of every tier, tier by tier; `total` counts the tier's matches, not only these rows."""
    sqlite = is_sqlite(session)
    match = fts_match if sqlite else vector_match
    facts: dict[str, Any] = {
        f"match{number}": match(question, any_word=tier.any_word, closed=tier.closed)
        for number, tier in enumerate(tiers)
    }
    ranked = bool(question.words)
    if ranked and not sqlite:
        facts |= {
            f"words{number}": vector_words(question, tier.any_word) for number, tier in enumerate(tiers)
        }
    # The window is the same for every page, so that pages of one search never overlap.
    window = WINDOW if ranked else LISTED
    facts |= {"area": area, "fresh": today - paths.VERIFIED_FOR}
    facts |= {"rows": rows, "window": window, "most": max(window, rows)}
    return session.connection().execute(_statement(sqlite, ranked, len(tiers)), facts).all()


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
def _statement(sqlite: bool, ranked: bool, tiers: int) -> Statement:
    part, worth, count = (_FTS, _FTS_WORTH, _FTS_COUNT) if sqlite else (_VECTOR, _VECTOR_WORTH, _VECTOR_COUNT)
    # Rows of an index made whole stand in the order of parties and names; ties keep it.
    order = "rowid" if sqlite and ranked else "entry_point_id"
    hits = [
        part.format(tier=tier, worth=worth.format(tier=tier) if ranked else "1.0", order=order)
        for tier in range(tiers)
    ]
    totals = " ".join(_TOTAL.format(tier=tier, count=count.format(tier=tier)) for tier in range(tiers))
    text = "WITH hit AS ({hits}), best AS ({best}) {items}".format(
        hits=" UNION ALL ".join(hits),
        best=_BEST.format(enough=paths.ENOUGH_KEEPERS, **_order(sqlite)),
        items=_ITEMS.format(total=f"CASE best.tier {totals} END", **_order(sqlite)),
    )
    return _typed(sa.text(text).bindparams(sa.bindparam("fresh", type_=sa.Date())))


@cache
def _chosen(sqlite: bool, chosen: str) -> Statement:
    text = f"WITH best AS ({chosen}) {_ITEMS.format(total=0, **_order(sqlite))}"
    names = [name for name in ("ids", "around", "kinds", "parties") if f":{name}" in chosen]
    return _typed(
        sa.text(text).bindparams(*(sa.bindparam(name, type_=sa.String(), expanding=True) for name in names))
    )


def _order(sqlite: bool) -> dict[str, str]:
    # Sort keys are made for binary order, which PostgreSQL keeps only when told.
    binary = "" if sqlite else ' COLLATE "C"'
    return {"party_order": f"p.sort_key{binary}", "name_order": f"e.name{binary}"}


def _typed(statement: sa.TextClause) -> Statement:
    # All columns in their order: then SQLAlchemy keeps what it found out about them with the statement.
    return statement.columns(*(sa.column(name, _TYPES.get(name)) for name in _NAMES))


def fts_match(question: Question, *, any_word: bool = False, closed: bool = False) -> str:
    """The question in FTS5's language, every word quoted."""
    parts = []
    if question.words:
        quoted = [f'"{word}"' for word in question.words]
        quoted[-1] += " *"
        parts.append(f"{{name matter body}} : ({(' OR ' if any_word else ' AND ').join(quoted)})")
    places = question.places or (tokens.EVERYTHING,)
    parts.append(f"place : ({' OR '.join(map(_fts_token, places))})")
    if question.kind:
        parts.append(f'askers : "k{question.kind}"')
    parts += [f"askers : ({' OR '.join(map(_fts_token, group))})" for group in question.groups]
    askers = f"askers : ({' OR '.join(map(_fts_token, question.askers))})"
    if closed:
        return f"({' AND '.join(parts)}) NOT ({askers})"
    return " AND ".join([*parts, askers] if question.askers else parts)


def vector_match(question: Question, *, any_word: bool = False, closed: bool = False) -> str:
    """The same in tsquery's language; what filters stands under weight D alone."""
    places = question.places or (tokens.EVERYTHING,)
    parts = [f"({vector_words(question, any_word)})"] if question.words else []
    parts.append(f"({' | '.join(map(_vector_token, places))})")
    if question.kind:
        parts.append(f"'k{question.kind}':D")
    parts += [f"({' | '.join(map(_vector_token, group))})" for group in question.groups]
    if question.askers:
        parts.append(f"{'!' if closed else ''}({' | '.join(map(_vector_token, question.askers))})")
    return " & ".join(parts)


def vector_words(question: Question, any_word: bool) -> str:
    quoted = [f"'{word}':ABC" for word in question.words]
    quoted[-1] = f"'{question.words[-1]}':*ABC"
    return (" | " if any_word else " & ").join(quoted)


def _fts_token(token: str) -> str:
    return f'"{token[:-1]}" *' if token.endswith("*") else f'"{token}"'


def _vector_token(token: str) -> str:
    return f"'{token[:-1]}':*D" if token.endswith("*") else f"'{token}':D"
