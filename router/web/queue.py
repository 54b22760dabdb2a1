"""The functional mailbox: its queue, grouped by the day something is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TypeVar
from urllib.parse import quote, urlencode

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config import web
from config.errors import NotAllowed
from config.words import STOCKHOLM
from directory.rules.terms import PartyKind
from directory.web.session import database, required
from router.flows import queue as queues
from router.flows import staffing
from router.flows.queue import Order, Row, Tab, Wanted
from router.rules.terms import DeadlineKind
from router.web import due

blueprint = Blueprint("queue", __name__)

Choice = TypeVar("Choice", Tab, Order)
LONGEST_TEXT = 100
LAST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a heading in [queue_group]; an empty code has no heading."""

    code: str
    rows: tuple[Row, ...]

    @property
    def heading(self) -> str:
        """Where all that is due is an answer, the heading says so."""
        only_answers = all(row.due_kind == DeadlineKind.RESPOND for row in self.rows)
        return f"{self.code}_answer" if only_answers and self.code in ("today", "tomorrow") else self.code


@blueprint.get("/brevlada")
def mailbox() -> Response:
    actor = required()
    if not actor.mailbox_ids:
        raise NotAllowed("no_mailbox")
    # The switcher sends the mailbox that was chosen; whether it is the person's is asked where it is opened.
    return redirect(f"/brevlada/{quote(request.args.get('brevlada') or actor.mailbox_ids[0], safe='')}")


@blueprint.get("/brevlada/<mailbox_id>")
def queue(mailbox_id: str) -> str:
    actor = required()
    wanted = _wanted()
    found = queues.queue(database(), mailbox_id, wanted, actor, now=g.now)
    g.unanswered = sum(one.unanswered for one in found.mailboxes)
    grouped = wanted.order is Order.DUE and wanted.tab is not Tab.CLOSED
    now = due.minute(g.now)
    groups = _groups(found.rows, now) if grouped else (Group("", found.rows),)
    return render_template(
        "queue/_narrowed.html" if web.is_partial() else "queue/queue.html",
        queue=found,
        wanted=wanted,
        groups=groups,
        rad=due.drawn,
        now=now,
        tabs=list(Tab),
        party_kinds=list(PartyKind),
        page=wanted.offset // queues.PAGE + 1,
        address=_address,
        spans=() if web.is_partial() else staffing.forecast(database(), mailbox_id, now=g.now),
    )


def _wanted() -> Wanted:
    given = request.args
    page = min(max(given.get("sida", 1, type=int), 1), LAST_PAGE)
    return Wanted(
        tab=_choice(Tab, given.get("visa", ""), Tab.UNANSWERED),
        text=given.get("q", "")[:LONGEST_TEXT],
        from_party=given.get("fran", "")[:80],
        order=_choice(Order, given.get("ordning", ""), Order.DUE),
        offset=(page - 1) * queues.PAGE,
    )


def _address(mailbox_id: str, wanted: Wanted, *, tab: Tab | None = None, page: int = 1) -> str:
    """The same list on another page, or another tab of the mailbox."""
    pairs = [("visa", (tab or wanted.tab).value)]
    if tab is None:
        pairs += [("q", wanted.text), ("fran", wanted.from_party), ("ordning", wanted.order.value)]
        pairs += [("sida", str(page))] if page > 1 else []
    return f"/brevlada/{quote(mailbox_id, safe='')}?{urlencode([pair for pair in pairs if pair[1]])}"


def _choice(choices: type[Choice], value: str, usual: Choice) -> Choice:
    return choices(value) if value in tuple(choices) else usual


def _groups(rows: Sequence[Row], now: datetime) -> tuple[Group, ...]:
    """Lines that come sorted by due time, under the headings people plan their day by."""
    grouped = groupby(rows, key=lambda row: _group(row.due_at, now))
    return tuple(Group(code, tuple(those)) for code, those in grouped)


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
