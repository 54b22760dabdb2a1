"""From what somebody looks for to a question the search index can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from config.errors import Invalid
from directory.records import lexicon
from directory.rules import areas, asking, places, text, tokens
from directory.rules.agreements import ANY
from directory.rules.found import Wanted
from directory.rules.rows import INQUIRY_KINDS
from directory.rules.terms import EntryPointKind, PartyKind
from directory.rules.tokens import Question
from directory.rules.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Understood:
    """The question to the index, the place, and what the asker is known by."""

    question: Question
    area: str
    askers: tuple[str, ...]
    # Words that stand nowhere in the directory, and were left out.
    unknown: tuple[str, ...] = ()
    # The coordination association whose municipalities were named together.
    association: str = ""
    # The municipalities beside the place.
    beside: tuple[str, ...] = ()

    @property
    def is_lost(self) -> bool:
        """Whether something was written, and nothing of it stands anywhere."""
        return bool(self.unknown) and not self.question.sought

    @property
    def is_loose(self) -> bool:
        """Whether something is only looked for by a part of its word, or by another word of its stem."""
        return any(all(way.weight <= asking.RELATED for way in one.ways) for one in self.question.sought)


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
    vocabulary = lexicon.known(session)
    askers = _askers(wanted.from_party, vocabulary)
    asked = places.words(wanted.text)
    chosen = wanted.area
    if not chosen and (code := places.postal_code(asked)):
        chosen = lexicon.area_of(session, code)
    mentions = places.mentions(asked)
    counties = [one for one in mentions if places.says_county(asked, one)]
    area, naming = places.named(counties, vocabulary.counties, chosen)
    if not naming:
        area, naming = places.named(mentions, vocabulary.municipalities, chosen)
    if not naming:
        area, naming = places.named(mentions, vocabulary.counties, chosen)
    association = ""
    if not area:
        association, naming = places.named(mentions, vocabulary.associations, "")
    left = places.without_postal_code(places.take_out(asked, naming)) if naming or chosen else asked
    sought = asking.read(text.tokens(" ".join(left)), vocabulary, lexicon.synonyms())
    asking_tokens = tuple(tokens.asker_token(one) for one in (*askers, ANY)) if askers else ()
    groups = (
        tuple(tokens.party_kind_token(one) for one in wanted.party_kinds),
        tuple(tokens.entry_kind_token(one) for one in wanted.entry_kinds),
    )
    around = tokens.places_asked(area)
    near = around[:1] if len(around) > 1 else ()
    if association:
        near, around = tokens.places_named(vocabulary.members[association])
    question = Question(
        sought.sought, around, near, asking_tokens, wanted.kind, tuple(group for group in groups if group)
    )
    beside = vocabulary.beside(area) if len(area) == 4 else ()
    return Understood(question, area, askers, sought.unknown, association, beside)


def _askers(from_party: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    if not from_party:
        return ()
    if from_party in set(PartyKind):
        return (from_party,)
    kind = vocabulary.parties.get(from_party)
    if kind is None:
        raise Invalid("unknown_party", field="/from", party=from_party)
    return (from_party, kind)
