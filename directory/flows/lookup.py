"""Finding the way in: which ways an asker may use for a matter in a place, and what the path is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from config import words
from config.database import Database
from config.errors import Invalid, NotFound
from directory.records import agreements as promised
from directory.records import items, queries
from directory.records import search as hits
from directory.records.search import Hit
from directory.rules import agreements, nextbest, paths, places, text, tokens
from directory.rules import areas as area_rules
from directory.rules.agreements import ANY, Choice, Side
from directory.rules.found import (
    AreaName,
    Change,
    EntryView,
    Found,
    Item,
    Outcome,
    PartyName,
    Path,
    Wanted,
)
from directory.rules.paths import PathStatus
from directory.rules.rows import INQUIRY_KINDS
from directory.rules.terms import EntryPointStatus, PartyKind
from directory.rules.tokens import Question

__all__ = [
    "AreaName",
    "Change",
    "EntryView",
    "Found",
    "Item",
    "Outcome",
    "PartyName",
    "Path",
    "PathStatus",
    "Wanted",
    "area_name",
    "areas",
    "entry",
    "search",
]

# So many of the best decide what the path is worth, however few are shown.
JUDGED = 20
HISTORY = 10


def search(database: Database, wanted: Wanted, *, today: date) -> Found:
    """The ways in that fit, best first, none that the asker may not use; and what the path is worth.

    1. All words, in the place, open to the asker.
    2. When that finds nothing: what fits but is closed makes the path missing, else any of the words.
    3. When the path is missing: the next best.

    Raises Invalid for an unknown party, area or kind.
    """
    _check(wanted)
    with database.reading() as session:
        question, area, askers = _understand(session, wanted)
        rows = max(JUDGED, wanted.offset + wanted.limit)
        found = hits.ask(session, question, hits.OPEN, area=area, today=today, rows=rows)
        closed: Sequence[Hit] = ()
        if not found and question.words:
            found, closed = _widen(session, question, area=area, today=today, rows=rows)
        verdict = paths.judge(
            [items.evidence(hit, usable=True) for hit in found[:JUDGED]]
            + [items.evidence(hit, usable=False) for hit in closed[:JUDGED]],
            today=today,
        )
        shown = found[wanted.offset : wanted.offset + wanted.limit]
        instead: tuple[Item, ...] = ()
        if verdict.status is PathStatus.MISSING:
            instead = _instead(session, closed, askers, area, today=today, shown={hit.id for hit in shown})
    return Found(
        tuple(items.item(hit, today) for hit in shown),
        found[0].total if found else 0,
        Path(verdict.status, verdict.because, instead),
        area,
    )


def _check(wanted: Wanted) -> None:
    if wanted.area and not area_rules.is_area(wanted.area):
        raise Invalid("unknown_area", field="/area", area=wanted.area)
    if wanted.kind and wanted.kind not in INQUIRY_KINDS:
        raise Invalid("unknown_kind", field="/kind", kind=wanted.kind)


def _understand(session: Session, wanted: Wanted) -> tuple[Question, str, tuple[str, ...]]:
    """The question to the index, the place, and what the asker is known by."""
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
    return Question(tuple(stems), tokens.places_asked(area), asking, wanted.kind), area, askers


def _widen(
    session: Session, question: Question, *, area: str, today: date, rows: int
) -> tuple[Sequence[Hit], Sequence[Hit]]:
    """What to show and what is closed, when nothing fits exactly."""
    tiers = hits.NEXT if question.askers else hits.ANY_WORD
    by_tier: dict[hits.Tier, list[Hit]] = {tier: [] for tier in tiers}
    for hit in hits.ask(session, question, tiers, area=area, today=today, rows=rows):
        by_tier[tiers[hit.tier]].append(hit)
    if closed := by_tier.get(hits.CLOSED):
        return (), closed
    return by_tier[hits.PARTLY], by_tier.get(hits.PARTLY_CLOSED, [])


def _instead(
    session: Session,
    closed: Sequence[Hit],
    askers: Sequence[str],
    area: str,
    *,
    today: date,
    shown: set[str],
) -> tuple[Item, ...]:
    alternatives = [hit.alternative_id for hit in closed if hit.alternative_id]
    parties = list(dict.fromkeys(hit.party_id for hit in closed))
    # Without a place everybody's switchboard would do, which is no help: only the first one's.
    if not area:
        parties = parties[:1]
    around = area_rules.enclosing(area) if area else ()
    near = {hit.id: hit for hit in hits.next_best(session, alternatives, around, parties)}
    chosen = nextbest.choose(
        [items.neighbour(hit) for hit in near.values() if hit.id not in shown],
        askers=askers,
        alternatives=alternatives,
        parties=parties,
        area=area,
    )
    return tuple(items.item(near[one], today) for one in chosen)


def entry(
    database: Database, entry_point_id: str, *, from_party: str = "", area: str = "", today: date
) -> EntryView:
    """One way in with its channels, agreement and history. Raises NotFound("no_entry_point")."""
    with database.reading() as session:
        hit = hits.by_ids(session, [entry_point_id]).get(entry_point_id)
        details = queries.details(session, entry_point_id)
        if hit is None or details is None:
            raise NotFound("no_entry_point", entry_point=entry_point_id)
        asker = _side(session, from_party)
        alternative = hits.by_ids(session, [hit.alternative_id] if hit.alternative_id else [])
        successor = queries.party(session, details.successor_id) if details.successor_id else None
        return EntryView(
            item=items.item(hit, today),
            status=EntryPointStatus(hit.status),
            usable=nextbest.may_use(hit.from_parties, (asker.party_id, asker.kind) if asker else ()),
            not_for=details.not_for,
            requirements=details.requirements,
            channels=queries.channels(session, entry_point_id),
            inquiry_kinds=tuple(details.inquiry_kinds),
            topics=tuple(hit.topics),
            target_groups=tuple(details.target_groups),
            alternative=next((items.item(one, today) for one in alternative.values()), None),
            successor=PartyName(successor.id, successor.name) if successor else None,
            agreement=_agreement(session, asker, hit, details.inquiry_kinds, area=area, on=today),
            history=tuple(
                Change(row.at, row.action, tuple(row.facts.get("fields", ())))
                for row in queries.history(session, entry_point_id, limit=HISTORY)
            ),
        )


def _side(session: Session, from_party: str) -> Side | None:
    """The asker by id and kind; a kind alone has no id, and nobody has no side."""
    if not from_party:
        return None
    if from_party in set(PartyKind):
        return Side("", from_party)
    row = queries.party(session, from_party)
    return None if row is None else Side(row.id, row.kind)


def _agreement(
    session: Session, asker: Side | None, hit: Hit, kinds: Sequence[str], *, area: str, on: date
) -> Choice | None:
    receiver = _side(session, hit.party_id)
    if asker is None or receiver is None:
        return None
    return agreements.choose(
        promised.between(session, asker, receiver),
        asker=asker,
        receiver=receiver,
        area=area or hit.areas[0],
        kind="case" if "case" in kinds else kinds[0],
        on=on,
    )


def areas(database: Database) -> tuple[AreaName, ...]:
    """Every place to choose from: municipalities and counties in Swedish order, then Sweden."""
    with database.reading() as session:
        rows = queries.areas(session)
    named = [
        AreaName(codes[0], short_name if kind == PartyKind.MUNICIPALITY else name)
        for codes, name, short_name, kind in rows
        if len(codes) == 1
    ]
    return (*named, AreaName(area_rules.COUNTRY, words.label("area", area_rules.COUNTRY)))


def area_name(known: Database | Mapping[str, str], code: str) -> str:
    """The name of a place; an unknown code is shown as itself."""
    if code == area_rules.COUNTRY:
        return words.label("area", code)
    if not isinstance(known, Database):
        return known.get(code, code)
    with known.reading() as session:
        return queries.area_name(session, code) or code
