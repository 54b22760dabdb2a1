"""The ledger finds whatever is bent by hand in outcomes, minutes and next steps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from config.database import Base, Database
from router.flows import ledger, meeting_outcomes, meetings, next_steps
from router.flows.meeting_outcomes import Outcome, StepWish
from router.flows.meetings import Wish
from router.records.ledger import meeting_ends
from router.records.meeting_models import Meeting, NextStep, Participant
from router.records.models import Deadline, Event, Message
from tests.support import bending
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

ONE_ENGINE_A_DAY = True

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN, DONE, ASKERS = {"what": "Bokar"}, {"what": "Ringer"}, {"what": "Skickar"}

# What is expected, the rows that are bent, and to what.
BENT: list[tuple[str, type[Base], dict[str, Any], dict[str, Any]]] = [
    ("meeting_ended_half", Meeting, {"state": "held"}, {"ended_at": None}),
    ("meeting_ended_half", Meeting, {"state": "held"}, {"ended_by": None}),
    ("meeting_ended_half", Meeting, {"state": "not_held"}, {"ended_at": MONDAY}),
    ("meeting_ended_half", Meeting, {"state": "held"}, {"state": "booked"}),
    ("attended_wrong", Participant, {"attended": True}, {"attended": None}),
    ("attended_wrong", Participant, {"attended": None}, {"attended": False}),
    ("meetings_wrong", Event, {"kind": "meeting_ended"}, {"facts": {"state": "taken_back"}}),
    ("minutes_elsewhere", Message, {"kind": "minutes"}, {"meeting_id": 2}),
    ("minutes_elsewhere", Message, {"kind": "question"}, {"meeting_id": 1}),
    ("step_half", NextStep, DONE, {"done_by": None}),
    ("step_half", NextStep, DONE, {"withdrawn_at": MONDAY}),
    ("step_elsewhere", NextStep, ASKERS, {"meeting_id": 2}),
    ("step_promise_wrong", NextStep, OPEN, {"withdrawn_at": MONDAY}),
    ("step_promise_wrong", NextStep, DONE, {"done_at": None, "done_by": None}),
    ("step_promise_wrong", Deadline, {"kind": "next_step", "outcome": "on_time"}, {"outcome": "withdrawn"}),
    ("step_promise_wrong", Deadline, {"kind": "next_step"}, {"scope": "whole"}),
    ("step_missing", NextStep, OPEN, {"deadline_id": None}),
    ("step_missing", Deadline, {"kind": "acknowledge"}, {"kind": "next_step"}),
    ("step_events", Event, {"kind": "step_agreed"}, {"kind": "noted"}),
    ("step_events", Event, {"kind": "step_done"}, {"facts": {"state": "withdrawn"}}),
]


@pytest.fixture
def lived(database: Database, cast: Cast) -> Database:
    """A meeting that was held, with three steps of which one is done; another that never came about."""
    keeper, asker = cast.af_keeper.actor, cast.caseworker.actor
    held, missed = ask(database, cast), ask(database, cast)
    for reference in (held, missed):
        meetings.book(database, reference, Wish(MONDAY + DAY, 60, "Rum 3"), keeper, now=MONDAY + HOUR)
    own, theirs = (one.id for one in rows(database, Participant)[:2])
    due_on = date(2026, 12, 3)
    steps = tuple(
        StepWish(who, one["what"], due_on) for who, one in ((theirs, OPEN), (theirs, DONE), (own, ASKERS))
    )
    said = Outcome(held=True, minutes="Vi enades.", steps=steps)
    meeting_outcomes.end(database, held, said, keeper, now=MONDAY + 2 * DAY)
    next_steps.done(database, held, rows(database, NextStep)[1].id, keeper, now=MONDAY + 3 * DAY)
    meeting_outcomes.end(database, missed, Outcome(held=False), asker, now=MONDAY + 2 * DAY)
    assert ledger.check(database) == ()
    return database


def test_whatever_is_bent_by_hand_is_found(lived: Database) -> None:
    asked = meeting_ends.questions()
    missed = [
        (code, model.__name__, changes)
        for code, model, which, changes in BENT
        if code not in bending.found(lived, asked, model, which, changes=changes)
    ]
    assert missed == []
    assert ledger.check(lived) == ()


def test_every_question_has_a_hand_that_bends_what_it_asks_for() -> None:
    assert {one.code for one in meeting_ends.questions()} == {code for code, *_ in BENT}
