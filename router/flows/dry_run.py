"""A dry run over what was promised lately: which breaches a changed term or calendar would add or take away.

Nothing is changed. Promises are read by their key from the newest back, a piece at a time, until one begins
before the days that are asked for; so a run costs what lies in those days, however much is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.errors import Invalid
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.agreements import Term, parse_term
from router.records import calendars
from router.records.models import Deadline, Extension, Inquiry
from router.rules import comparing, kept_calendars, pausing
from router.rules.calendars import Calendar
from router.rules.comparing import Change, Compared, Lived, Verdict
from router.rules.deadlines import Moves
from router.rules.kept_calendars import Shelf
from router.rules.pausing import Extended
from router.rules.terms import DeadlineKind, Outcome

DEADLINE, INQUIRY, EXTENSION, MAILBOX = map(table, (Deadline, Inquiry, Extension, Mailbox))
# What was taken on at a meeting was promised by its day: no term or calendar is tried on it.
KINDS = tuple(one for one in DeadlineKind if one is not DeadlineKind.NEXT_STEP)
DAYS = 90
PIECE = 2000
# So many promises that change are named; all are counted.
NAMED = 5000
_COLUMNS = (
    *(DEADLINE.c[name] for name in ("id", "mailbox_id", "party_id", "kind", "term", "start_at", "due_at")),
    *(DEADLINE.c[name] for name in ("stopped_at", "breached", "pauses", "moves", "extended_to")),
    DEADLINE.c.calendar_id,
    DEADLINE.c.calendar_version,
    INQUIRY.c.reference,
    EXTENSION.c.reason,
    EXTENSION.c.was_due_at,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What would be changed, and for which promises; empty is every one, or as it is."""

    kind: str = ""
    term: str = ""
    calendar: str = ""
    moves: str = ""
    agreement: str = ""
    mailbox: str = ""
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class Line:
    """How many promises a mailbox has in the run, and how many are broken before and after the change."""

    mailbox_id: str
    name: str
    counts: Counter[Verdict]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def before(self) -> int:
        return self.counts[Verdict.VANISHES] + self.counts[Verdict.BROKEN]

    @property
    def after(self) -> int:
        return self.counts[Verdict.APPEARS] + self.counts[Verdict.BROKEN]


@dataclass(frozen=True, slots=True)
class Report:
    """The run: in all, by mailbox, and the promises that change. `reached_at` when there was no time for all."""

    all: Line
    mailboxes: tuple[Line, ...]
    changed: tuple[Compared, ...]
    since: datetime
    reached_at: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def run(
    database: Database,
    wanted: Wanted,
    actor: Actor | None,
    *,
    now: datetime,
    is_over: Callable[[], bool] = lambda: False,
    tell: Callable[[int], None] = lambda _seen: None,
) -> Report:
    """Compare what was promised in the last days with what the change would have made of it.

    `actor` is None at the command line. `is_over` ends a run that takes too long; `tell` hears how far it is.
    Raises NotAllowed, Invalid("bad_term"), Invalid("nothing_to_try"), Invalid("unknown_calendar") and others.
    """
    if actor is not None:
        access.require_open(actor, Action.DRY_RUN, Scope())
    change, since = _change(wanted), now - timedelta(days=wanted.days)
    counts: dict[str, Counter[Verdict]] = {}
    changed: list[Compared] = []
    reached_at, seen = None, 0
    with database.snapshot() as session:
        base, shelf = _calendar_id(session, wanted.calendar), Shelf(calendars.current(session))
        for rows, oldest_at in _pieces(session, wanted, since):
            for row in rows:
                found = comparing.compare(_lived(row), change, _calendar(session, row, base, shelf), now=now)
                counts.setdefault(row.mailbox_id, Counter())[found.verdict] += 1
                if found.verdict in (Verdict.APPEARS, Verdict.VANISHES) and len(changed) < NAMED:
                    changed.append(found)
            seen += len(rows)
            tell(seen)
            if is_over():
                reached_at = oldest_at
                break
        names = _names(session, counts)
    lines = [Line(one, names.get(one, one), found) for one, found in counts.items()]
    lines.sort(key=lambda one: (-abs(one.after - one.before), -one.after, one.name))
    whole = Line("", "", sum(counts.values(), Counter()))
    return Report(whole, tuple(lines), tuple(changed), since, reached_at, names)


def _change(wanted: Wanted) -> Change:
    if wanted.kind and wanted.kind not in KINDS:
        raise Invalid("unknown_kind", field="/kind")
    if not 1 <= wanted.days <= 366:
        raise Invalid("bad_days", field="/days", most=366)
    if not (wanted.term or wanted.calendar or wanted.moves):
        raise Invalid("nothing_to_try", field="/term")
    try:
        term: Term | None = parse_term(wanted.term) if wanted.term else None
    except ValueError:
        raise Invalid("bad_term", field="/term", value=wanted.term[:40]) from None
    try:
        moves = Moves(wanted.moves) if wanted.moves else None
    except ValueError:
        raise Invalid("bad_moves", field="/moves", value=wanted.moves[:40]) from None
    return Change(term, moves)


def _calendar_id(session: Session, name: str) -> str:
    """The calendar with this id, or else this name, as stored ones are called."""
    if not name or name == kept_calendars.BUILT_IN.id:
        return name
    known = calendars.current(session)
    kept = known.get(name) or next((one for one in known.values() if one.name == name), None)
    if kept is None or kept.is_local:
        raise Invalid("unknown_calendar", field="/calendar", value=name[:60])
    return kept.id


def _calendar(session: Session, row: Any, base: str, shelf: Shelf) -> Calendar:
    """The calendar the promise is counted by in the run: its own, or the other with the local days over it."""
    if base:
        return shelf.calendar(base, party_id=row.party_id, mailbox_id=row.mailbox_id)
    return calendars.read(session, row.calendar_id, row.calendar_version)


def _pieces(session: Session, wanted: Wanted, since: datetime) -> Iterator[tuple[list[Any], datetime]]:
    """Rows to compare, newest first, with the start of the newest promise of each piece."""
    high = session.scalar(sa.select(sa.func.max(DEADLINE.c.id))) or 0
    narrowed = [
        column == value
        for column, value in (
            (DEADLINE.c.kind, wanted.kind),
            (DEADLINE.c.mailbox_id, wanted.mailbox),
            (INQUIRY.c.agreement_id, wanted.agreement),
        )
        if value
    ]
    withdrawn = sa.and_(DEADLINE.c.outcome == Outcome.WITHDRAWN.value, DEADLINE.c.breached == sa.false())
    while high > 0:
        piece = sa.and_(DEADLINE.c.id <= high, DEADLINE.c.id > high - PIECE)
        newest = session.scalar(sa.select(sa.func.max(DEADLINE.c.start_at)).where(piece))
        if newest is not None and newest < since:
            return
        statement = (
            sa.select(*_COLUMNS)
            .join_from(DEADLINE, INQUIRY, INQUIRY.c.id == DEADLINE.c.inquiry_id)
            .outerjoin(EXTENSION, EXTENSION.c.id == DEADLINE.c.extended_by)
            .where(piece, DEADLINE.c.start_at >= since, DEADLINE.c.kind.in_(KINDS), *narrowed)
            # What the asker gave up waiting for was neither kept nor broken.
            .where(sa.or_(DEADLINE.c.outcome.is_(None), sa.not_(withdrawn)))
            .order_by(DEADLINE.c.id.desc())
        )
        yield list(session.execute(statement)), newest or since
        high -= PIECE


def _lived(row: Any) -> Lived:
    return Lived(
        deadline_id=row.id,
        reference=row.reference,
        mailbox_id=row.mailbox_id,
        kind=row.kind,
        term=parse_term(row.term),
        start_at=row.start_at,
        due_at=row.due_at,
        stopped_at=row.stopped_at,
        breached=row.breached,
        spans=pausing.read(row.pauses),
        moves=Moves(row.moves),
        extended=Extended(row.extended_to, row.reason, row.was_due_at) if row.extended_to else None,
    )


def _names(session: Session, mailbox_ids: Mapping[str, object]) -> dict[str, str]:
    rows = session.execute(sa.select(MAILBOX.c.id, MAILBOX.c.name).where(MAILBOX.c.id.in_(list(mailbox_ids))))
    return {row.id: row.name for row in rows}
