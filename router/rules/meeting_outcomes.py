"""What somebody says came of a meeting, and what is demanded of it before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from config.errors import Conflict, Invalid
from router.rules import incoming
from router.rules.next_steps import LONGEST_STEP, MOST_STEPS

LONGEST_MINUTES = 5000


@dataclass(frozen=True, slots=True)
class StepWish:
    """What one participant takes upon itself: what, by the end of which day."""

    participant_id: int
    what: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Outcome:
    """Held or not. `attended` says of participants whether they came; who is not named did.

    `minutes` empty: nobody wrote any. `closes`: the inquiry is closed with it, as closing it does.
    """

    held: bool
    attended: Mapping[int, bool] = field(default_factory=dict)
    minutes: str = ""
    steps: tuple[StepWish, ...] = ()
    closes: bool = False


def examine(outcome: Outcome) -> None:
    """Refuse what may not be stored or contradicts itself, naming the field. Says nothing of who takes part."""
    if not outcome.held and (outcome.minutes.strip() or outcome.steps):
        raise Invalid("nothing_was_held", field="/minutes" if outcome.minutes.strip() else "/steps")
    if not outcome.held and outcome.closes:
        raise Invalid("close_not_held", field="/closes")
    if outcome.minutes.strip():
        incoming.written(outcome.minutes, "/minutes", longest=LONGEST_MINUTES)
    if len(outcome.steps) > MOST_STEPS:
        raise Invalid("too_many_next_steps", field="/steps", most=MOST_STEPS)
    for place, one in enumerate(outcome.steps):
        incoming.written(one.what, f"/steps/{place}/what", longest=LONGEST_STEP)
    if outcome.closes and outcome.steps:
        raise Invalid("close_with_steps", field="/closes")


def examine_hour(starts_at: datetime | None, now: datetime) -> None:
    """Nothing can have come of a meeting before its hour. Raises Conflict("not_yet_met")."""
    if starts_at is None:
        raise Conflict("no_meeting")
    if now < starts_at:
        raise Conflict("not_yet_met", at=starts_at.isoformat())


def came(participant_ids: Sequence[int], outcome: Outcome) -> dict[int, bool]:
    """For every participant whether it came. Raises Invalid for one that does not take part, or when nobody came."""
    known = frozenset(participant_ids)
    if not known.issuperset(outcome.attended):
        raise Invalid("unknown_participant", field="/absent")
    found = {one: outcome.attended.get(one, True) for one in participant_ids}
    if found and not any(found.values()):
        raise Invalid("nobody_came", field="/absent")
    return found


def examine_steps(outcome: Outcome, attended: Mapping[int, bool]) -> None:
    """A step is promised by who was there. Raises Invalid("unknown_participant") or Invalid("was_absent")."""
    for place, one in enumerate(outcome.steps):
        field_name = f"/steps/{place}/participant"
        if one.participant_id not in attended:
            raise Invalid("unknown_participant", field=field_name)
        if not attended[one.participant_id]:
            raise Invalid("was_absent", field=field_name)
