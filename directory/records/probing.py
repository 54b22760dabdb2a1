"""What the search index finds: one statement of several probes, in the same order on every database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records import matching
from directory.records.index import is_sqlite
from directory.rules.asking import Sought
from directory.rules.tokens import Question

# Each probe gives so many at most: the exact place and the wider one are probes of their own, as is each word alone.
WINDOW = 150
# Without words there is no best; a county's whole list fits in here.
LISTED = 300
MOST_ALONE = 4

_PROBE = {
    True: """
    SELECT * FROM (SELECT {number} AS probe, rowid AS n, entry_point_id, name, matter, owner, body
    FROM entry_search WHERE entry_search MATCH :match{number} ORDER BY rowid LIMIT :most) AS probe{number}""",
    False: """
    SELECT * FROM (SELECT {number} AS probe, n, entry_point_id, name, matter, owner, body
    FROM entry_search WHERE vector @@ CAST(:match{number} AS tsquery) ORDER BY n LIMIT :most) AS probe{number}""",
}
_CANDIDATES = """
    SELECT hit.probe, hit.n, e.id, hit.name, hit.matter, hit.owner, hit.body, e.kind,
        CAST(e.areas AS text) NOT LIKE '%"SE"%' AS is_regional, e.verified_on,
        e.mailbox_id, m.keepers, e.doubt, f.promises, f.late, z.starts_on, z.ends_on
    FROM ({probes}) AS hit JOIN entry_point e ON e.id = hit.entry_point_id LEFT JOIN mailbox m ON m.id = e.mailbox_id
    LEFT JOIN performance f ON f.mailbox_id = e.mailbox_id LEFT JOIN pause z ON z.entry_point_id = e.id"""
_COUNT = {
    True: "SELECT count(*) FROM entry_search WHERE entry_search MATCH :match",
    False: "SELECT count(*) FROM entry_search WHERE vector @@ CAST(:match AS tsquery)",
}


@dataclass(frozen=True, slots=True)
class Tier:
    """One way to ask: all words or any, and either what is open to the askers or what is closed to them."""

    any_word: bool = False
    closed: bool = False


_NAMES = """
    probe n id name matter owner body kind is_regional verified_on mailbox_id keepers
    doubt promises late closed_from closed_to
    """.split()
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("verified_on", "closed_from", "closed_to"), sa.Date()),
}

CLOSED, PARTLY, PARTLY_CLOSED = Tier(closed=True), Tier(any_word=True), Tier(any_word=True, closed=True)
OPEN = (Tier(),)
ANY_WORD = (PARTLY,)
# In one statement when nothing fits exactly: what fits but is closed; what fits in part; both at once.
NEXT = (CLOSED, PARTLY, PARTLY_CLOSED)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to the index for a tier; `is_near` asks for those that cover the exact place."""

    tier: int
    is_near: bool
    question: Question


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was found, with what it is ranked by. `n` is its place in the index's order."""

    is_near: bool
    is_far: bool
    n: int
    id: str
    name: str
    matter: str
    owner: str
    body: str
    kind: str
    is_regional: bool
    verified_on: date | None
    mailbox_id: str | None
    keepers: int | None
    doubt: str | None
    promises: int | None
    late: int | None
    closed_from: date | None
    closed_to: date | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """A tier's candidates, and how many it has in all."""

    candidates: Sequence[Candidate]
    total: int


def gather(session: Session, question: Question, tiers: Sequence[Tier], rows: int) -> list[Gathered]:
    """What each tier finds: the window that is ranked, and beyond it as many as `rows` asks for."""
    window = WINDOW if question.sought else LISTED
    most = max(window, rows)
    probes = [
        Probe(number, near, asked)
        for number, tier in enumerate(tiers)
        for near, asked in _probes(question, any_word=tier.any_word)
    ]
    found: list[dict[str, Candidate]] = [{} for _ in tiers]
    reached = Counter[int]()
    facts: list[Any]
    for row in _run(session, probes, tiers, most):
        number, *facts = tuple(row)
        probe = probes[number]
        reached[number] += 1
        one = Candidate(probe.is_near, reached[number] > window, *facts)
        kept = found[probe.tier].get(one.id)
        if kept is None or (kept.is_far and not one.is_far):
            found[probe.tier][one.id] = one
    cut = {probes[number].tier for number, count in reached.items() if count >= most}
    return [
        Gathered(tuple(those.values()), _total(session, question, tier, len(those), is_cut=number in cut))
        for number, (those, tier) in enumerate(zip(found, tiers, strict=True))
    ]


def _probes(question: Question, *, any_word: bool) -> Iterator[tuple[bool, Question]]:
    """The exact place first, then wherever it may be; with any word, as many of the words as may be."""
    sought = sorted(question.sought, key=lambda one: -one.rarity)
    chosen: list[tuple[Sought, ...]] = [question.sought]
    if any_word:
        several = range(len(sought)) if len(sought) > 2 else ()
        chosen = [(*sought[:left_out], *sought[left_out + 1 :]) for left_out in several]
        chosen += [(one,) for one in sought[:MOST_ALONE]]
    for those in chosen:
        asked = replace(question, sought=those)
        if not any_word and question.near:
            yield True, replace(asked, places=question.near)
            # What covers the exact place is found by then.
            asked = replace(asked, places=tuple(one for one in question.places if one not in question.near))
        yield False, asked


def _run(
    session: Session, probes: Sequence[Probe], tiers: Sequence[Tier], most: int
) -> Sequence[sa.Row[Any]]:
    sqlite = is_sqlite(session)
    match = matching.fts if sqlite else matching.vector
    facts: dict[str, Any] = {"most": most}
    for number, probe in enumerate(probes):
        facts[f"match{number}"] = match(probe.question, closed=tiers[probe.tier].closed)
    return session.connection().execute(_probing(sqlite, len(probes)), facts).all()


def _total(session: Session, question: Question, tier: Tier, found: int, *, is_cut: bool) -> int:
    """Only where a probe was cut off, or not every word was tried alone, is counting worth its while."""
    if not is_cut and not (tier.any_word and len(question.sought) > MOST_ALONE):
        return found
    sqlite = is_sqlite(session)
    match = (matching.fts if sqlite else matching.vector)(
        question, any_word=tier.any_word, closed=tier.closed
    )
    return int(session.connection().execute(_counting(sqlite), {"match": match}).scalar_one())


@cache
def _probing(sqlite: bool, count: int) -> sa.TextualSelect:
    probes = " UNION ALL ".join(_PROBE[sqlite].format(number=number) for number in range(count))
    # In the order of the probes, whatever the database would have chosen.
    text = sa.text(_CANDIDATES.format(probes=probes) + " ORDER BY hit.probe, hit.n")
    return text.columns(*(sa.column(name, _TYPES.get(name)) for name in _NAMES))


@cache
def _counting(sqlite: bool) -> sa.TextClause:
    return sa.text(_COUNT[sqlite])
