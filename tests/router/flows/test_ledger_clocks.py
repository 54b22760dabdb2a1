"""The ledger finds whatever is bent by hand in pauses, accounts, extensions, followers and causes of promises."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config import words
from config.database import Base, Database, table
from router.flows import causes, desk, extending, ledger, pausing, reopening, watch
from router.flows.causes import Said
from router.flows.extending import Proposal
from router.records.ledger import clocks
from router.records.models import Breach, BreachCause, Deadline, Event, Extension
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

ONE_ENGINE_A_DAY = True

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HELD = {"from": "2026-11-24T09:00:00+00:00", "to": "2026-11-25T09:00:00+00:00", "reason": "consent", "by": 1}

# What is expected, the rows that are bent, and to what.
BENT: list[tuple[str, type[Base], dict[str, Any], dict[str, Any]]] = [
    (
        "pause_wrong",
        Deadline,
        {"kind": "meeting"},
        {"pauses": [HELD | {"to": HELD["from"], "from": HELD["to"]}]},
    ),
    ("pause_wrong", Deadline, {"kind": "meeting"}, {"pauses": [{"from": "i går"}]}),
    ("pause_wrong", Deadline, {"kind": "meeting"}, {"pauses": [HELD | {"to": "2027-02-25T09:00:00+00:00"}]}),
    ("steps_wrong", Deadline, {"kind": "meeting", "stopped_at": None}, {"due_at": MONDAY + 40 * DAY}),
    ("steps_wrong", Deadline, {"kind": "meeting", "stopped_at": None}, {"steps": [{"what": "due"}]}),
    ("deadline_follows_wrong", Deadline, {"kind": "respond_again"}, {"after_id": 9999}),
    ("deadline_open_twice", Deadline, {"kind": "respond_again"}, {"kind": "meeting"}),
    ("extension_wrong", Deadline, {"kind": "respond"}, {"extended_to": None}),
    ("extension_wrong", Extension, {}, {"to_at": MONDAY + 30 * DAY}),
    ("extension_half", Extension, {}, {"answered_at": None}),
    ("extension_half", Extension, {}, {"state": "lost"}),
    ("extension_event", Event, {"kind": "extension_agreed"}, {"kind": "noted"}),
    ("cause_wrong", Breach, {}, {"cause": "workload"}),
    ("cause_wrong", BreachCause, {}, {"cause": "workload"}),
    ("cause_event", Event, {"kind": "cause_given"}, {"kind": "noted"}),
]


@pytest.fixture
def lived(database: Database, cast: Cast) -> Database:
    """A promise that was paused and moved by agreement, answered and opened again; another that was broken and why."""
    keeper, owner, asker = cast.af_keeper.actor, cast.af_owner.actor, cast.caseworker.actor
    first, second = ask(database, cast), ask(database, cast, wants_meeting=False)
    for reference in (first, second):
        desk.claim(database, reference, keeper, now=MONDAY + HOUR)
    extending.propose(
        database,
        first,
        Proposal("respond", date(2026, 12, 3), "investigation"),
        keeper,
        now=MONDAY + 2 * HOUR,
    )
    (proposed,) = rows(database, Extension)
    extending.answer(database, first, proposed.id, agrees=True, actor=asker, now=MONDAY + 3 * HOUR)
    pausing.pause(database, first, "consent", keeper, now=MONDAY + DAY)
    pausing.resume(database, first, keeper, now=MONDAY + 2 * DAY)
    desk.write(database, first, "Nej.", keeper, now=MONDAY + 3 * DAY)
    watch.sweep(database, MONDAY + 4 * DAY)
    (breach,) = rows(database, Breach)
    causes.give(database, second, Said(breach.id, "absence", ""), owner, now=MONDAY + 4 * DAY)
    reopening.reopen(database, first, "Läs igen.", asker, now=MONDAY + 4 * DAY)
    assert ledger.check(database) == ()
    return database


def test_whatever_is_bent_by_hand_is_found(lived: Database) -> None:
    missed = [
        (code, model.__name__, changes)
        for code, model, which, changes in BENT
        if code not in _found(lived, model, which, changes)
    ]
    assert missed == []
    assert ledger.check(lived) == ()


def test_every_question_has_a_hand_that_bends_what_it_asks_for() -> None:
    # What is left open after its end is bent with the other promises.
    assert {one.code for one in clocks.questions()} <= {code for code, *_ in BENT} | {"deadline_left_open"}


def _found(database: Database, model: type[Base], which: dict[str, Any], changes: dict[str, Any]) -> set[str]:
    """What the ledger says while one row is bent; afterwards it is as it was."""
    of = table(model)
    with database.writing() as session:
        wanted = (
            sa.select(of)
            .where(*(of.c[name] == value for name, value in which.items()))
            .order_by(*of.primary_key)
            .limit(1)
        )
        row = session.execute(wanted).one()
        key = sa.and_(*(one == getattr(row, one.name) for one in of.primary_key))
        session.execute(sa.update(of).where(key).values(**changes))
    faults = ledger.check(database)
    with database.writing() as session:
        before = {name: getattr(row, name) for name in changes}
        session.execute(sa.update(of).where(key).values(**before))
    told = [words.say(f"ledger.{one.code}", **one.facts) for one in faults]
    assert [line for line in told if line.startswith("ledger.")] == []
    return {one.code for one in faults}
