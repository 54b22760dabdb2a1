"""The reminders that one deadline's steps make, and the letters that are written at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from router.records import letters, remindees, told, twins
from router.records.remindees import People, Remindee
from router.rules import escalation, falling
from router.rules.escalation import BEFORE, Plan, Way
from router.rules.falling import Clock, Fall


@dataclass(frozen=True, slots=True)
class Wanted:
    """Steps of one deadline that have come, newest first, and what they are said by."""

    row: Any
    plan: Plan
    clock: Clock
    falls: Sequence[Fall]


def of_one(
    wanted: Wanted,
    people: People,
    said: dict[tuple[str, str], datetime],
    *,
    twin: twins.Told | None,
    now: datetime,
) -> tuple[list[dict[str, Any]], list[letters.Letter]]:
    """The reminders of one deadline, and the letters that are written at once. `twin` is told of what is said."""
    row, plan, stored, mails = wanted.row, wanted.plan, [], []
    heard = _heard(row, told.breach_people(people, plan), said, twin=twin, now=now)
    for fall in wanted.falls:
        for one in remindees.chosen(people, fall.step.to):
            kept = _reminder(row, plan, fall, one, clock=wanted.clock, now=now)
            same = (row.due_at, fall.step.key, one.address)
            has_heard = one.address in heard and heard[one.address] >= fall.at
            if kept["state"] != "off" and (has_heard or (twin is not None and same in twin.steps)):
                kept["state"] = "merged"
            elif kept["state"] == "written":
                mails.append(told.letter(row, fall.step.key, plan.source, one.address, role=one.told))
            heard[one.address] = max(now, heard.get(one.address, now))
            stored.append(kept)
            if twin is not None:
                twin.add(*same, now)
    return stored, mails


def _heard(
    row: Any,
    of_breach: Sequence[Remindee],
    said: dict[tuple[str, str], datetime],
    *,
    twin: twins.Told | None,
    now: datetime,
) -> dict[str, datetime]:
    """When each recipient was last told of this promise: a step that had come by then stands in that letter."""
    heard: dict[str, datetime] = dict(twin.last) if twin is not None else {}
    for (_, recipient), at in said.items():
        # A reminder made after now was made by a clock that was wrong; it has said nothing of what comes.
        if at <= now:
            heard[recipient] = max(at, heard.get(recipient, at))
    of_twin = twin.broken_at if twin is not None else None
    for found_at in (row.found_at, of_twin):
        if found_at is not None and found_at <= now:
            for one in of_breach:
                heard[one.address] = max(found_at, heard.get(one.address, found_at))
    return heard


def _reminder(
    row: Any, plan: Plan, fall: Fall, one: Remindee, *, clock: Clock, now: datetime
) -> dict[str, Any]:
    way = escalation.way(one.way, one.told, fall.step.when)
    send_at, state = now, "off"
    if way is Way.DIGEST:
        send_at, state = falling.morning(clock.calendar, now), "waiting"
        # A warning that came with the next morning's letter would come too late.
        if fall.step.when in BEFORE and send_at >= clock.due_at:
            way = Way.AT_ONCE
    if way is Way.AT_ONCE:
        send_at = falling.opening(clock.calendar, now)
        state = "written" if send_at <= now else "waiting"
    return {
        "deadline_id": row.id,
        "step": fall.step.key,
        "recipient": one.address,
        "inquiry_id": row.inquiry_id,
        "told": str(one.told),
        "plan": plan.source,
        "at": fall.at,
        "made_at": now,
        "way": str(way),
        "state": state,
        "send_at": send_at,
    }
