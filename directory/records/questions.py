"""From what somebody looks for to a question the search index can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from config.errors import Invalid
from directory.records import queries
from directory.rules import areas, places, text, tokens
from directory.rules.agreements import ANY
from directory.rules.found import Wanted
from directory.rules.rows import INQUIRY_KINDS
from directory.rules.terms import EntryPointKind, PartyKind
from directory.rules.tokens import Question


@dataclass(frozen=True, slots=True)
class Understood:
    """The question to the index, the place, and what the asker is known by."""

    question: Question
    area: str
    askers: tuple[str, ...]


def check(wanted: Wanted) -> None:
    """Refuse what names no area or kind that could exist. Raises Invalid with the field."""
    if wanted.area and not areas.is_area(wanted.area):
        raise Invalid("unknown_area", field="/area", area=wanted.area)
    if wanted.kind and wanted.kind not in INQUIRY_KINDS:
        raise Invalid("unknown_kind", field="/kind", kind=wanted.kind)
    if set(wanted.party_kinds) - set(PartyKind):
        raise Invalid("unknown_choice", field="/party_kind", choices=", ".join(PartyKind))
    if set(wanted.entry_kinds) - set(EntryPointKind):
        raise Invalid("unknown_choice", field="/entry_kind", choices=", ".join(EntryPointKind))


def understand(session: Session, wanted: Wanted) -> Understood:
    """Raises Invalid for an asking party that the directory does not know."""
    asked = places.words(wanted.text)
    mentions = places.mentions(asked)
    is_kind = wanted.from_party in set(PartyKind)
    rows = queries.asker_and_places(
        session, "" if is_kind else wanted.from_party, {mention.key for mention in mentions}
    )
    askers: tuple[str, ...] = ()
    if is_kind:
        askers = (wanted.from_party,)
    elif wanted.from_party:
        kinds = [row.kind for row in rows if row.id == wanted.from_party]
        if not kinds:
            raise Invalid("unknown_party", field="/from", party=wanted.from_party)
        askers = (wanted.from_party, kinds[0])
    codes = {row.sort_key: row.areas[0] for row in rows if row.kind == PartyKind.MUNICIPALITY}
    area, naming = places.named(mentions, codes, wanted.area)
    stems = text.stems(" ".join(places.take_out(asked, naming)))
    asking = tuple(tokens.asker_token(one) for one in (*askers, ANY)) if askers else ()
    groups = (
        tuple(tokens.party_kind_token(one) for one in wanted.party_kinds),
        tuple(tokens.entry_kind_token(one) for one in wanted.entry_kinds),
    )
    question = Question(
        tuple(stems),
        tokens.places_asked(area),
        asking,
        wanted.kind,
        tuple(group for group in groups if group),
    )
    return Understood(question, area, askers)
