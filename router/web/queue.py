"""The functional mailbox: its queue, grouped by the day an answer is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config import web
from config.errors import NotAllowed
from config.words import STOCKHOLM
from directory.web.session import database, required
from router.flows import queue as queues
from router.flows.queue import Order, Row, Tab, Wanted

blueprint = Blueprint("queue", __name__)

Choice = TypeVar("Choice", Tab, Order)


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a heading in [queue_group]; an empty code has no heading."""

    code: str
    rows: tuple[Row, ...]


@blueprint.get("/brevlada")
def mailbox() -> Response:
    actor = required()
    if not actor.mailbox_ids:
        raise NotAllowed("no_mailbox")
    return redirect(f"/brevlada/{actor.mailbox_ids[0]}")


@blueprint.get("/brevlada/<mailbox_id>")
def queue(mailbox_id: str) -> str:
    actor = required()
    wanted = _wanted()
    found = queues.queue(database(), mailbox_id, wanted, actor, now=g.now)
    grouped = wanted.order is Order.DUE and wanted.tab is not Tab.CLOSED
    groups = _groups(found.rows, g.now) if grouped else (Group("", found.rows),)
    template = "queue/_rows.html" if web.is_partial() else "queue/queue.html"
    return render_template(
        template, queue=found, wanted=wanted, groups=groups, tabs=list(Tab), page=queues.PAGE, now=g.now
    )


def _wanted() -> Wanted:
    given = request.args
    return Wanted(
        tab=_choice(Tab, given.get("visa", ""), Tab.UNANSWERED),
        text=given.get("q", "")[:100],
        from_party=given.get("fran", "")[:80],
        order=_choice(Order, given.get("ordning", ""), Order.DUE),
        offset=max(given.get("sida", 0, type=int), 0),
    )


def _choice(choices: type[Choice], value: str, usual: Choice) -> Choice:
    return choices(value) if value in tuple(choices) else usual


def _groups(rows: Sequence[Row], now: datetime) -> tuple[Group, ...]:
    """Rows that come sorted by due time, under the headings people plan their day by."""
    groups: list[Group] = []
    for row in rows:
        code = _group(row.due_at, now)
        if groups and groups[-1].code == code:
            groups[-1] = Group(code, (*groups[-1].rows, row))
        else:
            groups.append(Group(code, (row,)))
    return tuple(groups)


def _group(due_at: datetime | None, now: datetime) -> str:
    if due_at is None:
        return "none"
    if due_at < now:
        return "late"
    today: date = now.astimezone(STOCKHOLM).date()
    due: date = due_at.astimezone(STOCKHOLM).date()
    ahead = (due - today).days
    if ahead <= 1:
        return "tomorrow" if ahead else "today"
    return "this_week" if due.isocalendar()[:2] == today.isocalendar()[:2] else "later"
