"""Reminders before a promise is broken and after: once, to the right people, at the right hour, on both databases."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database, table
from directory.records.absences import Absence
from directory.records.accounts import Grant
from directory.records.models import Mailbox, Unit
from router.flows import desk, reminding, telling, watch
from router.records import remindees
from router.records.models import Deadline, Inquiry, OutgoingMail
from router.records.reminders import Reminder, ReminderChoice, ReminderPlan
from router.rules import escalation
from router.rules.escalation import Step, Told, When
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast

SHARE = "share:75"


def work(database: Database, now: datetime) -> None:
    """One round of the worker."""
    watch.sweep(database, now)
    reminding.remind(database, now)
    telling.tell(database, now)


def steps(database: Database) -> list[tuple[str, str, str]]:
    return sorted((row.step, row.recipient, row.state) for row in rows(database, Reminder))


def letters(database: Database, kind: str) -> list[Any]:
    return [row for row in rows(database, OutgoingMail) if row.letter == kind]


def deadline(database: Database, kind: str = "respond") -> Any:
    return next(row for row in rows(database, Deadline) if row.kind == kind)


def plan(database: Database, *own: Step, since: datetime = MONDAY - timedelta(days=1)) -> None:
    """The mailbox has a plan of its own, with these steps beside the breach."""
    made = escalation.make("x", (*own, Step(When.BREACH, 0, (Told.OWNER,))))
    values = {"version": 1, "steps": escalation.as_json(made), "changed_at": since}
    with database.writing() as session:
        session.execute(sa.insert(table(ReminderPlan)), {"id": f"mailbox:{AF_MAILBOX}", **values})


def choose(database: Database, account_id: int, way: str, mailbox_id: str = AF_MAILBOX) -> None:
    values = {"account_id": account_id, "mailbox_id": mailbox_id, "way": way}
    with database.writing() as session:
        session.execute(sa.insert(table(ReminderChoice)), values)


def next_at(database: Database, kind: str = "respond") -> datetime:
    found = deadline(database, kind).next_step_at
    assert found is not None
    return found


@pytest.fixture
def asked(database: Database, cast: Cast) -> str:
    """A question of Monday, whose only open promise is the answer."""
    reference = ask(database, cast, wants_meeting=False)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    reminding.remind(database, MONDAY)
    return reference


def test_a_new_deadline_is_planned_and_nothing_is_said(database: Database, asked: str) -> None:
    row = deadline(database)
    assert row.planned_for == row.due_at
    assert MONDAY < row.next_step_at < row.due_at
    assert rows(database, Reminder) == []


def test_each_step_is_said_once_to_whom_the_plan_says(database: Database, cast: Cast, asked: str) -> None:
    first, due_at = next_at(database), deadline(database).due_at
    for now in (first - timedelta(seconds=1), first, first, first + timedelta(hours=1)):
        work(database, now)
    keepers = sorted([cast.af_keeper.email, cast.af_keeper_two.email])
    assert steps(database) == [(SHARE, one, "written") for one in keepers]
    assert sorted(row.recipient for row in letters(database, "step")) == keepers

    for days in range(20):
        work(database, due_at + timedelta(days=days, hours=16))
    told = {step: who for step, who, state in steps(database) if step != SHARE and state == "written"}
    assert told == {"days_after:1": cast.party_administrator.email, "days_after:3": cast.administrator.email}
    assert len(letters(database, "reminder")) == 3
    assert len(letters(database, "step")) == 4
    assert deadline(database).next_step_at is None


def test_an_answer_ends_it(database: Database, cast: Cast, asked: str) -> None:
    first = next_at(database)
    desk.write(database, asked, "Ja.", cast.af_keeper.actor, now=first - timedelta(minutes=1))
    work(database, first)
    work(database, first + timedelta(days=30))
    assert rows(database, Reminder) == []


def test_a_letter_that_waits_for_the_morning_is_not_sent_when_the_answer_came_first(
    database: Database, cast: Cast, asked: str
) -> None:
    plan(database, Step(When.SHARE, 50, (Told.KEEPERS,)))
    night = deadline(database).due_at - timedelta(hours=20)
    with database.writing() as session:
        session.execute(sa.update(table(Deadline)).values(planned_for=None))
    work(database, night)
    assert {state for _, _, state in steps(database)} == {"waiting"}
    desk.write(database, asked, "Ja.", cast.af_keeper.actor, now=night)
    work(database, night + timedelta(hours=14))
    assert {state for _, _, state in steps(database)} == {"dropped"}
    assert letters(database, "step") == []


def test_letters_obey_working_hours_and_deadlines_do_not(database: Database, asked: str) -> None:
    due_at = deadline(database).due_at
    evening = due_at + timedelta(minutes=1)
    assert watch.sweep(database, evening).breaches == 1
    assert {row.next_try_at for row in letters(database, "reminder")} == {
        (due_at + timedelta(days=1)).replace(hour=7, minute=0)
    }


def test_what_a_stopped_worker_missed_is_one_letter(database: Database, cast: Cast, asked: str) -> None:
    told = (Told.OWNER,)
    plan(database, *(Step(When.SHARE, n, told) for n in (25, 50, 75)))
    with database.writing() as session:
        session.execute(sa.update(table(Deadline)).values(planned_for=None))
    work(database, next_at(database))
    assert [state for _, _, state in steps(database)] == ["merged", "merged", "written"]
    assert [row.facts["step"] for row in letters(database, "step")] == [SHARE]


def test_after_a_long_stop_the_breach_and_what_came_after_are_one_letter(
    database: Database, cast: Cast, asked: str
) -> None:
    plan(database, Step(When.DAYS_AFTER, 1, (Told.OWNER,)), Step(When.DAYS_AFTER, 2, (Told.OWNER,)))
    # The reminding came first after the stop: it has to wait for the watch.
    later = deadline(database).due_at + timedelta(days=11)
    reminding.remind(database, later)
    assert rows(database, Reminder) == []
    work(database, later)
    assert [state for _, _, state in steps(database)] == ["merged", "merged"]
    assert len(letters(database, "reminder")) == 1
    assert letters(database, "step") == []


def test_a_moved_deadline_is_counted_again(database: Database, asked: str) -> None:
    first = next_at(database)
    with database.writing() as session:
        session.execute(
            sa.update(table(Deadline)).values(due_at=deadline(database).due_at + timedelta(days=7))
        )
    work(database, first)
    assert rows(database, Reminder) == []
    assert next_at(database) > first


def test_a_new_plan_says_nothing_of_what_had_passed(database: Database, asked: str) -> None:
    now = next_at(database) - timedelta(minutes=5)
    plan(database, Step(When.SHARE, 10, (Told.OWNER,)), since=now)
    with database.writing() as session:
        session.execute(sa.update(table(Deadline)).values(planned_for=None))
    work(database, now)
    assert rows(database, Reminder) == []


def test_a_clock_that_jumps_makes_nothing_twice(database: Database, asked: str) -> None:
    first = next_at(database)
    for hours in (0, 1, 0, -1, 2, -2, 24, 0, -24, 0):
        work(database, first + timedelta(hours=hours))
    assert len(steps(database)) == len({(step, who) for step, who, _ in steps(database)})
    assert len(letters(database, "step")) == 2
    assert len(letters(database, "reminder")) == 3


def test_a_clock_set_back_hides_nothing_that_comes_later(database: Database, cast: Cast, asked: str) -> None:
    plan(database, Step(When.SHARE, 50, (Told.OWNER,)), Step(When.SHARE, 75, (Told.OWNER,)))
    with database.writing() as session:
        session.execute(sa.update(table(Deadline)).values(planned_for=None))
    work(database, MONDAY)
    first = next_at(database)
    # The worker's clock was a day ahead for one round, and the first step was said too early.
    work(database, first - timedelta(hours=12) + timedelta(hours=14))
    for hours in range(0, 38):
        work(database, first - timedelta(hours=12) + timedelta(hours=hours))
    assert [row.facts["step"] for row in letters(database, "step")] == ["share:50", "share:75"]


def test_two_workers_at_once_make_exactly_one(database: Database, cast: Cast) -> None:
    for _ in range(12):
        ask(database, cast)
    reminding.remind(database, MONDAY)
    start, now = threading.Barrier(4), max(row.next_step_at for row in rows(database, Deadline))
    watch.sweep(database, now)

    def run() -> None:
        start.wait()
        reminding.remind(database, now, batch=7)
        telling.tell(database, now, batch=2)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work(database, now)

    said = [(row.deadline_id, row.step, row.recipient) for row in rows(database, Reminder)]
    due = [row for row in rows(database, Deadline) if row.kind == "meeting"]
    assert len(said) == len(set(said)) >= 2 * len(due) == 24
    written = [row for row in rows(database, Reminder) if row.state == "written"]
    assert len(letters(database, "step")) == len(written)


def test_one_letter_a_day_has_everything(database: Database, cast: Cast) -> None:
    choose(database, cast.af_owner.actor.account_id, "digest")
    for _ in range(3):
        ask(database, cast, wants_meeting=False)
    plan(database, Step(When.SHARE, 50, (Told.OWNER,)), Step(When.DAYS_AFTER, 1, (Told.OWNER,)))
    due_at = max(row.due_at for row in rows(database, Deadline))
    for hours in range(-96, 72, 3):
        work(database, due_at + timedelta(hours=hours))
    daily = letters(database, "digest")
    assert {row.recipient for row in daily} == {cast.af_owner.email}
    days = [row.created_at.date() for row in daily]
    assert len(days) == len(set(days))
    assert cast.af_owner.email not in {row.recipient for row in letters(database, "reminder")}
    said = {named["step"] for row in daily for named in row.facts["named"]}
    assert said == {"share:50", "breach", "days_after:1"}


def test_a_warning_does_not_wait_for_a_letter_that_comes_too_late(
    database: Database, cast: Cast, asked: str
) -> None:
    choose(database, cast.af_keeper.actor.account_id, "digest")
    work(database, next_at(database))
    assert {state for _, _, state in steps(database)} == {"written"}


def test_breach_letters_cannot_be_switched_off_by_the_owner(
    database: Database, cast: Cast, asked: str
) -> None:
    for person in (cast.af_owner, cast.af_keeper, cast.af_keeper_two):
        choose(database, person.actor.account_id, "off")
    work(database, next_at(database))
    assert {state for _, _, state in steps(database)} == {"off"}
    work(database, deadline(database).due_at + timedelta(days=1))
    assert [row.recipient for row in letters(database, "reminder")] == [cast.af_owner.email]


def test_whoever_stands_in_for_a_keeper_who_is_away_is_told_too(database: Database, cast: Cast) -> None:
    day = MONDAY.date()
    away = {
        "starts_on": day,
        "ends_on": day,
        "entered_by": cast.af_owner.actor.account_id,
        "entered_at": MONDAY,
    }
    who = {"account_id": cast.af_keeper.actor.account_id, "cover_id": cast.outsider.actor.account_id}
    with database.writing() as session:
        session.execute(sa.insert(table(Absence)), away | who)
    with database.reading() as session:
        found = remindees.of_mailboxes(session, [AF_MAILBOX], [], now=MONDAY)[AF_MAILBOX]
        later = remindees.of_mailboxes(session, [AF_MAILBOX], [], now=MONDAY + timedelta(days=1))[AF_MAILBOX]
    assert {one.address for one in found[Told.KEEPERS]} - {one.address for one in later[Told.KEEPERS]} == {
        cast.outsider.email
    }


def test_the_superior_units_owner_is_told_before_the_partys_administrators(
    database: Database, cast: Cast
) -> None:
    def above() -> list[str]:
        with database.reading() as session:
            found = remindees.of_mailboxes(session, [AF_MAILBOX], set(Told), now=MONDAY)[AF_MAILBOX]
        assert [one.address for one in found[Told.ADMINISTRATOR]] == [cast.administrator.email]
        return [one.address for one in found[Told.SUPERIOR]]

    assert above() == [cast.party_administrator.email]
    with database.writing() as session:
        unit_id = session.scalar(sa.select(Mailbox.unit_id).where(Mailbox.id == AF_MAILBOX))
        # Two storeys up, with a unit between them that nobody answers for.
        units = [{"id": f"af-{n}", "party_id": "af", "name": n, "sort_key": n} for n in ("top", "middle")]
        units[1]["parent_id"] = "af-top"
        for unit in units:
            session.execute(sa.insert(table(Unit)), unit)
        session.execute(sa.update(table(Unit)).where(Unit.id == unit_id).values(parent_id="af-middle"))
        box = {"id": "af-box", "unit_id": "af-top", "party_id": "af", "name": "x", "address": "x@af.example"}
        session.execute(sa.insert(table(Mailbox)), box)
        grant = {"account_id": cast.outsider.actor.account_id, "role": "owner", "target_id": "af-box"}
        session.execute(sa.insert(table(Grant)), grant | {"valid_from": MONDAY - timedelta(days=1)})
    assert above() == [cast.outsider.email]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # which says its plan in words
def test_a_round_without_anything_due_reads_two_small_indexes(database: Database, asked: str) -> None:
    now = MONDAY
    with database.reading() as session:
        for statement in (reminding._UNPLANNED, reminding._DUE):
            sql = statement.limit(10).compile(session.connection(), compile_kwargs={"literal_binds": False})
            values = tuple(sql.params[name] for name in sql.positiontup or ())
            values = tuple(str(now) if one is None else one for one in values)
            lines = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            told = " ".join(str(line[-1]) for line in lines)
            assert "ix_deadline_unplanned" in told or "ix_deadline_next_step" in told, told


def test_one_bad_row_does_not_stop_the_rest(database: Database, cast: Cast) -> None:
    good = ask(database, cast, wants_meeting=False)
    bad = ask(database, cast, wants_meeting=False)
    bad_id = next(row.id for row in rows(database, Inquiry) if row.reference == bad)
    broken = sa.update(table(Deadline)).where(table(Deadline).c.inquiry_id == bad_id)
    with database.writing() as session:
        session.execute(broken.values(pauses=["never/ever"]))
    found = reminding.remind(database, MONDAY)
    assert found.failed == 2
    planned = {row.inquiry_id for row in rows(database, Deadline) if row.next_step_at}
    assert planned == {row.id for row in rows(database, Inquiry) if row.reference == good}
