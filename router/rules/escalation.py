"""Who is reminded of a promise, and at which steps: a plan, the common one or somebody's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from config.errors import Invalid

MOST_STEPS = 8


class When(StrEnum):
    """What a step is counted from. The amount is percent, working hours, nothing, or working days."""

    SHARE = "share"
    HOURS_BEFORE = "hours_before"
    BREACH = "breach"
    DAYS_AFTER = "days_after"


class Told(StrEnum):
    """Whom a step is said to, in the order of who answers for the promise."""

    KEEPERS = "keepers"
    OWNER = "owner"
    SUPERIOR = "superior"
    ADMINISTRATOR = "administrator"


class Way(StrEnum):
    """How a person wants letters: each at once, one a day with all, or none."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


BEFORE = frozenset({When.SHARE, When.HOURS_BEFORE})
AMOUNTS: Mapping[When, range] = {
    When.SHARE: range(1, 100),
    When.HOURS_BEFORE: range(1, 201),
    When.BREACH: range(0, 1),
    When.DAYS_AFTER: range(1, 61),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a plan and whom it is told to."""

    when: When
    amount: int
    to: tuple[Told, ...]

    @property
    def key(self) -> str:
        """What the step is stored as; it says all but the recipients."""
        return str(self.when) if self.when is When.BREACH else f"{self.when}:{self.amount}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps, and whose they are: `default`, `mailbox:…` or `agreement:…`.

    What a plan says counts from `since`: a step that had passed when the plan was made is not said afterwards.
    """

    source: str
    steps: tuple[Step, ...]
    since: datetime | None = None

    @property
    def at_breach(self) -> tuple[Told, ...]:
        return next(step.to for step in self.steps if step.when is When.BREACH)


DEFAULT_PLAN = Plan(
    "default",
    (
        Step(When.SHARE, 75, (Told.KEEPERS,)),
        Step(When.BREACH, 0, (Told.KEEPERS, Told.OWNER)),
        Step(When.DAYS_AFTER, 1, (Told.SUPERIOR,)),
        Step(When.DAYS_AFTER, 3, (Told.ADMINISTRATOR,)),
    ),
)


def make(source: str, steps: Iterable[Step], *, since: datetime | None = None) -> Plan:
    """A plan of its own, its steps in the order they fall due.

    Raises Invalid: "too_many_steps", "bad_amount", "nobody_told", "step_twice", or "no_breach_step" when
    the owner is not told of a broken promise: that letter nobody can do without.
    """
    order = list(When)
    rows = sorted(steps, key=lambda one: (order.index(one.when), _sooner(one)))
    if len(rows) > MOST_STEPS:
        raise Invalid("too_many_steps", field="/steps", most=MOST_STEPS)
    for one in rows:
        if one.amount not in AMOUNTS[one.when]:
            fits = AMOUNTS[one.when]
            raise Invalid("bad_amount", field="/steps", least=fits.start, most=fits.stop - 1)
        if not one.to:
            raise Invalid("nobody_told", field="/steps")
    if any(one.key == other.key for one, other in pairwise(rows)):
        raise Invalid("step_twice", field="/steps")
    if not any(one.when is When.BREACH and Told.OWNER in one.to for one in rows):
        raise Invalid("no_breach_step", field="/steps")
    return Plan(source, tuple(rows), since)


def as_json(plan: Plan) -> list[dict[str, Any]]:
    """The steps as they are stored."""
    return [
        {"when": str(one.when), "amount": one.amount, "to": [str(told) for told in one.to]}
        for one in plan.steps
    ]


def read(source: str, rows: Sequence[Mapping[str, Any]], *, since: datetime | None = None) -> Plan:
    """A stored plan. Raises ValueError for a word nobody knows."""
    steps = [
        Step(When(row["when"]), int(row["amount"]), tuple(told for told in Told if told in row["to"]))
        for row in rows
    ]
    return Plan(source, tuple(steps), since)


def choose(plans: Mapping[str, Plan], *, mailbox_id: str, agreement_id: str | None) -> Plan:
    """The plan of a deadline: its mailbox's own, else its agreement's, else the common one.

    The mailbox comes first: it is its people who are told, and only they know who answers for what there.
    """
    return plans.get(f"mailbox:{mailbox_id}") or plans.get(f"agreement:{agreement_id}") or DEFAULT_PLAN


def way(chosen: Way, told: Told, when: When) -> Way:
    """How a letter reaches a person: as chosen, but the owner is always told of a broken promise."""
    must = told is Told.OWNER and when is When.BREACH
    return Way.AT_ONCE if must and chosen is Way.OFF else chosen


def _sooner(step: Step) -> int:
    return -step.amount if step.when is When.HOURS_BEFORE else step.amount
