"""An act and the watch that meet at the same moment: what is stored first stays true, and everything adds up."""

from __future__ import annotations

from datetime import timedelta

from config.database import Database
from router.flows import desk, ledger, meetings, watch
from router.records.models import Breach, Deadline, Tally
from router.rules.terms import DeadlineKind, Outcome
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

INSTANT = timedelta(milliseconds=1)
DAY = timedelta(days=1)


def test_an_answer_begun_in_time_that_waits_behind_the_watch_is_late(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    due = _deadline(database, DeadlineKind.RESPOND).due_at
    watch.sweep(database, due + INSTANT)

    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=due - INSTANT)

    answered = _deadline(database, DeadlineKind.RESPOND)
    assert (answered.outcome, answered.stopped_at) == (Outcome.LATE, due + INSTANT)
    assert ledger.check(database) == ()


def test_the_watch_leaves_a_promise_that_was_moved_while_it_waited(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=MONDAY)
    before = _deadline(database, DeadlineKind.MEETING)
    wish = meetings.Wish(MONDAY + 40 * DAY, 60, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=before.due_at - DAY)
    meetings.cancel(database, reference, cast.af_keeper.actor, now=before.due_at + INSTANT)

    recorded = watch._record(database, [before.id], before.due_at + INSTANT)

    assert _deadline(database, DeadlineKind.MEETING).due_at > before.due_at
    assert (recorded, rows(database, Breach)) == (0, [])


def test_a_question_given_up_unanswered_counts_no_days_to_an_answer(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    watch.sweep(database, MONDAY + 9 * DAY)

    desk.close(database, reference, cast.caseworker.actor, now=MONDAY + 10 * DAY)

    measures = {row.measure for row in rows(database, Tally)}
    assert "respond.late" in measures
    assert not [one for one in measures if one.startswith("answer_days")]
    assert ledger.check(database) == ()


def _deadline(database: Database, kind: DeadlineKind) -> Deadline:
    found: Deadline = next(row for row in rows(database, Deadline) if row.kind == kind)
    return found
