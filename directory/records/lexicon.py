"""The words the search knows: those of the directory, as they stand in the index, and the synonyms of the field."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

import directory
from config.database import Base, table
from directory.records.models import Party
from directory.rules import places, vocabulary
from directory.rules import synonyms as phrases
from directory.rules.synonyms import Meaning, Synonyms
from directory.rules.terms import PartyKind
from directory.rules.text import sort_key
from directory.rules.vocabulary import Known, Vocabulary

SHIPPED = Path(directory.__file__).parent / "data" / "synonyms.toml"


class SearchWord(Base):
    """A word of the index as people write it, its term, and how many entry points have had it."""

    __tablename__ = "search_word"

    word: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    term: Mapped[str] = mapped_column(sa.String(120))
    count: Mapped[int]


class SearchState(Base):
    """One row: its version rises with every change of the index, so that no process keeps old words."""

    __tablename__ = "search_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


class PostalCode(Base):
    """The municipality of a postal code, where somebody has said so."""

    __tablename__ = "postal_code"

    code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    area: Mapped[str] = mapped_column(sa.String(4))


_VERSION = sa.select(table(SearchState).c.version).where(table(SearchState).c.id == 1)
_AREA = sa.select(table(PostalCode).c.area).where(table(PostalCode).c.code == sa.bindparam("code"))
_READ: WeakKeyDictionary[Any, tuple[int, Vocabulary]] = WeakKeyDictionary()
_reading = Lock()


@cache
def synonyms() -> Synonyms:
    """The synonyms that come with the product."""
    lines = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    return phrases.read([one["words"] for one in lines["same"]], [Meaning(**one) for one in lines["means"]])


def known(session: Session) -> Vocabulary:
    """The words of the directory as they are now. Read once, until the index changes."""
    version = int(session.connection().execute(_VERSION).scalar_one())
    engine = session.get_bind()
    kept = _READ.get(engine)
    if kept is None or kept[0] != version:
        with _reading:
            kept = _READ.get(engine)
            if kept is None or kept[0] != version:
                kept = _READ[engine] = (version, _read(session))
    return kept[1]


def changed(session: Session) -> None:
    """Say that the index has changed."""
    session.execute(sa.update(SearchState).values(version=SearchState.version + 1))


def area_of(session: Session, postal_code: str) -> str:
    """The municipality of a postal code, empty when nobody has said."""
    return str(session.connection().execute(_AREA, {"code": postal_code}).scalar_one_or_none() or "")


def _read(session: Session) -> Vocabulary:
    rows = session.execute(sa.select(SearchWord.word, SearchWord.term, SearchWord.count))
    words = [Known(word, term, count) for word, term, count in rows]
    parties = session.execute(
        sa.select(Party.id, Party.kind, Party.short_name, Party.name, Party.areas).where(
            Party.successor_id.is_(None)
        )
    ).all()
    municipalities = {
        sort_key(short): areas[0]
        for _, kind, short, _, areas in parties
        if kind == PartyKind.MUNICIPALITY and len(areas) == 1
    }
    counties = {
        sort_key(name.removeprefix("Region ")): areas[0]
        for _, kind, _, name, areas in parties
        if kind == PartyKind.REGION and len(areas) == 1
    }
    associations = {
        sort_key(places.association(name)): party_id
        for party_id, kind, _, name, _ in parties
        if kind == PartyKind.ASSOCIATION
    }
    return Vocabulary(
        vocabulary.joined(words, synonyms().words),
        municipalities,
        counties,
        associations,
        {one: tuple(areas) for one, kind, _, _, areas in parties if kind == PartyKind.ASSOCIATION},
        _kinds(session),
        int(session.scalar(sa.text("SELECT count(*) FROM entry_search")) or 0),
    )


def _kinds(session: Session) -> Mapping[str, str]:
    """Former parties too: somebody may still ask in their name."""
    return {party_id: kind for party_id, kind in session.execute(sa.select(Party.id, Party.kind))}
