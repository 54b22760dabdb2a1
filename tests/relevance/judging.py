"""Judged queries: what was asked, by whom and where, and which answers are right."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from config.database import Database
from directory.flows import lookup
from directory.flows.lookup import Wanted

TODAY = date(2026, 11, 23)
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Query:
    """`right` are ids of entry points, with `*` for whatever may stand there, any of which answers the question."""

    kind: str
    text: str
    from_party: str
    area: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found, and at which place the first right one stands; 0 when none was found."""

    query: Query
    found: tuple[str, ...]
    place: int


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1 of `count` queries."""

    count: int
    first: float
    among_three: float
    reciprocal: float


def read(path: Path) -> list[Query]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Query(row["kind"], row["text"], row["from"], row["area"], tuple(row["right"].split("|")))
            for row in csv.DictReader(file)
        ]


def ask(database: Database, queries: Sequence[Query]) -> list[Judged]:
    return [_judge(database, query) for query in queries]


def scores(judged: Sequence[Judged]) -> Mapping[str, Score]:
    """By kind of query, and `all` of them."""
    places: dict[str, list[int]] = defaultdict(list)
    for one in judged:
        places[one.query.kind].append(one.place)
        places["all"].append(one.place)
    return {kind: _score(those) for kind, those in sorted(places.items())}


def table(found: Mapping[str, Score]) -> str:
    lines = [f"{'kind':<14} queries  first  three  reciprocal"]
    for kind, one in found.items():
        lines.append(
            f"{kind:<14} {one.count:7}  {one.first:.3f}  {one.among_three:.3f}  {one.reciprocal:10.3f}"
        )
    return "\n".join(lines)


def _judge(database: Database, query: Query) -> Judged:
    wanted = Wanted(text=query.text, from_party=query.from_party, area=query.area, limit=SHOWN)
    found = tuple(item.id for item in lookup.search(database, wanted, today=TODAY).items)
    fits = (n for n, one in enumerate(found, 1) if any(fnmatchcase(one, right) for right in query.right))
    return Judged(query, found, next(fits, 0))


def _score(places: Sequence[int]) -> Score:
    count = len(places)
    return Score(
        count,
        sum(place == 1 for place in places) / count,
        sum(1 <= place <= 3 for place in places) / count,
        sum(1 / place for place in places if place) / count,
    )
