"""Where an Inquiry stands on the agendas of forums, as its own history tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from router.rules.terms import AgendaState, EventKind

# A date that was moved takes its agenda along; one that was called off hands it to the next.
MOVED = "moved"
CANCELLED = "cancelled"


class Told(Protocol):
    """An event of the history."""

    @property
    def kind(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class OnAgenda:
    """A forum's date that the question is to be spoken of (`state` on), or was (taken)."""

    forum_id: str
    name: str
    day: date
    state: str


def standing(events: Iterable[Told]) -> tuple[OnAgenda, ...]:
    """Every date that the question stands on or was taken up on, in the order it came there."""
    found: dict[tuple[str, str], OnAgenda] = {}
    for one in events:
        if one.kind == EventKind.PUT_ON_AGENDA:
            place = str(one.facts["forum_id"]), str(one.facts["day"])
            day = date.fromisoformat(place[1])
            found[place] = OnAgenda(place[0], str(one.facts["name"]), day, AgendaState.ON)
        elif one.kind == EventKind.TAKEN_OFF_AGENDA:
            found.pop((str(one.facts["forum_id"]), str(one.facts["day"])), None)
        elif one.kind == EventKind.AGENDA_TAKEN:
            _settle(found, one.facts)
    return tuple(found.values())


def _settle(found: dict[tuple[str, str], OnAgenda], facts: Mapping[str, Any]) -> None:
    forum_id, state = str(facts["forum_id"]), facts["state"]
    stood = found.pop((forum_id, str(facts["was"] if state == MOVED else facts["day"])), None)
    if stood is None:
        return
    if state == AgendaState.TAKEN:
        found[forum_id, str(facts["day"])] = replace(stood, state=AgendaState.TAKEN)
    elif state == MOVED:
        day = str(facts["day"])
        found[forum_id, day] = replace(stood, day=date.fromisoformat(day))
