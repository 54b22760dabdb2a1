"""Which way in takes a question, and what to do instead when none does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.words import Because
from directory.rules import areas

ANY = "*"
ACTIVE = "active"
# As many other ways as a person can weigh at a glance.
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A way in as routing sees it; ``mailbox_id`` is None where it takes no questions."""

    entry_point_id: str
    mailbox_id: str | None
    party_id: str
    kind: str
    name: str
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    inquiry_kinds: tuple[str, ...]
    from_parties: tuple[str, ...]
    status: str
    alternative_id: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: by whom, of whom if that is known, about what, where."""

    from_party_id: str
    from_party_kind: str
    to_party: str | None
    topic: str
    area: str
    kind: str


@dataclass(frozen=True, slots=True)
class RouteDecision:
    entry_point_id: str
    mailbox_id: str
    because: Because


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Nothing takes the question; ``instead`` holds the ids of entry points the asker may use, best first."""

    because: Because
    instead: tuple[str, ...]


def is_usable(target: Target, wanted: Wanted) -> bool:
    """Say whether the way in is active and open to the asker's party."""
    return target.status == ACTIVE and _is_open_to(target, wanted)


def named(target: Target, wanted: Wanted, *, alternative: Target | None = None) -> RouteDecision | NoRoute:
    """Decide on a way in that the asker named. Its ``alternative`` is offered when it cannot be used."""
    facts = {"name": target.name, "topic": wanted.topic, "area": wanted.area}
    instead = (alternative.entry_point_id,) if alternative and is_usable(alternative, wanted) else ()
    if target.status != ACTIVE:
        return NoRoute(Because("route.not_active", facts), instead)
    if not _is_open_to(target, wanted):
        return NoRoute(Because("route.not_allowed", facts), instead)
    if target.mailbox_id is None:
        return NoRoute(Because("route.no_mailbox", facts), instead)
    return RouteDecision(target.entry_point_id, target.mailbox_id, Because("route.named", facts))


def choose(targets: Sequence[Target], wanted: Wanted) -> RouteDecision | NoRoute:
    """Choose the way in for a matter in a place. What decides, in this order:

    1. only ways in that the asker may use, that take questions and whose area covers the place;
    2. one that names the topic; without one, the receiving party's nearest other way in (a fallback);
    3. one that names the kind of inquiry; the narrowest area; the id.

    Without a receiving party only a way in that names the topic will do: a matter nobody names is not
    sent to just anybody. A party is never its own answer to a question put to all.
    """
    asked = [one for one in targets if _is_asked(one, wanted)]
    near = sorted((one for one in asked if _covers(one, wanted.area)), key=lambda one: _rank(one, wanted))
    for one in near:
        if is_usable(one, wanted) and one.mailbox_id is not None:
            return _decided(one, one.mailbox_id, wanted)
    return _no_route(asked, near, wanted)


def _decided(target: Target, mailbox_id: str, wanted: Wanted) -> RouteDecision:
    code = "route.matter" if wanted.topic in target.topics else "route.fallback"
    facts = {"name": target.name, "topic": wanted.topic, "area": wanted.area}
    return RouteDecision(target.entry_point_id, mailbox_id, Because(code, facts))


def _no_route(asked: Sequence[Target], near: Sequence[Target], wanted: Wanted) -> NoRoute:
    facts = {"name": "", "topic": wanted.topic, "area": wanted.area}
    if not near:
        within = sorted(
            (one for one in asked if any(areas.overlaps(area, wanted.area) for area in one.areas)),
            key=lambda one: _rank(one, wanted),
        )
        return NoRoute(Because("route.nothing_in_area", facts), _offered(within, wanted))
    # Whoever may come in but finds no mailbox is told of the telephone, not that they may not.
    usable = [one for one in near if is_usable(one, wanted)]
    code = "route.no_mailbox" if usable else "route.not_allowed"
    facts["name"] = (usable or near)[0].name
    alternatives = {one.alternative_id for one in near}
    instead = usable or [one for one in asked if one.entry_point_id in alternatives]
    return NoRoute(Because(code, facts), _offered(instead, wanted))


def _offered(targets: Iterable[Target], wanted: Wanted) -> tuple[str, ...]:
    return tuple(one.entry_point_id for one in targets if is_usable(one, wanted))[:OFFERED]


def _is_asked(target: Target, wanted: Wanted) -> bool:
    if wanted.to_party is not None:
        return target.party_id == wanted.to_party
    return wanted.topic in target.topics and target.party_id != wanted.from_party_id


def _is_open_to(target: Target, wanted: Wanted) -> bool:
    return not {ANY, wanted.from_party_id, wanted.from_party_kind}.isdisjoint(target.from_parties)


def _covers(target: Target, place: str) -> bool:
    return any(areas.covers(area, place) for area in target.areas)


def _rank(target: Target, wanted: Wanted) -> tuple[bool, bool, int, str]:
    covering = [areas.width(area) for area in target.areas if areas.covers(area, wanted.area)]
    return (
        wanted.topic not in target.topics,
        not {ANY, wanted.kind}.intersection(target.inquiry_kinds),
        min(covering, default=0),
        target.entry_point_id,
    )
