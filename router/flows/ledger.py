"""Checking that everything stored adds up: histories, promises, breaches, letters and counters."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from config.database import Database
from router.records.ledger import (
    agendas,
    calendars,
    clocks,
    counts,
    history,
    letters,
    mail,
    meeting_ends,
    meetings,
    promises,
    reminders,
    splits,
)
from router.records.ledger.questions import Question

# When a table is lost, naming a hundred of its rows helps as much as naming them all.
MOST = 100
PIECE = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not add up. `code` is a sentence of the catalogue's table [ledger]; `where` an inquiry's
    reference or the id of a row."""

    code: str
    where: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def check(database: Database, *, settled: bool = False, now: datetime | None = None) -> tuple[Fault, ...]:
    """Everything that does not add up, at most a hundred of each kind; none when all is well. Changes nothing.

    `settled`: the worker has gone round, so no letter may wait and (with `now`) no passed promise be unnoticed.
    """
    damage = tuple(Fault("database_damaged", "", {"text": text}) for text in database.damage(MOST))
    questions = [*history.questions(), *promises.questions(), *clocks.questions(), *letters.questions()]
    questions += [*reminders.questions(), *splits.questions(), *mail.questions(), *agendas.questions()]
    questions += [*meetings.questions(), *meeting_ends.questions(), *calendars.questions()]
    if settled:
        questions.append(letters.unsent(now))
    if settled and now is not None:
        questions += [promises.overdue(now), mail.unsorted(now)]
    with database.snapshot() as session:
        found = [fault for question in questions for fault in _answers(session, question)]
        with closing(counts.differences(session)) as wrong:
            found += [Fault("counter_wrong", scope, facts) for scope, facts in islice(wrong, MOST)]
    return (*damage, *found)


def _answers(session: Session, question: Question) -> list[Fault]:
    with closing(session.execute(question.select.execution_options(yield_per=PIECE))) as rows:
        wrong = (row._mapping for row in rows if question.is_wrong(row))
        return [_fault(question.code, dict(facts)) for facts in islice(wrong, MOST)]


def _fault(code: str, row: dict[str, Any]) -> Fault:
    (_, where), *facts = row.items()
    return Fault(code, str(where), dict(facts))
