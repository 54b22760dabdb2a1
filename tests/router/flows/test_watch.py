"""Finding broken promises, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.database import Database, table
from router.flows import desk, watch
from router.records.models import Breach, Deadline, Event, Inquiry, OutgoingMail, Tally
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

MONTHS_LATER = MONDAY + timedelta(days=90)


def test_a_passed_deadline_becomes_one_breach_however_often_one_looks(database: Database, cast: Cast) -> None:
    ask(database, cast, wants_meeting=False)

    found = [watch.sweep(database, MONTHS_LATER).breaches for _ in range(3)]

    assert found == [2, 0, 0]
    assert [row.kind for row in rows(database, Breach)] == ["acknowledge", "respond"]
    assert [row.kind for row in rows(database, Event)] == ["asked", "breached", "breached"]
    assert [row.version for row in rows(database, Inquiry)] == [3]


def test_nothing_is_broken_at_the_last_moment(database: Database, cast: Cast) -> None:
    ask(database, cast)
    due_at = min(row.due_at for row in rows(database, Deadline))

    assert watch.sweep(database, due_at).breaches == 0
    assert watch.sweep(database, due_at + timedelta(seconds=1)).breaches == 1


def test_keepers_and_owner_are_reminded_once_each(database: Database, cast: Cast) -> None:
    ask(database, cast, wants_meeting=False)
    watch.sweep(database, MONTHS_LATER)

    reminders = [row for row in rows(database, OutgoingMail) if row.letter == "reminder"]
    people = {cast.af_keeper.email, cast.af_keeper_two.email, cast.af_owner.email}
    for promise in ("acknowledge", "respond"):
        told = [row.recipient for row in reminders if row.facts["promise"] == promise]
        assert sorted(told) == sorted(people)
    assert set(reminders[0].facts) == {"reference", "path", "promise", "due_at", "step", "plan", "role"}


def test_a_mailbox_without_people_here_is_reminded_itself(database: Database, cast: Cast) -> None:
    ask(database, cast, to_entry_point="region-14-vc-1493-1-rehab", wants_meeting=False)
    watch.sweep(database, MONTHS_LATER)

    told = {row.recipient for row in rows(database, OutgoingMail) if row.letter == "reminder"}
    assert len(told) == 1
    assert told.pop().endswith(".example")


def test_an_answered_question_is_not_broken_later(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, wants_meeting=False)
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=MONDAY)

    assert watch.sweep(database, MONTHS_LATER).breaches == 0


def test_what_was_missed_while_nothing_ran_is_found_in_one_round(database: Database, cast: Cast) -> None:
    for day in range(7):
        ask(database, cast, now=MONDAY + timedelta(days=day), wants_meeting=False)

    assert watch.sweep(database, MONTHS_LATER, batch=3).breaches == 14
    late = {row.scope: row.n for row in rows(database, Tally) if row.measure == "respond.late"}
    assert sum(n for scope, n in late.items() if scope == "all") > 0


def test_workers_at_once_still_make_exactly_one(database: Database, cast: Cast) -> None:
    for _ in range(20):
        ask(database, cast)
    start, found = threading.Barrier(4), list[int]()

    def work() -> None:
        start.wait()
        found.append(watch.sweep(database, MONTHS_LATER, batch=7).breaches)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker leaves rows that another holds; the next round finds whatever was left.
    found.append(watch.sweep(database, MONTHS_LATER).breaches)

    assert sum(found) == 60
    assert len(rows(database, Breach)) == 60
    assert len([row for row in rows(database, Event) if row.kind == "breached"]) == 60


def test_one_bad_row_does_not_stop_the_rest(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = ask(database, cast, wants_meeting=False)
    bad = ask(database, cast, wants_meeting=False, now=MONDAY - timedelta(days=1))
    bad_id = next(row.id for row in rows(database, Inquiry) if row.reference == bad)
    # The event that the breach would write is already there: the database refuses it every time.
    with database.writing() as session:
        values = {"inquiry_id": bad_id, "seq": 2, "kind": "noted", "at": MONDAY, "state": "sent", "facts": {}}
        session.execute(sa.insert(table(Event)), values)

    swept = watch.sweep(database, MONTHS_LATER)

    good_id = next(row.id for row in rows(database, Inquiry) if row.reference == good)
    assert (swept.breaches, swept.failed) == (2, 2)
    assert {row.inquiry_id for row in rows(database, Breach)} == {good_id}
