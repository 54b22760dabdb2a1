"""A year and more in seconds: people who ask and answer, two workers that are stopped, doubled and killed, and a
clock that jumps.

True time runs by itself. What the product is shown is true time and a shift, as a wrong clock would be. A worker
ticks once a minute; ticks at which nothing waits are passed over, since such a round does nothing.
"""

from __future__ import annotations

import heapq
import itertools
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from config import failpoints
from config.database import Database, table
from config.errors import Refused
from router.flows import desk, intake, meetings, pausing, reminding, telling, watch
from router.records.models import Breach, Deadline, Event, Inquiry
from router.records.reminders import Reminder
from tests.support.asking import MONDAY, QUESTION
from tests.support.cast import Cast

TICK = timedelta(seconds=60)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
JUMPS = (HOUR, -HOUR, 2 * HOUR, -2 * HOUR, DAY, -DAY, 30 * DAY)
# Nights when the clock turns, and the days before feasts: somebody always asks then.
NIGHTS = ("2027-03-27T22:00", "2027-10-30T22:00", "2026-12-23T15:00", "2027-06-24T15:00", "2027-03-24T15:00")
# Steps of a round at which it may be killed; most rounds take fewer, and then nobody dies.
STEPS = 40
BREACH, DEADLINE, EVENT, INQUIRY = (table(one) for one in (Breach, Deadline, Event, Inquiry))
REMINDER = table(Reminder)


@dataclass(slots=True)
class Found:
    """What a round wrote, and from when on nothing had hindered the workers."""

    kind: str
    deadline_id: int
    due_at: datetime
    made_at: datetime
    honest_since: datetime


@dataclass(slots=True)
class World:
    """One database, its people, and what will happen to it."""

    database: Database
    cast: Cast
    chance: random.Random
    length: timedelta
    now: datetime = MONDAY
    shift: timedelta = timedelta()
    works: bool = True
    # Since when both the clock and the workers have been right.
    honest_since: datetime = MONDAY
    touched: dict[int, datetime] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)
    _events: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _breaches: int = 0
    _reminders: set[tuple[int, str, str]] = field(default_factory=set)

    @property
    def shown(self) -> datetime:
        """The moment the product is told."""
        return self.now + self.shift

    @property
    def is_honest(self) -> bool:
        return self.works and not self.shift

    @property
    def end(self) -> datetime:
        return MONDAY + self.length

    # What will happen.

    def fill(self, inquiries: int, troubles: int) -> None:
        """Let so many people ask, and so many things go wrong, at random moments."""
        for number in range(inquiries):
            nights = [
                at for one in NIGHTS if (at := datetime.fromisoformat(f"{one}+00:00")) < self.end - 40 * DAY
            ]
            begin = self.chance.choice(nights) if nights and number % 5 == 0 else MONDAY
            span = 4 * HOUR if begin != MONDAY else self.length * 0.85
            self._at(begin + span * self.chance.random(), self._ask)
        for number in range(troubles):
            at = MONDAY + self.length * 0.95 * self.chance.random()
            self._at(at, self._jump if number % 3 else self._stop)

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), act))

    def _in(self, least: timedelta, most: timedelta, act: Callable[[], None]) -> None:
        self._at(self.now + least + (most - least) * self.chance.random(), act)

    def _ask(self) -> None:
        question = replace(QUESTION, wants_meeting=self.chance.random() < 0.4)
        asked = intake.ask(self.database, question, self.cast.caseworker.actor, now=self.shown)
        acts = [act for share, act in self._deeds(asked.reference) if self.chance.random() < share]
        at = self.now
        for act in acts:
            at += self.chance.choice((HOUR, DAY, 4 * DAY)) * self.chance.random() * 2
            self._at(at, lambda act=act: self._act(act, asked.reference))  # type: ignore[misc]
        self._touch(asked.reference)

    def _deeds(self, of: str) -> tuple[tuple[float, Callable[[datetime], object]], ...]:
        """What people may do with a question, in this order, and how often they do."""
        base, keeper, asker = self.database, self.cast.af_keeper.actor, self.cast.caseworker.actor
        wish = meetings.Wish(self.shown + 60 * DAY, 60, "Rum 3")
        return (
            (0.8, lambda at: desk.claim(base, of, keeper, now=at)),
            (0.3, lambda at: pausing.pause(base, of, "consent", keeper, now=at)),
            (0.2, lambda at: pausing.resume(base, of, keeper, now=at)),
            (0.7, lambda at: desk.write(base, of, "Svaret", keeper, now=at)),
            (0.2, lambda at: desk.write(base, of, "Och?", asker, now=at)),
            (0.4, lambda at: meetings.book(base, of, wish, asker, now=at)),
            (0.2, lambda at: meetings.cancel(base, of, asker, now=at)),
            (0.5, lambda at: desk.close(base, of, asker, now=at)),
        )

    def _act(self, act: Callable[[datetime], object], reference: str) -> None:
        try:
            act(self.shown)
            self.counts["acts"] += 1
        except Refused:
            # Somebody was first, or there is nothing to cancel.
            self.counts["refused"] += 1
        self._touch(reference)

    def _touch(self, reference: str) -> None:
        with self.database.reading() as session:
            found = session.scalar(sa.select(Inquiry.id).where(Inquiry.reference == reference))
        self.touched[int(found or 0)] = self.shown

    def _jump(self) -> None:
        self.counts["jumps"] += 1
        self.shift = self.chance.choice(JUMPS)
        self._in(10 * TICK, 2 * DAY, self._right_the_clock)

    def _right_the_clock(self) -> None:
        self.shift = timedelta()
        self._begin_again()

    def _stop(self) -> None:
        self.counts["stops"] += 1
        self.works = False
        self._in(HOUR, 3 * DAY, self._start)

    def _start(self) -> None:
        self.works = True
        self._begin_again()

    def _begin_again(self) -> None:
        self.honest_since = self.now + TICK

    # How it goes on.

    def run(self) -> None:
        """From the first Monday to the end."""
        while self.now < self.end:
            happens = self._events[0][0] if self._events else self.end
            tick = self._next_tick(min(happens, self.end))
            if tick is not None and tick < happens:
                self.now = tick
                self._round()
            else:
                self.now = min(happens, self.end)
                if self._events and self._events[0][0] <= self.now:
                    heapq.heappop(self._events)[2]()
        self.shift, self.works = timedelta(), True
        self._round()
        self._round()

    def _next_tick(self, before: datetime) -> datetime | None:
        """The first tick from now on at which something waits to be done, if it comes before that moment."""
        if not self.works:
            return None
        waits = self._waits()
        if waits is None:
            return None
        # Strictly after: what is due at this very moment is not late yet.
        ticks = max((waits - self.shift - MONDAY) // TICK, (self.now - MONDAY) // TICK) + 1
        tick = MONDAY + ticks * TICK
        return tick if tick < before else None

    def _waits(self) -> datetime | None:
        """When, by the clock that is shown, the workers have something to do."""
        is_open = DEADLINE.c.stopped_at.is_(None)
        moments = (
            sa.select(sa.func.min(DEADLINE.c.due_at)).where(is_open, DEADLINE.c.breached == sa.false()),
            sa.select(sa.func.min(DEADLINE.c.next_step_at)).where(is_open),
            sa.select(sa.func.min(REMINDER.c.send_at)).where(REMINDER.c.state == "waiting"),
            sa.select(sa.func.min(DEADLINE.c.start_at)).where(
                is_open,
                sa.or_(DEADLINE.c.planned_for.is_(None), DEADLINE.c.planned_for != DEADLINE.c.due_at),
            ),
        )
        with self.database.reading() as session:
            found = [one for statement in moments if (one := session.scalar(statement)) is not None]
        return min(found, default=None)

    def _round(self) -> None:
        self.counts["rounds"] += 1
        turn = self.counts["rounds"] % 8
        if turn == 3:
            self.counts["killed"] += self._killed(self.chance.randint(1, STEPS))
        elif turn == 7:
            self.counts["doubled"] += 1
            both = [threading.Thread(target=self.work) for _ in range(2)]
            for one in both:
                one.start()
            for one in both:
                one.join()
        else:
            self.work()
        self._look()

    def work(self) -> None:
        watch.sweep(self.database, self.shown)
        reminding.remind(self.database, self.shown)
        telling.tell(self.database, self.shown)

    def _killed(self, kill_at: int) -> bool:
        """A round in a process of its own that dies at this step, as by kill -9, if the round takes as many."""
        self.database.close()
        if (child := os.fork()) == 0:
            try:
                failpoints.listen(failpoints.Counter(kill_at))
                self.work()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            # A server may need a moment to notice that its client is gone, and holds the rows until then.
            self.honest_since = self.now + 10 * TICK
        return os.WIFSIGNALED(status)

    def _look(self) -> None:
        """Note what this round wrote, beside since when nothing had hindered it."""
        with self.database.reading() as session:
            breaches = session.execute(sa.select(BREACH).where(BREACH.c.id > self._breaches)).all()
            reminders = session.execute(sa.select(REMINDER).where(REMINDER.c.made_at == self.shown)).all()
        for row in breaches:
            self._breaches = max(self._breaches, row.id)
            self._note("breach", row.deadline_id, row.inquiry_id, row.due_at, row.found_at)
        for row in reminders:
            key = (row.deadline_id, row.step, row.recipient)
            if key not in self._reminders:
                self._reminders.add(key)
                self._note("reminder", row.deadline_id, row.inquiry_id, row.at, row.made_at)

    def _note(
        self, kind: str, deadline_id: int, inquiry_id: int, due_at: datetime, made_at: datetime
    ) -> None:
        since = max(self.honest_since, self.touched.get(inquiry_id, MONDAY)) if self.is_honest else made_at
        self.found.append(Found(kind, deadline_id, due_at, made_at, since))


def every(database: Database, of: sa.Table) -> list[Any]:
    """Every row of a table."""
    with database.reading() as session:
        return list(session.execute(sa.select(of)))
