"""What to do instead when an asker has no path: the next best ways in, best first."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from directory.rules import areas
from directory.rules.agreements import ANY
from directory.rules.terms import EntryPointKind

MOST = 4
# The kinds whose work it is to find a way where there is none; the switchboard is the last resort.
HELPING = (
    EntryPointKind.PREPARATORY_GROUP,
    EntryPointKind.MUNICIPAL_LIAISON,
    EntryPointKind.LIAISON,
    EntryPointKind.SWITCHBOARD,
)
# The line for people with protected identities answers nothing else.
PROTECTED = "skyddade_personuppgifter"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A way in that may help, as the asker meets it."""

    id: str
    kind: str
    party_id: str
    areas: tuple[str, ...]
    from_parties: tuple[str, ...]
    topics: tuple[str, ...]


def may_use(from_parties: Iterable[str], askers: Collection[str]) -> bool:
    """Say whether a way in is open to an asker, known by id and kind; no asker named is no hindrance."""
    return not askers or any(one == ANY or one in askers for one in from_parties)


def choose(
    neighbours: Iterable[Neighbour],
    *,
    askers: Collection[str],
    alternatives: Sequence[str],
    parties: Collection[str],
    area: str,
) -> tuple[str, ...]:
    """Choose what is open to the asker and covers the place, at most four, in this order:

    1. what the closed ways in name as their alternative, in their order;
    2. the preparatory group, where all parties sit;
    3. liaison at the parties that were looked for (or at any, when none is known);
    4. one switchboard: of the party looked for first, then the narrowest area.
    """
    found: list[tuple[tuple[int, int, int, str], Neighbour]] = []
    for one in neighbours:
        if not may_use(one.from_parties, askers) or PROTECTED in one.topics:
            continue
        if (rank := _rank(one, alternatives, parties, area)) is not None:
            found.append(((*rank, one.id), one))
    chosen: list[str] = []
    has_switchboard = False
    for _, one in sorted(found, key=lambda pair: pair[0]):
        if one.kind == EntryPointKind.SWITCHBOARD:
            if has_switchboard:
                continue
            has_switchboard = True
        chosen.append(one.id)
    return tuple(chosen[:MOST])


def _rank(
    one: Neighbour, alternatives: Sequence[str], parties: Collection[str], area: str
) -> tuple[int, int, int] | None:
    """Step, then place in the step; None for what is no help here."""
    width = _width(one.areas, area)
    is_theirs = one.party_id in parties
    if one.id in alternatives:
        return (1, alternatives.index(one.id), 0)
    if width is None:
        return None
    if one.kind == EntryPointKind.PREPARATORY_GROUP:
        return (2, 0, width)
    if one.kind in (EntryPointKind.MUNICIPAL_LIAISON, EntryPointKind.LIAISON):
        return (3, 0, width) if is_theirs or not parties else None
    if one.kind == EntryPointKind.SWITCHBOARD:
        return (4, int(not is_theirs), width)
    return None


def _width(covered: Iterable[str], area: str) -> int | None:
    """How wide the narrowest area around the place is; None when the place is not covered."""
    widths = [areas.width(one) for one in covered if not area or areas.covers(one, area)]
    return min(widths, default=None)
