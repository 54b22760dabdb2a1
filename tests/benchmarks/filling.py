"""Filling a database with inquiries of two years: straight into the tables, but such that the ledger finds nothing.

Nineteen of twenty are closed. The open ones wait, are claimed, or are answered and owe a meeting; some of their
promises are broken already, and every other one falls due within the working days to come.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Base, Database, table
from directory.records.models import Agreement, EntryPoint, Mailbox, Unit
from directory.rules.agreements import Term, TermUnit
from router.records import references, tallies
from router.records.models import Breach, Deadline, Event, Inquiry, Leg, Message, OutgoingMail
from router.rules import deadlines, measures

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OPEN_SHARE = 0.05
LATE_SHARE = 0.04
CHUNK = 2000
TERMS = {
    "acknowledge": Term(1, TermUnit.WORKING_DAYS),
    "respond": Term(3, TermUnit.WORKING_DAYS),
    "meeting": Term(30, TermUnit.CALENDAR_DAYS),
}
TEXT = "Vi behöver planera tillsammans inför en återgång i arbete. När kan ni ses, och vem tar med sig planeringen? "
LETTER = (
    b"From: svara-inte@samvag.example\r\nSubject: SV\r\n\r\n" + b"En ny fraga vantar i brevladan.\r\n" * 60
)
INTO = (Inquiry, Leg, Message, Deadline, Event, Breach, OutgoingMail, AuditEntry)


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox that questions go to."""

    mailbox_id: str
    party_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Asker:
    """The one who asks, for every unit; a tenth of everything for the own one."""

    account_id: int
    email: str
    unit_id: str
    party_id: str


@dataclass(slots=True)
class Filler:
    """Makes rows, one inquiry after the other, and counts them as the flows would."""

    asker: Asker
    keeper_id: int
    places: Sequence[Place]
    units: Sequence[tuple[str, str]]
    agreement: tuple[str, int]
    now: datetime
    chance: random.Random
    first_id: int
    changes: tallies.Changes = field(default_factory=tallies.Changes)
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: {one: [] for one in INTO})
    _deadline_id: int = 0

    def make(self, number: int, *, is_open: bool) -> None:
        """One inquiry with everything that belongs to it."""
        inquiry_id = self.first_id + number
        # The busiest mailbox gets a twentieth of everything, as long a queue as any keeper will see.
        place = self.places[0] if self.chance.random() < 0.05 else self.chance.choice(self.places)
        story = Story(self, inquiry_id, place, references.make(), *self._unit())
        start = self._start(is_open)
        story.ask(start)
        if not is_open:
            late = self.chance.random() < LATE_SHARE
            story.claim(start + timedelta(minutes=self.chance.randint(5, 240)))
            story.answer(story.promises["respond"]["due_at"] + (DAY if late else -HOUR))
            story.close(story.at + HOUR)
        elif self.chance.random() < 0.4:
            story.claim(start + timedelta(minutes=self.chance.randint(5, 60)))
        story.store()

    def next_deadline(self) -> int:
        self._deadline_id += 1
        return self.first_id * 4 + self._deadline_id

    def _unit(self) -> tuple[str, str]:
        if self.chance.random() < 0.1:
            return self.asker.unit_id, self.asker.party_id
        return self.chance.choice(self.units)

    def _start(self, is_open: bool) -> datetime:
        days = self.chance.randint(0, 9) if is_open else self.chance.randint(20, 730)
        start = self.now - days * DAY + timedelta(minutes=self.chance.randint(-180, 180))
        # A weekend's arrivals wait for Monday; nobody asks at night.
        return start - max(0, (start.weekday() - 4)) * DAY


@dataclass(slots=True)
class Story:
    """One inquiry while it is written."""

    filler: Filler
    inquiry_id: int
    place: Place
    reference: str
    unit_id: str
    party_id: str
    at: datetime = field(init=False)
    state: str = "sent"
    events: list[dict[str, Any]] = field(default_factory=list)
    promises: dict[str, dict[str, Any]] = field(default_factory=dict)
    claimed_at: datetime | None = None
    started_at: datetime = field(init=False)

    def ask(self, at: datetime) -> None:
        self.started_at = at
        # Spread over the day, so that a sweep in the middle of it finds some.
        spread = timedelta(minutes=self.filler.chance.randint(0, 420))
        for kind in ("acknowledge", "respond"):
            self.promises[kind] = {
                "id": self.filler.next_deadline(),
                "inquiry_id": self.inquiry_id,
                "leg_id": self.inquiry_id,
                "mailbox_id": self.place.mailbox_id,
                "party_id": self.place.party_id,
                "kind": kind,
                "term": str(TERMS[kind]),
                "start_at": at,
                "due_at": _due(at, kind) - spread,
                "because": {"code": "deadline.working_days", "facts": {"amount": 3, "day": "2026-11-26"}},
                "pauses": [],
                "stopped_at": None,
                "outcome": None,
                "breached": False,
            }
        self._happen("asked", self.filler.asker.account_id, at, letter="asked", to=self.place.address)
        self._write("question", self.filler.asker.account_id, at)
        self._count("asked", at)

    def claim(self, at: datetime) -> None:
        self._overtake(at)
        self.state, self.claimed_at = "claimed", at
        self._stop("acknowledge", at)
        self._happen("claimed", self.filler.keeper_id, at)

    def answer(self, at: datetime) -> None:
        self._overtake(at)
        self.state = "answered"
        self._stop("respond", at)
        self._happen("answered", self.filler.keeper_id, at, letter="answered", to=self.filler.asker.email)
        self._write("answer", self.filler.keeper_id, at)
        self._count(tallies.answer_days(measures.working_days_used(self.started_at, at)), at)

    def close(self, at: datetime) -> None:
        self.state = "closed"
        self._happen("closed", self.filler.keeper_id, at)

    def store(self) -> None:
        """Put the rows where they are gathered; what is past due by now has been found by the watch."""
        self._overtake(self.filler.now)
        filler, rows = self.filler, self.filler.rows
        is_closed = self.state == "closed"
        waiting = sorted(
            (one for one in self.promises.values() if one["stopped_at"] is None),
            key=lambda one: one["due_at"],
        )
        rows[Deadline].extend(self.promises.values())
        rows[Event].extend(self.events)
        rows[Leg].append(
            {
                "id": self.inquiry_id,
                "inquiry_id": self.inquiry_id,
                "mailbox_id": self.place.mailbox_id,
                "entry_point_id": self.place.mailbox_id,
                "party_id": self.place.party_id,
                "state": "waiting" if self.state == "sent" else self.state,
                "because": {"code": "route.named", "facts": {"name": "", "topic": "", "area": "1493"}},
                "claimed_by": filler.keeper_id if self.claimed_at else None,
                "claimed_at": self.claimed_at,
                "due_at": waiting[0]["due_at"] if waiting else None,
                "due_kind": waiting[0]["kind"] if waiting else None,
                "created_at": self.started_at,
            }
        )
        rows[Inquiry].append(
            {
                "id": self.inquiry_id,
                "reference": self.reference,
                "from_unit_id": self.unit_id,
                "from_party_id": self.party_id,
                "asked_by": filler.asker.account_id,
                "kind": "case",
                "topic": "rehabilitering",
                "area": "1493",
                "subject": f"Planering inför arbetsprövning, fråga {self.inquiry_id}",
                "our_reference": f"Dnr {self.inquiry_id}",
                "mode": "deidentified",
                "wants_meeting": False,
                "agreement_id": filler.agreement[0],
                "agreement_version": filler.agreement[1],
                "agreement_because": {
                    "code": "agreement.pair",
                    "facts": {"name": "Förstärkt samarbete FK–AF"},
                },
                "state": self.state,
                "version": len(self.events),
                "created_at": self.started_at,
                "updated_at": self.events[-1]["at"],
                "closed_at": self.events[-1]["at"] if is_closed else None,
            }
        )

    def _overtake(self, at: datetime) -> None:
        """The watch has been round before `at`: what had passed by then became a breach a minute after."""
        for one in self.promises.values():
            found_at = one["due_at"] + timedelta(minutes=1)
            if one["stopped_at"] is None and not one["breached"] and found_at < at:
                one["breached"] = True
                keys = ("inquiry_id", "mailbox_id", "party_id", "kind", "due_at")
                breach = {key: one[key] for key in keys} | {"deadline_id": one["id"], "found_at": found_at}
                self.filler.rows[Breach].append(breach)
                facts = {"promise": one["kind"]}
                self._happen(
                    "breached", None, found_at, letter="reminder", to=self.place.address, facts=facts
                )
                self._count(f"{one['kind']}.late", one["due_at"])

    def _stop(self, kind: str, at: datetime) -> None:
        one = self.promises[kind]
        one["stopped_at"], one["outcome"] = at, "on_time" if at <= one["due_at"] else "late"
        if one["outcome"] == "on_time":
            self._count(f"{kind}.on_time", at)

    def _happen(
        self,
        kind: str,
        who: int | None,
        at: datetime,
        *,
        letter: str = "",
        to: str = "",
        facts: dict[str, Any] | None = None,
    ) -> None:
        self.at = at
        seq = len(self.events) + 1
        self.events.append(
            {
                "inquiry_id": self.inquiry_id,
                "seq": seq,
                "kind": kind,
                "leg_id": self.inquiry_id,
                "by_account_id": who,
                "at": at,
                "state": self.state,
                "facts": facts or {},
            }
        )
        if letter:
            self._send(letter, to, seq, at)
        if who is not None:
            self._note_deed(ACTIONS[kind], who, at)

    def _send(self, letter: str, to: str, seq: int, at: datetime) -> None:
        self.filler.rows[OutgoingMail].append(
            {
                "key": f"{letter}:{self.inquiry_id}:{seq}:{to}",
                "letter": letter,
                "recipient": to,
                "message_id": uuid.uuid4().hex,
                "facts": {"reference": self.reference, "path": f"/arenden/{self.reference}"},
                "content": LETTER,
                "state": "sent",
                "attempts": 1,
                "next_try_at": at,
                "lease": None,
                "inquiry_id": self.inquiry_id,
                "seq": seq,
                "created_at": at,
                "sent_at": at,
                "reply": "250 2.0.0 taken",
            }
        )

    def _note_deed(self, action: str, who: int, at: datetime) -> None:
        self.filler.rows[AuditEntry].append(
            {
                "at": at,
                "account_id": who,
                "action": action,
                "object_kind": "inquiry",
                "object_id": self.reference,
                "outcome": "done",
                "request_id": "0123456789abcdef",
                "facts": {},
            }
        )

    def _write(self, kind: str, who: int, at: datetime) -> None:
        self.filler.rows[Message].append(
            {
                "inquiry_id": self.inquiry_id,
                "leg_id": self.inquiry_id,
                "kind": kind,
                "from_unit_id": self.unit_id,
                "from_party_id": self.party_id,
                "by_account_id": who,
                "body": TEXT * 4,
                "at": at,
            }
        )

    def _count(self, measure: str, at: datetime) -> None:
        tallies.count(
            self.filler.changes,
            mailbox_id=self.place.mailbox_id,
            party_id=self.place.party_id,
            measure=measure,
            at=at,
        )


ACTIONS = {
    "asked": "inquiry.ask",
    "claimed": "inquiry.claim",
    "answered": "inquiry.answer",
    "closed": "inquiry.close",
}


def fill(
    database: Database, asker: Asker, keeper_id: int, *, count: int, now: datetime, busiest: str
) -> None:
    """Store so many inquiries to mailboxes of the whole directory, a twentieth of them to the busiest."""
    with database.writing() as session:
        rows = session.execute(
            sa.select(Mailbox.id, Mailbox.party_id, Mailbox.address)
            .join(EntryPoint, EntryPoint.mailbox_id == Mailbox.id)
            .order_by(Mailbox.id != busiest, Mailbox.id)
        )
        units = [
            (one.id, one.party_id)
            for one in session.execute(sa.select(Unit.id, Unit.party_id).order_by(Unit.id))
        ]
        agreement = session.execute(sa.select(Agreement.id, Agreement.version).limit(1)).one()
        filler = Filler(
            asker,
            keeper_id,
            [Place(*row) for row in rows],
            units,
            (agreement.id, agreement.version),
            now,
            random.Random(1),
            first_id=1 + (session.scalar(sa.select(sa.func.max(Inquiry.id))) or 0),
        )
        # The oldest first, as they would have been numbered; the open ones are the youngest.
        numbers = iter(range(count))
        closed = count - int(count * OPEN_SHARE)
        while chunk := list(islice(numbers, CHUNK)):
            for number in chunk:
                filler.make(number, is_open=number >= closed)
            for model, made in filler.rows.items():
                if made:
                    session.connection().execute(sa.insert(table(model)), made)
                    made.clear()
        tallies.write(session, filler.changes)
    database.checkpoint()


def _due(start: datetime, kind: str) -> datetime:
    return _due_on(start.date(), kind)


@lru_cache(maxsize=10_000)
def _due_on(day: date, kind: str) -> datetime:
    # Everybody asks within the opening hours, so all questions of a day are due at the same moment.
    noon = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
    return deadlines.due(noon, TERMS[kind]).at
