"""Writing the search index of entry points: FTS5 or tsvector, fed with the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, aliased

from config import words
from directory.records import lexicon
from directory.records.lexicon import SearchWord
from directory.records.models import EntryPoint, Party, Unit
from directory.rules import tokens
from directory.rules.terms import EntryPointStatus
from directory.rules.tokens import Document

COLUMNS = ("name", "matter", "owner", "body", "place", "askers")
SHOWN = ("name", "matter", "owner", "body")
# PostgreSQL knows four weights; what filters shares the one that counts nothing.
WEIGHTS = {"name": "A", "matter": "B", "owner": "C", "body": "C", "place": "D", "askers": "D"}
CHUNK = 500
LONGEST_WORD = 120

_INSERT_FTS = sa.text(
    "INSERT INTO entry_search (entry_point_id, name, matter, owner, body, place, askers) "
    "VALUES (:entry_point_id, :name, :matter, :owner, :body, :place, :askers)"
)
_INSERT_VECTOR = sa.text(
    "INSERT INTO entry_search (entry_point_id, name, matter, owner, body, vector) "
    "VALUES (:entry_point_id, :name, :matter, :owner, :body, CAST(:vector AS tsvector))"
)
_DELETE = sa.text("DELETE FROM entry_search WHERE entry_point_id IN :ids").bindparams(
    sa.bindparam("ids", type_=sa.String(), expanding=True)
)


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def is_complete(session: Session) -> bool:
    """Whether as many entry points are indexed as can be found."""
    indexed = session.scalar(sa.text("SELECT count(*) FROM entry_search"))
    findable = session.scalar(sa.select(sa.func.count()).where(EntryPoint.status == EntryPointStatus.ACTIVE))
    return bool(indexed == findable)


def refresh(session: Session, entry_point_ids: Sequence[str] | None = None) -> None:
    """Index these entry points anew, or all of them. What is not active is not found.

    Words that no entry point has any more are kept until all are indexed anew.
    """
    if entry_point_ids is None:
        session.execute(sa.text("DELETE FROM entry_search"))
        session.execute(sa.delete(SearchWord))
        _write(session, documents(session))
    else:
        for start in range(0, len(entry_point_ids), CHUNK):
            chunk = entry_point_ids[start : start + CHUNK]
            session.execute(_DELETE, {"ids": chunk})
            _write(session, documents(session, chunk))
    lexicon.changed(session)


def documents(session: Session, entry_point_ids: Collection[str] | None = None) -> Iterator[Document]:
    """What active entry points are found by."""
    parent = aliased(Unit)
    statement = (
        sa.select(EntryPoint, Party.kind, Unit.name, parent.name, Party.name, Party.short_name)
        .join(Unit, Unit.id == EntryPoint.unit_id)
        .outerjoin(parent, parent.id == Unit.parent_id)
        .join(Party, Party.id == EntryPoint.party_id)
        .where(EntryPoint.status == EntryPointStatus.ACTIVE)
        .order_by(Party.sort_key, EntryPoint.name, EntryPoint.id)
    )
    if entry_point_ids is not None:
        statement = statement.where(EntryPoint.id.in_(entry_point_ids))
    places = place_names(session)
    for point, party_kind, *names in session.execute(statement):
        yield _document(point, party_kind, [name for name in names if name], places)


def place_names(session: Session) -> dict[str, str]:
    """The name of each municipality by its code, as people say it."""
    rows = session.execute(sa.select(Party.areas, Party.short_name).where(Party.kind == "municipality"))
    return {code: name for codes, name in rows for code in codes}


def _document(point: EntryPoint, party_kind: str, names: Sequence[str], places: dict[str, str]) -> Document:
    # A topic is found by its code's words and by its label, which has the letters å, ä and ö.
    topics = [
        word for topic in point.topics for word in (topic.replace("_", " "), words.label("topic", topic))
    ]
    kind = words.label("entry_point_kind", point.kind)
    matter = [*topics, *point.keywords, *point.target_groups, kind]
    short = tokens.acronyms((*topics, *point.keywords))
    body = [point.purpose, *(places[code] for code in point.areas if code in places), *short]
    spelt: dict[str, str] = {}
    return Document(
        point.id,
        tokens.terms(point.name, spelt),
        tokens.terms(" ".join(matter), spelt),
        tokens.terms(" ".join(names), spelt),
        tokens.terms(" ".join(body), spelt),
        tokens.place_tokens(point.areas),
        [
            *tokens.asker_tokens(point.from_parties, point.inquiry_kinds),
            tokens.party_kind_token(party_kind),
            tokens.entry_kind_token(point.kind),
        ],
        spelt,
    )


def _write(session: Session, found: Iterable[Document]) -> None:
    sqlite = is_sqlite(session)
    rows, counts, spelt = [], Counter[str](), dict[str, str]()
    for one in found:
        columns = COLUMNS if sqlite else SHOWN
        row = {"entry_point_id": one.entry_point_id}
        row |= {column: " ".join(getattr(one, column)) for column in columns}
        rows.append(row if sqlite else row | {"vector": _vector(one)})
        counts.update(one.spelt.keys())
        spelt |= one.spelt
    if rows:
        session.execute(_INSERT_FTS if sqlite else _INSERT_VECTOR, rows)
        _count(session, counts, spelt)


def _count(session: Session, counts: Mapping[str, int], spelt: Mapping[str, str]) -> None:
    rows = [
        {"word": word, "term": spelt[word], "count": n}
        for word, n in counts.items()
        if len(word) <= LONGEST_WORD
    ]
    insert = (sqlite_insert if is_sqlite(session) else postgresql_insert)(SearchWord)
    more = SearchWord.count + insert.excluded.count
    session.execute(insert.on_conflict_do_update(index_elements=["word"], set_={"count": more}), rows)


def _vector(document: Document) -> str:
    """The words with place and weight, as PostgreSQL reads a tsvector. No word holds a quote."""
    found: dict[str, list[str]] = {}
    position = 0
    for column in COLUMNS:
        for word in getattr(document, column):
            position += 1
            found.setdefault(word, []).append(f"{min(position, 16383)}{WEIGHTS[column]}")
    return " ".join(f"'{word}':{','.join(places)}" for word, places in found.items())
