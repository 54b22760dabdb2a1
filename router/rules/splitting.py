"""Which of the asker's messages may become a question of its own, and which promises begin with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from config.errors import Conflict
from router.rules.again import ANSWERING
from router.rules.deadlines import Promise
from router.rules.terms import LegState

# Whoever lets go of a question splits it no more.
HELD = frozenset({LegState.WAITING, LegState.CLAIMED, LegState.ANSWERED})
FOLLOW_UP, ANSWER = "follow_up", "answer"
# Of a meeting that both were at: nobody waits for an answer to them.
MINUTES = "minutes"


class Line(Protocol):
    """A message as these rules see it."""

    @property
    def id(self) -> int: ...

    @property
    def kind(self) -> str: ...

    @property
    def leg_id(self) -> int | None: ...


L = TypeVar("L", bound=Line)


def unanswered(messages: Iterable[L]) -> tuple[L, ...]:
    """What the asking side has written since the last answer, the question itself among it, in order."""
    found: list[L] = []
    for one in sorted(messages, key=lambda line: line.id):
        if one.kind == ANSWER:
            found.clear()
        elif one.kind != MINUTES:
            found.append(one)
    return tuple(found)


def movable(messages: Iterable[L], *, leg_id: int, states: Sequence[str]) -> tuple[L, ...]:
    """The follow-ups that may be moved from a leg. `states` are those of the legs that live.

    Only what nobody has answered, since an answer stays where it was written; and only with one receiver that has
    the question, so that nobody else loses what was written to them.
    """
    if len(states) != 1 or states[0] not in HELD:
        return ()
    return tuple(one for one in unanswered(messages) if one.kind == FOLLOW_UP and one.leg_id == leg_id)


def begun(promises: Iterable[Promise], *, now: datetime) -> tuple[Promise, ...]:
    """The promises that begin with the moved message: those whose time has not passed already.

    Moving a message breaks nothing, since nobody could keep a promise before it was made. Raises
    Conflict("too_late_to_split") when that is so of the answer: then it is answered where it stands.
    """
    every = tuple(promises)
    if any(one.kind in ANSWERING and one.due_at < now for one in every):
        raise Conflict("too_late_to_split")
    return tuple(one for one in every if one.due_at >= now)
