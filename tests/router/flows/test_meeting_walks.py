"""Random walks of bookings, moves and cancellations beside a simple count of days: the deadline is right after each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.database import Database
from router.flows import agreements, desk, extending, ledger, meetings, pausing, proposing, watch
from router.flows.extending import Proposal
from router.flows.meetings import Wish
from router.flows.proposing import Proposed
from router.records.meeting_models import MeetingTime
from router.records.models import Deadline, Extension
from tests.support import size
from tests.support.asking import ask, rows
from tests.support.cast import Cast

# Each step alone is tried on both engines elsewhere.
ONE_ENGINE_A_DAY = True
WALKS, STEPS = (40, 20) if size.IS_FULL else (2, 9)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# Weeks around each night on which the clocks are moved; these days in them the calendar is closed.
STARTS = (datetime(2027, 10, 1, 6, tzinfo=UTC), datetime(2028, 2, 25, 6, tzinfo=UTC))
CLOSED = {
    *(date(2027, 12, day) for day in (24, 31)),
    date(2028, 1, 6),
    *(date(2028, 4, day) for day in (14, 17)),
    *(date(2028, 5, day) for day in (1, 25)),
    *(date(2028, 6, day) for day in (6, 23)),
    *(date(2028, 12, day) for day in (25, 26)),
    date(2029, 1, 1),
}
CLOSES = time(16, 30)
LONGEST_PAUSE, PAUSES_IN_ALL = 14 * DAY, 28 * DAY

Span = tuple[datetime, datetime]


def is_open(day: date) -> bool:
    return day.weekday() < 5 and day not in CLOSED


def close_of(day: date) -> datetime:
    return datetime.combine(day, CLOSES, STOCKHOLM).astimezone(UTC)


def inside(at: datetime, spans: list[Span]) -> datetime | None:
    """Where the pause ends that holds at a moment."""
    return next((to_at for from_at, to_at in spans if from_at <= at < to_at), None)


def past(day: date, spans: list[Span]) -> datetime:
    """The close of a day, or of the first open one after the pause that it lies in."""
    at = close_of(day)
    while (ends := inside(at, spans)) is not None:
        day = ends.astimezone(STOCKHOLM).date()
        while not is_open(day) or close_of(day) < ends:
            day += DAY
        at = close_of(day)
    return at


def counted(start: datetime, spans: list[Span]) -> datetime:
    """Thirty midnights on which no clock stood still, back to an open day; never inside a pause."""
    day, left = start.astimezone(STOCKHOLM).date(), 30
    while left:
        midnight = datetime.combine(day + DAY, time(), STOCKHOLM).astimezone(UTC)
        left -= inside(midnight, spans) is None
        day += DAY
    while not is_open(day):
        day -= DAY
    return past(day, spans)


@dataclass
class Oracle:
    """What is promised and what has been done, kept as simply as it can be said."""

    start: datetime
    is_held: bool
    due: datetime
    spans: list[Span] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    extended: date | None = None
    times_extended: int = 0
    stopped: datetime | None = None
    booked_for: datetime | None = None
    waits: bool = False
    is_broken: bool = False

    @property
    def outcome(self) -> str | None:
        if self.stopped is None:
            return None
        return "late" if self.stopped > self.due else "on_time"

    def count(self) -> None:
        self.due = counted(self.start, self.spans)
        if self.extended is not None:
            self.due = max(self.due, past(self.extended, self.spans))

    def stop(self, at: datetime) -> None:
        """Done; what stands still ends with it, and what is late is broken."""
        if at > self.due:
            self.is_broken = True
        self.spans = [(one, min(other, at)) for one, other in self.spans]
        self.stopped = at

    def book(self, at: datetime, starts_at: datetime) -> None:
        self.booked_for = starts_at
        self.waits = self.is_held and self.stopped is None
        if not self.is_held:
            self.stop(at)

    def let_go(self, at: datetime) -> None:
        """Cancelled: on from where it stood. A meeting that must be held was never anything but waited for."""
        self.booked_for, self.waits = None, False
        if self.stopped is None:
            return
        since, was_late = self.stopped, self.outcome == "late"
        self.stopped = None
        if not self.is_held:
            self.spans.append((since, at))
            if not was_late:
                self.count()

    def settle(self, at: datetime) -> None:
        if self.waits and self.booked_for is not None and self.booked_for <= at:
            self.waits = False
            self.stop(self.booked_for)

    def sweep(self, at: datetime) -> None:
        self.is_broken = self.is_broken or (self.stopped is None and self.due < at)

    def longest_pause(self, at: datetime) -> timedelta | None:
        """How long its clock may be let stand still from now; None when it may not."""
        if self.stopped or self.is_broken or self.due < at or inside(at, self.spans):
            return None
        used = sum((self.spans[n][1] - self.spans[n][0] for n in self.chosen), timedelta())
        left = min(LONGEST_PAUSE, PAUSES_IN_ALL - used)
        return left if left > timedelta() else None


@dataclass
class Walk:
    """One inquiry on its way, by the product and by the oracle."""

    database: Database
    cast: Cast
    chance: random.Random
    reference: str
    oracle: Oracle
    now: datetime

    def steps(self) -> Iterator[str]:
        for _ in range(STEPS):
            self.now += self.chance.choice([HOUR, 7 * HOUR, DAY, 3 * DAY, 6 * DAY, 16 * DAY])
            # As a worker's round: what was held, then what was broken, whoever acts after that.
            if self.chance.random() < 0.7:
                meetings.settle(self.database, now=self.now)
                watch.sweep(self.database, self.now)
                self.oracle.settle(self.now)
                self.oracle.sweep(self.now)
            acts = (
                ("cancel", "move", "move", "wait")
                if self.oracle.booked_for
                else ("book", "book", "pause", "extend")
            )
            act = self.chance.choice(acts)
            getattr(self, act)()
            yield f"{act} at {self.now.isoformat()}"

    def wish(self) -> Wish:
        return Wish(self.now + self.chance.choice([5 * HOUR, 2 * DAY, 9 * DAY, 40 * DAY]), 60, "Rum 3")

    def wait(self) -> None:
        """Nothing happens."""

    def book(self) -> None:
        wish, actor = self.wish(), self.cast.af_keeper.actor
        if self.chance.random() < 0.3:
            proposed = Proposed(minutes=60, place="Rum 3", times=(wish.starts_at,))
            meeting_id = proposing.propose(
                self.database, self.reference, proposed, self.cast.caseworker.actor, now=self.now
            )
            [time_id] = [row.id for row in rows(self.database, MeetingTime) if row.meeting_id == meeting_id]
            if self.chance.random() < 0.3:
                proposing.withdraw(self.database, self.reference, actor, now=self.now)
                return
            meetings.book_time(self.database, self.reference, time_id, actor, now=self.now)
        else:
            meetings.book(self.database, self.reference, wish, actor, now=self.now)
        self.oracle.book(self.now, wish.starts_at)

    def move(self) -> None:
        wish = self.wish()
        if wish.starts_at == self.oracle.booked_for:
            wish = replace(wish, starts_at=wish.starts_at + HOUR)
        meetings.move(self.database, self.reference, wish, self.cast.caseworker.actor, now=self.now)
        self.oracle.let_go(self.now)
        self.oracle.book(self.now, wish.starts_at)

    def cancel(self) -> None:
        meetings.cancel(self.database, self.reference, self.cast.caseworker.actor, now=self.now)
        self.oracle.let_go(self.now)

    def pause(self) -> None:
        longest = self.oracle.longest_pause(self.now)
        if longest is None:
            return
        pausing.pause(self.database, self.reference, "consent", self.cast.af_keeper.actor, now=self.now)
        self.oracle.chosen.append(len(self.oracle.spans))
        self.oracle.spans.append((self.now, self.now + longest))
        self.oracle.count()

    def extend(self) -> None:
        """Both sides agree on a later day."""
        oracle = self.oracle
        if oracle.stopped or oracle.due < self.now or oracle.times_extended == 2:
            return
        day = oracle.due.astimezone(STOCKHOLM).date() + DAY * self.chance.randint(1, 14)
        while not is_open(day):
            day += DAY
        asked = Proposal("meeting", day, "investigation")
        extending.propose(self.database, self.reference, asked, self.cast.af_keeper.actor, now=self.now)
        newest = max(row.id for row in rows(self.database, Extension))
        asker = self.cast.caseworker.actor
        extending.answer(self.database, self.reference, newest, agrees=True, actor=asker, now=self.now)
        oracle.extended, oracle.times_extended = day, oracle.times_extended + 1
        oracle.count()


@pytest.mark.parametrize("measured", ["booked", "held"])
def test_after_every_step_the_deadline_is_what_a_simple_count_says(
    database: Database, cast: Cast, measured: str
) -> None:
    seed, chance = size.chance()
    if measured == "held":
        agreements.save(
            database,
            "fk-af-2021",
            {"meeting_measured": "held"},
            cast.administrator.actor,
            version=1,
            now=datetime(2027, 9, 1, tzinfo=UTC),
        )
    for number in range(WALKS):
        start = (
            chance.choice(STARTS)
            + chance.randint(0, 20) * DAY
            + chance.randint(0, 12 * 60) * timedelta(minutes=1)
        )
        reference = ask(database, cast, now=start)
        desk.claim(database, reference, cast.af_keeper.actor, now=start)
        desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=start)
        oracle = Oracle(start, measured == "held", counted(start, []))
        walk = Walk(database, cast, chance, reference, oracle, start)
        told = [f"seed {seed}, walk {number}, asked {start.isoformat()}"]
        for step in walk.steps():
            told.append(step)
            found = [row for row in rows(database, Deadline) if row.kind == "meeting"][number]
            assert (found.due_at, found.stopped_at, found.outcome, found.breached) == (
                oracle.due,
                oracle.stopped,
                oracle.outcome,
                oracle.is_broken,
            ), "\n".join(told)
    assert ledger.check(database) == ()
