"""The board: are the promises kept? Adds up kept counters and lists breaches; decides nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotAllowed
from directory.records.models import EntryPoint, Party
from directory.rules import access
from directory.rules.access import Actor
from router.records import figures
from router.records.models import Tally
from router.records.tallies import HANDED_BACK, week_of
from router.rules import pausing
from router.rules.escalation import BEFORE, When
from router.rules.measures import FEWEST, median_days, net_counts, working_days_running, working_days_used
from router.rules.terms import DeadlineKind

WEEKS = 12
# A week's share is that of the four weeks up to it: a single week holds too few to say anything.
ROLLING = 4
PAGE = 50


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many; `percent` is None under ten."""

    on_time: int
    late: int

    @property
    def count(self) -> int:
        return self.on_time + self.late

    @property
    def percent(self) -> int | None:
        return round(100 * self.on_time / self.count) if self.count >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week: how many asked in it; answers and meetings in time over the four weeks that end with it."""

    week: str
    asked: int
    respond: Share
    meeting: Share


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A broken promise, without a word of what was asked; its fields stand in the order they are read in."""

    reference: str
    from_party: str
    to_party: str
    to_name: str
    kind: str
    due_at: datetime
    found_at: datetime
    stopped_at: datetime | None
    outcome: str | None
    cause: str | None
    comment: str
    id: int
    # Working days until it was done, with and without those it stood still; None while it is open.
    gross_days: int | None
    net_days: int | None
    mailbox_id: str
    may_read: bool


@dataclass(frozen=True, slots=True)
class Board:
    """Key numbers of a scope over the last weeks, and its breaches, newest first."""

    scope: str
    scopes: tuple[tuple[str, str], ...]
    respond: Share
    meeting: Share
    acknowledge: Share
    median_days: float | None
    net_median_days: float | None
    late_now: int
    open_now: int
    asked: int
    # Questions that came to the wrong way in.
    handed_back: int
    weeks: tuple[Week, ...]
    breaches: tuple[BreachRow, ...]
    breach_count: int
    # Reminders before the due time and after; kept for all together only.
    reminded_before: int
    reminded_after: int


def board(
    database: Database, actor: Actor, *, scope: str = "", cause: str | None = None, now: datetime
) -> Board:
    """The board of a scope ("all", "party:…", "mailbox:…"; the widest one allowed when empty).

    With a cause its breaches are only those of that cause; an empty one means those nobody has explained.
    Raises NotAllowed for a scope that is not the person's.
    """
    chosen = _choose(actor, scope)
    since = now - timedelta(weeks=WEEKS - 1)
    with database.reading() as session:
        tallied = _tallies(session, chosen, _first_week(now))
        total = _sum(counts for week, counts in tallied.items() if week >= week_of(since))
        late_now, open_now = _now(session, chosen, now)
        breaches = _breaches(session, chosen, actor, cause=cause, limit=PAGE)
        named = _names(session, access.board_scopes(actor))
    late = sum(total[f"{kind}.late"] for kind in DeadlineKind)
    return Board(
        scope=chosen,
        scopes=named,
        respond=_share(total, DeadlineKind.RESPOND),
        meeting=_share(total, DeadlineKind.MEETING),
        acknowledge=_share(total, DeadlineKind.ACKNOWLEDGE),
        median_days=median_days(total),
        net_median_days=median_days(net_counts(total)),
        late_now=late_now,
        open_now=open_now,
        asked=total["asked"],
        handed_back=total[HANDED_BACK],
        weeks=_rolling(tallied, now),
        breaches=breaches,
        breach_count=late,
        reminded_before=sum(total[f"reminded.{when}"] for when in BEFORE),
        reminded_after=total[f"reminded.{When.DAYS_AFTER}"],
    )


def breaches(
    database: Database, actor: Actor, *, scope: str = "", cause: str | None = None, limit: int = 200
) -> tuple[BreachRow, ...]:
    """Breaches the person may know of, newest first. Raises NotAllowed for a scope that is not the person's."""
    chosen = _choose(actor, scope)
    with database.reading() as session:
        if scope or chosen == "all":
            return _breaches(session, chosen, actor, cause=cause, limit=limit)
        rows: dict[int, BreachRow] = {}
        for one in access.board_scopes(actor):
            found = _breaches(session, one, actor, cause=cause, limit=limit)
            rows.update({row.id: row for row in found})
    return tuple(sorted(rows.values(), key=lambda row: row.due_at, reverse=True)[:limit])


def outcomes(
    database: Database, mailbox_ids: Sequence[str], *, now: datetime
) -> Mapping[str, tuple[Share, float | None]]:
    """How each mailbox has answered in the last twelve weeks: its share in time, its median in working days."""
    if not mailbox_ids:
        return {}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with database.reading() as session:
        rows = session.execute(
            sa.select(Tally.scope, Tally.measure, Tally.n).where(
                Tally.scope.in_([f"mailbox:{one}" for one in mailbox_ids]),
                Tally.week >= week_of(now - timedelta(weeks=WEEKS - 1)),
            )
        )
        for scope, measure, n in rows:
            found[scope.removeprefix("mailbox:")][measure] += n
    return {one: (_share(counts, DeadlineKind.RESPOND), median_days(counts)) for one, counts in found.items()}


def months(database: Database, mailbox_id: str, *, now: datetime) -> tuple[Week, ...]:
    """A mailbox's last twelve weeks, for the table on its entry point's page."""
    with database.reading() as session:
        tallied = _tallies(session, f"mailbox:{mailbox_id}", _first_week(now))
    return _rolling(tallied, now)


def _choose(actor: Actor, scope: str) -> str:
    scopes = access.board_scopes(actor)
    if not scopes or (scope and scope not in scopes):
        raise NotAllowed("not_your_board")
    return scope or scopes[0]


def _tallies(session: Session, scope: str, first_week: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for week, measure, n in session.connection().execute(
        figures.TALLIED, {"scope": scope, "first": first_week}
    ):
        found[week][measure] += n
    return found


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counters:
        total.update(one)
    return total


def _share(counts: Mapping[str, int], kind: DeadlineKind) -> Share:
    return _shared([counts], kind)


def _shared(counts: Sequence[Mapping[str, int]], kind: DeadlineKind) -> Share:
    on_time, late = f"{kind}.on_time", f"{kind}.late"
    return Share(sum(one.get(on_time, 0) for one in counts), sum(one.get(late, 0) for one in counts))


def _first_week(now: datetime) -> str:
    return week_of(now - timedelta(weeks=WEEKS + ROLLING - 2))


def _rolling(tallied: Mapping[str, Counter[str]], now: datetime) -> tuple[Week, ...]:
    names = [week_of(now - timedelta(weeks=back)) for back in range(WEEKS + ROLLING - 2, -1, -1)]
    counts = [tallied.get(name, Counter()) for name in names]
    return tuple(
        _week(names[last], counts[last]["asked"], counts[last - ROLLING + 1 : last + 1])
        for last in range(ROLLING - 1, len(names))
    )


def _week(week: str, asked: int, counts: Sequence[Mapping[str, int]]) -> Week:
    return Week(week, asked, _shared(counts, DeadlineKind.RESPOND), _shared(counts, DeadlineKind.MEETING))


def _now(session: Session, scope: str, now: datetime) -> tuple[int, int]:
    kind, target = _parts(scope)
    late, every = session.connection().execute(figures.open_legs(kind), {"target": target, "now": now}).one()
    return int(late), int(every)


def _breaches(
    session: Session, scope: str, actor: Actor, *, cause: str | None, limit: int
) -> tuple[BreachRow, ...]:
    kind, target = _parts(scope)
    wanted = {"target": target, "limit": limit} | ({} if cause is None else {"cause": cause})
    found = session.connection().execute(figures.broken(kind, by_cause=cause is not None), wanted)
    mailboxes, units = frozenset(actor.mailbox_ids), frozenset(actor.unit_ids)
    return tuple(
        BreachRow(
            *(
                *facts,
                *_taken(start_at, facts[_STOPPED_AT], pauses),
                mailbox_id,
                mailbox_id in mailboxes or unit_id in units,
            )
        )
        for *facts, start_at, pauses, mailbox_id, unit_id in found
    )


# Where the moment it was done stands among the columns of figures.broken.
_STOPPED_AT = 7


def _taken(
    start_at: datetime, stopped_at: datetime | None, pauses: Sequence[Mapping[str, Any]]
) -> tuple[int | None, int | None]:
    """Working days until it was done, gross and net."""
    if stopped_at is None:
        return None, None
    gross = working_days_used(start_at, stopped_at)
    return gross, working_days_running(start_at, stopped_at, pausing.read(pauses)) if pauses else gross


def _parts(scope: str) -> tuple[str, str]:
    kind, _, target = scope.partition(":")
    return kind, target


def _names(session: Session, scopes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Each scope with the name it is shown by; "all" has none."""
    parties = [one.removeprefix("party:") for one in scopes if one.startswith("party:")]
    mailboxes = [one.removeprefix("mailbox:") for one in scopes if one.startswith("mailbox:")]
    named = {"all": ""}
    if parties:
        found = session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(parties)))
        named |= {f"party:{row.id}": row.name for row in found}
    if mailboxes:
        found = session.execute(sa.select(EntryPoint.id, EntryPoint.name).where(EntryPoint.id.in_(mailboxes)))
        named |= {f"mailbox:{row.id}": row.name for row in found}
    return tuple((one, named.get(one, "")) for one in scopes)
