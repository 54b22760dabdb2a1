"""Judging every pair of sides in every place of a scope from the same ways in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from directory.rules import areas, paths, unit_kinds, verdicts
from directory.rules.agreements import ANY
from directory.rules.mapped import Cell
from directory.rules.paths import Evidence, PathStatus, PathVerdict
from directory.rules.scopes import Scope
from directory.rules.sides import Bodies
from directory.rules.terms import PartyKind
from directory.rules.verdicts import Said


@dataclass(frozen=True, slots=True)
class Way:
    """One way in, or on the map all that are alike there: whose it is, where, and who may use it."""

    area: str
    party_id: str
    party_kind: str
    open_to: frozenset[str]
    evidence: Evidence
    alternative_id: str | None = None
    count: int = 1
    # The kinds of unit that it leads to, where they are asked for.
    unit_kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class Judge:
    """Everything a map is drawn from; each pair is judged once."""

    bodies: Bodies
    scope: Scope
    said: Sequence[Said]
    today: date
    # Each way with what it is worth to those who may not use it.
    _ways: dict[tuple[str, str], list[tuple[Way, Evidence]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _shown: dict[tuple[str, str], dict[str, PathVerdict]] = field(default_factory=dict)
    _where: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, ways: Iterable[Way]) -> None:
        """Take in what there is to judge by. To be called before any question."""
        for way in ways:
            side = way.party_id if way.party_kind == PartyKind.AGENCY else way.party_kind
            closed = replace(way.evidence, usable=False)
            for one in (side, *way.unit_kinds):
                self._ways[one, way.area].append((way, closed))

    def evidence(self, one: str, other: str, place: str) -> list[Evidence]:
        """The ways in at the other side, as the one side meets them in a place."""
        there = [found for code in areas.enclosing(place) for found in self._ways.get((other, code), ())]
        if not there:
            return []
        askers = self.bodies.askers(one, place)
        # As nextbest.may_use, which would ask each of a way's parties in turn.
        return [
            way.evidence if not askers or ANY in way.open_to or not askers.isdisjoint(way.open_to) else closed
            for way, closed in there
        ]

    def shown(self, one: str, other: str) -> Mapping[str, PathVerdict]:
        """The verdict in every place of the scope where both sides are."""
        # Units of a party are let in where their party is.
        one = unit_kinds.whole(one)
        if (one, other) not in self._shown:
            there = frozenset(self._present(one))
            nothing = paths.judge((), today=self.today)
            found: dict[str, PathVerdict] = {}
            for place in self._present(other):
                if place in there:
                    evidence = self.evidence(one, other, place)
                    found[place] = paths.judge(evidence, today=self.today) if evidence else nothing
            self._shown[one, other] = found
        return self._shown[one, other]

    def _present(self, side: str) -> tuple[str, ...]:
        """The places of the scope where a side is."""
        side = unit_kinds.whole(side)
        if side not in self._where:
            self._where[side] = tuple(place for place in self.scope.places if self.bodies.at(side, place))
        return self._where[side]

    def statuses(self, one: str, other: str) -> dict[str, PathStatus]:
        return {place: verdict.status for place, verdict in self.shown(one, other).items()}

    def heard(self, one: str, other: str) -> tuple[Said, ...]:
        """What the parties say of the pair anywhere in the scope."""
        names = self._known_as(one), self._known_as(other)
        return verdicts.said_of(self.said, *names, self.shown(one, other))

    def cell(self, one: str, other: str) -> Cell | None:
        """The pair in one square; None where the two sides never meet, or are the same."""
        shown = self.statuses(one, other) if one != other else {}
        if not shown:
            return None
        heard = self.heard(one, other)
        spoken = {
            place: status
            for place in (shown if heard else ())
            if (status := said_at(heard, place)) is not None
        }
        return Cell(
            one,
            other,
            verdicts.commonest(shown.values()),
            verdicts.counts(shown.values()),
            verdicts.commonest(spoken.values()) if spoken else None,
            sum(1 for place, status in spoken.items() if status is not shown[place]),
        )

    def _known_as(self, side: str) -> tuple[str, ...]:
        body = self.bodies.all.get(side)
        return (body.id, body.kind) if body else (side,)


def said_at(heard: Sequence[Said], place: str) -> PathStatus | None:
    """What the parties say of one place."""
    return next((one.status for one in heard if one.speaks_of(place)), None)
