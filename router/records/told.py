"""What is told when a promise is broken, and the facts every reminder holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import rfc3339
from router.records import calendars, letters, remindees, reminders, tallies, twins
from router.records.remindees import People, Remindee
from router.records.reminders import Reminder
from router.rules import escalation, falling
from router.rules.escalation import Plan, Told, Way, When

REMINDER = table(Reminder)
_INSERT = sa.insert(REMINDER)


def at_breach(session: Session, rows: Sequence[Any], seqs: Mapping[int, int], *, now: datetime) -> None:
    """Write the letters of broken promises: the step "at breach" of each one's plan.

    A row has the deadline's id, inquiry, mailbox, kind, due time and calendar, and the inquiry's reference and
    agreement; `seqs` says by which event the breach is told. A letter waits for working hours; who wants one a day,
    or none, gets a Reminder instead, and so does who is told of the same promise's twin.
    """
    plans = reminders.plans_of(session, {row.mailbox_id for row in rows}, {row.agreement_id for row in rows})
    asked = {told for plan in (escalation.DEFAULT_PLAN, *plans.values()) for told in plan.at_breach}
    people = remindees.of_mailboxes(session, {row.mailbox_id for row in rows}, asked, now=now)
    hours: dict[tuple[str, int], tuple[datetime, datetime]] = {}
    mails, kept = [], []
    pairs: set[twins.Pair | None] = {*twins.broken(session, rows, now)}
    known: dict[tuple[str, str | None], tuple[Plan, tuple[Remindee, ...]]] = {}
    for row in rows:
        scope = row.mailbox_id, row.agreement_id
        if scope not in known:
            plan = escalation.choose(plans, mailbox_id=row.mailbox_id, agreement_id=row.agreement_id)
            known[scope] = plan, breach_people(people[row.mailbox_id], plan)
        plan, recipients = known[scope]
        counted_by = row.calendar_id, row.calendar_version
        if counted_by not in hours:
            calendar = calendars.read(session, *counted_by)
            hours[counted_by] = falling.opening(calendar, now), falling.morning(calendar, now)
        opens_at, begins_at = hours[counted_by]
        pair = twins.pair(row)
        is_told = pair is not None and pair in pairs
        for one in recipients:
            if one.way is Way.AT_ONCE and not is_told:
                said = facts(row, str(When.BREACH), plan.source, one.told)
                mails.append(
                    letters.Letter(
                        "reminder", one.address, row.inquiry_id, seqs[row.id], said, send_at=opens_at
                    )
                )
            else:
                kept.append(_kept(row, plan, one, now=now, begins_at=begins_at, is_told=is_told))
        pairs.add(pair)
    letters.write(session, mails, now=now)
    if kept:
        session.connection().execute(_INSERT, kept)


def breach_people(people: People, plan: Plan) -> tuple[Remindee, ...]:
    """Who is told of a breach by a plan, each in the way that holds for a breach."""
    return tuple(
        Remindee(one.address, one.told, escalation.way(one.way, one.told, When.BREACH))
        for one in remindees.chosen(people, plan.at_breach)
    )


def letter(row: Any, step: str, plan: str, address: str, *, role: Told) -> letters.Letter:
    """The letter of a step before or after the due time; the watch writes that of the breach."""
    said = facts(row, step, plan, role)
    return letters.Letter(
        "step", address, row.inquiry_id, row.version, said, about=f"deadline:{row.id}:{step}"
    )


def count(changes: tallies.Changes, step: str, made_at: datetime, *, n: int = 1) -> None:
    """Note reminders of one kind of step, for all together: a deadline may move to another mailbox later."""
    changes["all", tallies.week_of(made_at), f"reminded.{step.partition(':')[0]}"] += n


def facts(row: Any, step: str, plan: str, told: Told) -> dict[str, Any]:
    """What a reminder may say: which promise, which step, by whose plan, in which role. Never any content."""
    return {
        "reference": row.reference,
        "path": letters.path_of(row.reference),
        "promise": row.kind,
        "due_at": rfc3339(row.due_at),
        "step": step,
        "plan": plan.partition(":")[0],
        "role": str(told),
    }


def _kept(
    row: Any, plan: Plan, one: Remindee, *, now: datetime, begins_at: datetime, is_told: bool
) -> dict[str, Any]:
    is_off = one.way is Way.OFF
    return {
        "deadline_id": row.id,
        "step": str(When.BREACH),
        "recipient": one.address,
        "inquiry_id": row.inquiry_id,
        "told": str(one.told),
        "plan": plan.source,
        "at": row.due_at,
        "made_at": now,
        "way": str(one.way),
        "state": "off" if is_off else "merged" if is_told else "waiting",
        "send_at": now if is_off or is_told else begins_at,
    }
