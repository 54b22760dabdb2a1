"""What forms offer to choose from, and what places are called."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from config import words
from config.database import Database
from directory.records import queries
from directory.rules import areas as area_rules
from directory.rules.found import AreaName, Choices, PartyName
from directory.rules.terms import PartyKind


def areas(database: Database) -> tuple[AreaName, ...]:
    """Every place to choose from: municipalities and counties in Swedish order, then Sweden."""
    with database.reading() as session:
        return _areas(session)


def choices(database: Database) -> Choices:
    """What a search form offers."""
    with database.reading() as session:
        agencies = tuple(PartyName(row.id, row.name) for row in queries.agencies(session))
        return Choices(_areas(session), agencies)


def parties_in(database: Database, area: str) -> tuple[PartyName, ...]:
    """Every party that there is in a place, in Swedish order."""
    with database.reading() as session:
        return tuple(
            PartyName(row.id, row.name)
            for row in queries.everywhere(session)
            if any(area_rules.overlaps(one, area) for one in row.areas)
        )


def called(database: Database) -> dict[str, str]:
    """What places are called by their codes, and parties by their ids."""
    with database.reading() as session:
        places = {one.code: one.name for one in _areas(session)}
        return {one: name for one, name in queries.party_names(session)} | places


def _areas(session: Session) -> tuple[AreaName, ...]:
    named = [
        AreaName(codes[0], short_name if kind == PartyKind.MUNICIPALITY else _fixed_name(codes[0]) or name)
        for codes, name, short_name, kind in queries.areas(session)
        if len(codes) == 1
    ]
    return (*named, AreaName(area_rules.COUNTRY, words.label("area", area_rules.COUNTRY)))


def area_name(known: Database | Mapping[str, str], code: str) -> str:
    """The name of a place; an unknown code is shown as itself."""
    if fixed := _fixed_name(code):
        return fixed
    if not isinstance(known, Database):
        return known.get(code, code)
    with known.reading() as session:
        return queries.area_name(session, code) or code


def _fixed_name(code: str) -> str:
    """Counties and the country have names of their own, whatever their region is called."""
    name = words.label("area", code)
    return "" if name == code else name
