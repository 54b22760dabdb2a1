"""Stored calendars: which applies, what an edit moves, and who may close what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from directory.rules.access import Actor
from directory.rules.agreements import Term, TermUnit
from router.flows import agreements, calendars, ledger, meetings
from router.flows.calendars import Trial
from router.records import calendars as records
from router.records.models import Deadline, Event
from router.rules.kept_calendars import BUILT_IN, Kept, OwnDate, parse_hours
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.statements import statements

LATER = MONDAY + timedelta(hours=2)
WEDNESDAY, THURSDAY = date(2026, 11, 25), date(2026, 11, 26)
LUNCH = replace(
    BUILT_IN, id="lunch", version=0, name="Lunch", weekly=(parse_hours("8-12, 13-16.30", ""),) * 5 + ((),) * 2
)


def closed(owner: str, *days: date) -> Kept:
    return Kept(owner, 0, owner, (), True, True, {day: OwnDate((), "Planeringsdag") for day in days})


def save(database: Database, wanted: Kept, actor: Actor, *, version: int = 0) -> int | None:
    return calendars.save(database, wanted, actor, version=version, now=LATER)


def responds(database: Database) -> list[tuple[datetime, str, int]]:
    return [
        (row.due_at, row.calendar_id, row.calendar_version)
        for row in rows(database, Deadline)
        if row.kind == "respond"
    ]


def at(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 15, 30, tzinfo=UTC)


def test_local_days_move_what_runs_and_count_what_comes(database: Database, cast: Cast) -> None:
    ask(database, cast)
    assert responds(database) == [(at(26), "default", 1)]

    assert save(database, closed("party:af", THURSDAY), cast.party_administrator.actor) == 1
    assert save(database, closed(f"mailbox:{AF_MAILBOX}", WEDNESDAY), cast.af_owner.actor) == 1

    ask(database, cast, now=LATER)
    reference = f"default+party:af.1+mailbox:{AF_MAILBOX}.1"
    assert responds(database) == [(at(30), reference, 1)] * 2
    told = [row.facts["cause"] for row in rows(database, Event) if row.kind == "recounted"]
    assert told == ["local_days"] * 2
    assert ledger.check(database) == ()


def test_an_agreement_s_own_calendar_counts_and_moves_with_it(database: Database, cast: Cast) -> None:
    actor = cast.administrator.actor
    save(database, LUNCH, actor)
    wanted = {"calendar_id": "lunch", "respond_within": "6 working_hours"}
    agreements.save(database, "fk-af-2021", wanted, actor, version=1, now=MONDAY)
    ask(database, cast, now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    # 10–12, 13–16.30 and half an hour on Tuesday.
    assert responds(database) == [(datetime(2026, 11, 24, 7, 30, tzinfo=UTC), "lunch", 1)]

    shorter = replace(LUNCH, dates={date(2026, 11, 24): OwnDate(parse_hours("8.15-12", ""), "Stämma")})
    # The first sign is due when Tuesday closes, and that is earlier now.
    assert save(database, shorter, actor, version=1) == 2

    assert responds(database) == [(datetime(2026, 11, 24, 7, 45, tzinfo=UTC), "lunch", 2)]
    with database.reading() as session:
        assert records.read(session, "lunch", 1).intervals(date(2026, 11, 24)) == LUNCH.weekly[1]


def test_a_cancelled_meeting_goes_on_by_the_calendar_it_was_promised_by(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    wish = meetings.Wish(datetime(2026, 12, 3, 9, tzinfo=UTC), 45, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=LATER)
    assert save(database, closed("party:af", date(2026, 12, 23)), cast.administrator.actor) == 0

    meetings.cancel(database, reference, cast.af_keeper.actor, now=LATER + timedelta(minutes=1))

    meeting = next(row for row in rows(database, Deadline) if row.kind == "meeting")
    assert (meeting.due_at, meeting.calendar_id) == (at(23, 12), "default")


def test_what_another_process_has_changed_is_seen_at_once_without_a_statement_more(
    database: Database, cast: Cast
) -> None:
    ask(database, cast)
    with statements(database) as usual:
        ask(database, cast)
    # As another process would: this one's memory is not told.
    with database.writing() as session:
        records.add(session, replace(closed("party:af", THURSDAY), version=1), made_by=None, now=LATER)

    ask(database, cast)
    with statements(database) as fresh:
        ask(database, cast)

    assert [one[1] for one in responds(database)] == ["default"] * 2 + ["default+party:af.1"] * 2
    assert len(fresh) == len(usual)


def test_nothing_is_written_when_nothing_differs_and_who_comes_second_is_refused(
    database: Database, cast: Cast
) -> None:
    actor = cast.administrator.actor
    save(database, LUNCH, actor)
    assert save(database, LUNCH, actor, version=1) is None
    with pytest.raises(Conflict):
        save(database, replace(LUNCH, name="Annat"), actor)


def test_each_closes_only_what_is_theirs_and_nobody_in_hindsight(database: Database, cast: Cast) -> None:
    for wanted, person in (
        (LUNCH, cast.party_administrator),
        (closed("party:fk", THURSDAY), cast.party_administrator),
        (closed("party:af", THURSDAY), cast.af_owner),
        (closed(f"mailbox:{AF_MAILBOX}", THURSDAY), cast.af_keeper),
    ):
        with pytest.raises(NotAllowed):
            save(database, wanted, person.actor)
    with pytest.raises(NotFound):
        save(database, closed("party:nobody", THURSDAY), cast.administrator.actor)
    with pytest.raises(NotFound):
        save(database, replace(BUILT_IN, name="Ny"), cast.administrator.actor)
    with pytest.raises(Invalid) as refused:
        save(database, closed("party:af", date(2026, 11, 23)), cast.party_administrator.actor)
    assert refused.value.code == "closed_in_hindsight"


def test_a_trial_tells_the_whole_count_of_a_mailbox(database: Database, cast: Cast) -> None:
    save(database, closed("party:af", THURSDAY), cast.administrator.actor)
    question = Trial("default", MONDAY, Term(3, TermUnit.WORKING_DAYS), mailbox_id=AF_MAILBOX)

    found = calendars.trial(database, question, cast.caseworker.actor)

    assert found.at == at(27)
    assert [one.names for one in found.steps if one.names] == [("Planeringsdag",)]
    with pytest.raises(NotFound):
        calendars.trial(database, replace(question, calendar_id="lost"), cast.caseworker.actor)
