"""Finding the way in: which ways an asker may use for a matter in a place, and what the path is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from directory.records import agreements as promised
from directory.records import items, kinds, lexicon, probing, queries, questions
from directory.records import search as hits
from directory.records.probing import Tier
from directory.records.questions import Understood
from directory.records.search import Hit
from directory.rules import agreements, nextbest, paths, tokens
from directory.rules import areas as area_rules
from directory.rules.agreements import Choice, Side
from directory.rules.found import (
    Change,
    Counts,
    EntryView,
    Found,
    Item,
    Outcome,
    PartyName,
    Path,
    Wanted,
)
from directory.rules.paths import PathStatus
from directory.rules.terms import EntryPointStatus, PartyKind
from directory.rules.tokens import Question

__all__ = [
    "Change",
    "Counts",
    "EntryView",
    "Found",
    "Item",
    "Outcome",
    "Path",
    "PathStatus",
    "Wanted",
    "entry",
    "prepare",
    "search",
]

# So many of the best decide what the path is worth, however few are shown.
JUDGED = 20
HISTORY = 10
MOST_BESIDE = 3
# So much of what was asked must be found where not all of it is, for it to be shown beside what is closed.
MOSTLY = 0.5


def prepare() -> None:
    """Read the dictionary and the synonyms now, which takes a second, rather than in somebody's first search."""
    lexicon.synonyms()


def search(database: Database, wanted: Wanted, *, today: date, counted: bool = False) -> Found:
    """The ways in that fit, best first, none that the asker may not use; and what the path is worth.

    1. All words, in the place, open to the asker.
    2. When that finds nothing: what fits but is closed makes the path missing, else any of the words.
    3. When the path is missing: the next best.

    `counted` adds how many there are of each kind to narrow by. Raises Invalid for an unknown party, area or kind.
    """
    questions.check(wanted)
    with database.reading() as session:
        understood = questions.understand(session, wanted)
        question, area = understood.question, understood.area
        rows = max(JUDGED, wanted.offset + wanted.limit)
        found, closed, tier = _find(session, understood, today=today, rows=rows)
        is_barred = tier is probing.CLOSED
        verdict = paths.judge(
            [items.evidence(one.hit, usable=True, today=today) for one in found[:JUDGED] if not is_barred]
            + [items.evidence(one.hit, usable=False, today=today) for one in closed[:JUDGED]],
            today=today,
        )
        shown = found[wanted.offset : wanted.offset + wanted.limit]
        instead: tuple[Item, ...] = ()
        if verdict.status is PathStatus.MISSING:
            barred = [one.hit for one in closed]
            there = {one.hit.id for one in shown}
            instead = _instead(session, barred, understood.askers, area, today=today, shown=there)
        is_missing = verdict.status is PathStatus.MISSING
        beside = _beside(session, understood, today=today) if is_missing else ()
        association = _name(session, understood.association)
        is_counted = counted and not understood.is_lost
        groups = kinds.groups(session, question, probing.OPEN[0] if is_barred else tier) if is_counted else ()
    return Found(
        tuple(items.item(one.hit, today, score=one.score, matched=one.matched) for one in shown),
        len(found) if is_barred or not found else found[0].total,
        Path(verdict.status, verdict.because, instead),
        area,
        bool(found) and (tier not in probing.OPEN or bool(understood.unknown) or understood.is_loose),
        kinds.counts(groups, wanted) if counted else None,
        understood.unknown,
        association,
        beside,
    )


def _find(
    session: Session, understood: Understood, *, today: date, rows: int
) -> tuple[Sequence[hits.Found], Sequence[hits.Found], Tier]:
    """What fits and is open, what fits and is closed, and how it was asked for."""
    whole = probing.OPEN[0]
    if understood.is_lost:
        return (), (), whole
    question, area = understood.question, understood.area
    found = hits.ask(session, question, probing.OPEN, area=area, today=today, rows=rows)
    if found or not question.sought:
        return found, (), whole
    return _widen(session, question, area=area, today=today, rows=rows)


def _widen(
    session: Session, question: Question, *, area: str, today: date, rows: int
) -> tuple[Sequence[hits.Found], Sequence[hits.Found], Tier]:
    """What to show and what is closed, when nothing fits exactly."""
    tiers = probing.NEXT if question.askers else probing.ANY_WORD
    by_tier: dict[Tier, list[hits.Found]] = {tier: [] for tier in tiers}
    for one in hits.ask(session, question, tiers, area=area, today=today, rows=rows):
        by_tier[tiers[one.tier]].append(one)
    partly = by_tier[probing.PARTLY]
    if closed := by_tier.get(probing.CLOSED):
        # The path is missing, yet most of a long question may be found where the asker is let in.
        return [one for one in partly if one.score >= MOSTLY], closed, probing.CLOSED
    return partly, by_tier.get(probing.PARTLY_CLOSED, []), probing.PARTLY


def _name(session: Session, party_id: str) -> PartyName | None:
    row = queries.party(session, party_id) if party_id else None
    return PartyName(row.id, row.name) if row else None


def _beside(session: Session, understood: Understood, *, today: date) -> tuple[Item, ...]:
    """What would have fitted in the municipalities beside this one: their way may be the one to learn from."""
    question = understood.question
    if not (understood.beside and question.sought):
        return ()
    near = tokens.places_named(understood.beside)[0]
    there = hits.ask(
        session,
        replace(question, places=near, near=()),
        probing.OPEN,
        area=understood.area,
        today=today,
        rows=MOST_BESIDE,
    )
    return tuple(items.item(one.hit, today, score=one.score, matched=one.matched) for one in there)


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
            successor=_name(session, details.successor_id or ""),
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
