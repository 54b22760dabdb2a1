"""Pauses, extensions, answering again and opening again, on both databases. The ledger is clean after every test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database, table
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from directory.records.models import Agreement
from router.flows import causes, desk, extending, ledger, meetings, pausing, reopening, watch
from router.flows.causes import Said
from router.flows.extending import Proposal
from router.records.models import Breach, BreachCause, Deadline, Event, Extension, Leg, OutgoingMail, Tally
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

# What only the rules decide, and no statement of its own, is walked through on one engine.
on_one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def close(day: int, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _all_adds_up(database: Database) -> Iterator[None]:
    yield
    assert ledger.check(database) == ()


@pytest.fixture
def agreed(database: Database, cast: Cast) -> None:
    """FK and AF have promised to answer again within two working days and to be heard of every fourteen."""
    terms = {"respond_again_within": "2 working_days", "informed_within": "14 calendar_days"}
    with database.writing() as session:
        session.execute(sa.update(table(Agreement)).where(Agreement.id == "fk-af-2021").values(**terms))


@pytest.fixture
def taken(database: Database, cast: Cast) -> str:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY + HOUR)
    return reference


def of_kind(database: Database, kind: str) -> list[Any]:
    return [one for one in rows(database, Deadline) if one.kind == kind]


def only(database: Database, kind: str) -> Any:
    (found,) = of_kind(database, kind)
    return found


def told(database: Database, letter: str) -> set[str]:
    return {one.recipient for one in rows(database, OutgoingMail) if one.letter == letter}


def happened(database: Database) -> list[str]:
    return [one.kind for one in rows(database, Event)]


def test_a_pause_moves_every_promise_that_waits_and_tells_the_asker(
    database: Database, cast: Cast, taken: str
) -> None:
    pausing.pause(database, taken, "consent", cast.af_keeper.actor, now=MONDAY + DAY)

    respond, meeting = only(database, "respond"), only(database, "meeting")
    # Thursday, with the closings of Tuesday 24 to Monday 7 inside the pause of fourteen days.
    assert respond.due_at == close(10, 12)
    assert meeting.due_at == close(5, 1, 2027)
    assert respond.pauses == [
        {
            "from": "2026-11-24T09:00:00+00:00",
            "to": "2026-12-08T09:00:00+00:00",
            "reason": "consent",
            "by": cast.af_keeper.actor.account_id,
        }
    ]
    (leg,) = rows(database, Leg)
    assert (leg.due_at, leg.due_kind) == (close(10, 12), "respond")
    assert told(database, "paused") == {cast.caseworker.email}
    assert happened(database)[-1] == "paused"

    # Frappe helpdesk #1554: "paused" on the page, but ticking underneath.
    assert watch.sweep(database, close(8, 12)).breaches == 0
    assert watch.sweep(database, close(10, 12) + HOUR).breaches == 1

    # It cannot be paused again.
    with pytest.raises(Conflict) as refusal:
        pausing.pause(database, taken, "asker", cast.af_keeper_two.actor, now=MONDAY + 2 * DAY)
    assert refusal.value.code == "already_paused"


@on_one_engine
def test_a_pause_is_ended_by_hand(database: Database, cast: Cast, taken: str) -> None:
    pausing.pause(database, taken, "consent", cast.af_keeper.actor, now=MONDAY + DAY)
    pausing.resume(database, taken, cast.af_owner.actor, now=MONDAY + 3 * DAY)

    respond = only(database, "respond")
    assert (respond.due_at, respond.pauses[0]["to"]) == (close(30), "2026-11-26T09:00:00+00:00")
    with pytest.raises(Conflict) as refusal:
        pausing.resume(database, taken, cast.af_keeper.actor, now=MONDAY + 3 * DAY)
    assert refusal.value.code == "time_not_paused"


def test_a_pause_ends_when_the_asker_writes(database: Database, cast: Cast, taken: str) -> None:
    pausing.pause(database, taken, "asker", cast.af_keeper.actor, now=MONDAY + DAY)
    # A note ends no pause and stops nothing.
    for person in (cast.caseworker, cast.af_keeper):
        desk.note(database, taken, "Ringt och väntar.", person.actor, now=MONDAY + 2 * DAY)

    respond = only(database, "respond")
    assert (respond.stopped_at, respond.due_at) == (None, close(10, 12))

    # Anybody at the asking unit: RT counted only the one who had asked.
    desk.write(database, taken, "Här är det ni bad om.", cast.colleague.actor, now=MONDAY + 2 * DAY)

    assert only(database, "respond").due_at == close(27)
    assert happened(database)[-2:] == ["resumed", "followed_up"]


def test_an_answer_while_time_stands_still_is_in_time_and_counts_net(
    database: Database, cast: Cast, taken: str
) -> None:
    pausing.pause(database, taken, "consent", cast.af_keeper.actor, now=MONDAY + DAY)
    desk.write(database, taken, "Ja.", cast.af_keeper.actor, now=MONDAY + 7 * DAY)

    respond, meeting = only(database, "respond"), only(database, "meeting")
    assert (respond.outcome, respond.pauses[0]["to"]) == ("on_time", "2026-11-30T09:00:00+00:00")
    # The meeting's clock runs again too: nobody waits any longer.
    assert meeting.due_at == close(29, 12)
    kept = {one.measure: one.n for one in rows(database, Tally) if one.scope == "all"}
    # Gross until Monday 30; net only that Monday is left, since Tuesday to Friday closed inside the pause.
    assert (kept["answer_days.5"], kept["answer_net_days.5.1"]) == (1, 1)


@on_one_engine
def test_a_pause_saves_nothing_that_has_passed(database: Database, cast: Cast, taken: str) -> None:
    late = close(26) + HOUR
    pausing.pause(database, taken, "consent", cast.af_keeper.actor, now=late)
    respond, meeting = only(database, "respond"), only(database, "meeting")
    assert (respond.due_at, respond.pauses) == (close(26), [])
    assert len(meeting.pauses) == 1
    assert watch.sweep(database, late).breaches == 1

    pausing.resume(database, taken, cast.af_keeper.actor, now=late + DAY)
    assert only(database, "respond").due_at == close(26)


@on_one_engine
def test_only_the_desk_pauses_and_only_what_it_has_taken(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    with pytest.raises(Conflict) as refusal:
        pausing.pause(database, reference, "consent", cast.af_keeper.actor, now=MONDAY)
    assert refusal.value.code == "not_claimed"
    with pytest.raises(NotAllowed):
        pausing.pause(database, reference, "consent", cast.caseworker.actor, now=MONDAY)
    with pytest.raises(NotFound):
        pausing.pause(database, reference, "consent", cast.outsider.actor, now=MONDAY)
    with pytest.raises(Invalid):
        pausing.pause(database, reference, "booked", cast.af_keeper.actor, now=MONDAY)


@on_one_engine
def test_a_pause_is_kept_when_a_meeting_is_booked_and_cancelled(
    database: Database, cast: Cast, taken: str
) -> None:
    # GLPI #6902 and its kin: what had stood still was lost at the next change.
    pausing.pause(database, taken, "consent", cast.af_keeper.actor, now=MONDAY + DAY)
    pausing.resume(database, taken, cast.af_keeper.actor, now=MONDAY + 3 * DAY)
    wish = meetings.Wish(datetime(2026, 12, 15, 9, 0, tzinfo=UTC), 45, "Videomöte")
    meetings.book(database, taken, wish, cast.af_keeper.actor, now=datetime(2026, 12, 3, 9, tzinfo=UTC))
    meetings.cancel(database, taken, cast.af_keeper.actor, now=datetime(2026, 12, 10, 9, tzinfo=UTC))

    meeting = only(database, "meeting")
    assert [one["reason"] for one in meeting.pauses] == ["consent", "booked"]
    # 23 December, and nine midnights: two of the pause and seven of the booking. 1 January moves earlier.
    assert meeting.due_at == close(30, 12)


def test_a_later_day_holds_only_when_the_asker_agrees(database: Database, cast: Cast, taken: str) -> None:
    wish = Proposal("respond", date(2026, 12, 3), "investigation")
    extending.propose(database, taken, wish, cast.af_keeper.actor, now=MONDAY + DAY)
    assert only(database, "respond").due_at == close(26)
    assert told(database, "extension_proposed") == {cast.caseworker.email}
    with pytest.raises(Conflict) as refusal:
        extending.propose(database, taken, wish, cast.af_keeper.actor, now=MONDAY + DAY)
    assert refusal.value.code == "already_proposed"

    (proposed,) = rows(database, Extension)
    with pytest.raises(NotAllowed):
        extending.answer(
            database, taken, proposed.id, agrees=True, actor=cast.af_keeper.actor, now=MONDAY + DAY
        )
    extending.answer(
        database, taken, proposed.id, agrees=True, actor=cast.colleague.actor, now=MONDAY + 2 * DAY
    )

    respond, (extension,) = only(database, "respond"), rows(database, Extension)
    assert (respond.due_at, respond.extended_by) == (close(3, 12), extension.id)
    assert respond.because["code"] == "deadline.extended"
    assert (extension.state, extension.answered_by) == ("agreed", cast.colleague.actor.account_id)
    assert told(database, "extension_answered") == {"funktionsbrevlada.fk.vastra-gotaland@af.example"}
    assert rows(database, Leg)[0].due_at == close(3, 12)
    # Alaveteli #6679: an extension that was lawful must not be called overdue.
    assert watch.sweep(database, close(2, 12)).breaches == 0


@on_one_engine
def test_a_refused_day_changes_nothing_and_another_may_be_proposed(
    database: Database, cast: Cast, taken: str
) -> None:
    for day, agrees in ((3, False), (2, True)):
        wish = Proposal("respond", date(2026, 12, day), "extent")
        extending.propose(database, taken, wish, cast.af_owner.actor, now=MONDAY + 2 * DAY)
        newest = rows(database, Extension)[-1]
        extending.answer(
            database, taken, newest.id, agrees=agrees, actor=cast.caseworker.actor, now=MONDAY + 2 * DAY
        )
        assert only(database, "respond").due_at == (close(2, 12) if agrees else close(26))


def test_an_extension_never_erases_a_breach(database: Database, cast: Cast, taken: str) -> None:
    wish = Proposal("respond", date(2026, 12, 3), "extent")
    extending.propose(database, taken, wish, cast.af_keeper.actor, now=MONDAY + DAY)
    late = close(26) + HOUR
    # Nobody has looked yet; it has passed all the same.
    for look in (lambda: None, lambda: watch.sweep(database, late)):
        look()
        with pytest.raises(Conflict) as refusal:
            extending.answer(
                database,
                taken,
                rows(database, Extension)[0].id,
                agrees=True,
                actor=cast.caseworker.actor,
                now=late,
            )
        assert refusal.value.code == "no_proposal"
        with pytest.raises(Conflict):
            extending.propose(database, taken, wish, cast.af_keeper.actor, now=late)
    assert len(rows(database, Breach)) == 1
    assert only(database, "respond").due_at == close(26)


def test_a_new_message_is_answered_within_its_own_time(
    database: Database, cast: Cast, agreed: None, taken: str
) -> None:
    desk.write(database, taken, "Svar.", cast.af_keeper.actor, now=MONDAY + 2 * HOUR)
    assert of_kind(database, "respond_again") == []

    # Zammad #1322: whoever at the other side wrote it, the clock starts.
    desk.write(database, taken, "En fråga till.", cast.colleague.actor, now=MONDAY + DAY)
    desk.write(database, taken, "Är ni där?", cast.caseworker.actor, now=MONDAY + 2 * DAY)
    started = only(database, "respond_again")
    assert (started.start_at, started.due_at) == (MONDAY + DAY, close(26))
    assert started.after_id == only(database, "respond").id

    # Zammad #3140: it does not run on when the desk has written last.
    desk.write(database, taken, "Svar igen.", cast.af_keeper_two.actor, now=MONDAY + 2 * DAY + HOUR)
    assert only(database, "respond_again").outcome == "on_time"

    # Chatwoot #11787: the next wait starts at the next message, not at the first of them all.
    desk.write(database, taken, "Och så en sak.", cast.caseworker.actor, now=MONDAY + 9 * DAY)
    first, second = of_kind(database, "respond_again")
    assert (second.start_at, second.after_id) == (MONDAY + 9 * DAY, first.id)


@on_one_engine
def test_late_but_before_anybody_looked_is_late(
    database: Database, cast: Cast, agreed: None, taken: str
) -> None:
    # Chatwoot: an answer that was late but came before the next poll was counted as a hit.
    desk.write(database, taken, "Svar.", cast.af_keeper.actor, now=MONDAY + 2 * HOUR)
    desk.write(database, taken, "En fråga till.", cast.caseworker.actor, now=MONDAY + DAY)
    desk.write(database, taken, "Svar igen.", cast.af_keeper.actor, now=close(26) + timedelta(seconds=1))

    assert only(database, "respond_again").outcome == "late"
    assert [one.kind for one in rows(database, Breach)] == ["respond_again"]


def test_news_is_owed_again_after_each_message_of_the_desk(
    database: Database, cast: Cast, agreed: None, taken: str
) -> None:
    assert only(database, "inform").due_at == close(7, 12)
    desk.write(database, taken, "Vi håller på.", cast.af_keeper.actor, now=MONDAY + 2 * DAY)
    first, second = of_kind(database, "inform")
    assert (first.outcome, second.after_id) == ("on_time", first.id)
    assert (second.start_at, second.due_at) == (MONDAY + 2 * DAY, close(9, 12))
    desk.note(database, taken, "Inget nytt.", cast.af_keeper.actor, now=MONDAY + 3 * DAY)
    assert watch.sweep(database, close(9, 12) + HOUR).breaches == 1

    # Chatwoot #15024 and #10178: nothing is missed any more once it is closed, whoever wrote last.
    desk.close(database, taken, cast.af_keeper.actor, now=close(9, 12) + 2 * HOUR)
    assert of_kind(database, "inform")[1].outcome == "late"
    assert (
        watch.sweep(database, close(9, 12) + 90 * DAY).breaches == 1
    )  # the meeting, which is still promised


def test_an_answered_question_is_opened_again_with_a_promise_that_follows_the_old(
    database: Database, cast: Cast, taken: str
) -> None:
    desk.write(database, taken, "Nej.", cast.af_keeper.actor, now=MONDAY + DAY)
    reopening.reopen(database, taken, "Svaret gäller fel fråga.", cast.colleague.actor, now=MONDAY + 8 * DAY)

    old, new = only(database, "respond"), only(database, "respond_again")
    assert (old.outcome, old.stopped_at) == ("on_time", MONDAY + DAY)
    assert (new.after_id, new.term, new.due_at) == (old.id, "3 working_days", close(4, 12))
    (leg,) = rows(database, Leg)
    assert (leg.state, leg.due_kind) == ("claimed", "respond_again")
    assert told(database, "followed_up") == {"funktionsbrevlada.fk.vastra-gotaland@af.example"}


def test_a_closed_question_is_opened_again_with_the_meeting_that_was_withdrawn(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    desk.close(database, reference, cast.caseworker.actor, now=MONDAY + HOUR)
    reopening.reopen(database, reference, "Vi behöver mötet ändå.", cast.caseworker.actor, now=MONDAY + DAY)

    first, second = of_kind(database, "meeting")
    assert (first.outcome, second.after_id, second.stopped_at) == ("withdrawn", first.id, None)
    assert second.start_at == MONDAY + DAY
    # Nobody had taken it, so it waits in the queue.
    assert rows(database, Leg)[0].state == "waiting"
    with pytest.raises(Conflict) as refusal:
        reopening.reopen(database, reference, "En gång till.", cast.caseworker.actor, now=MONDAY + DAY)
    assert refusal.value.code == "not_done"
    with pytest.raises(NotAllowed):
        reopening.reopen(database, reference, "Jag också.", cast.af_keeper.actor, now=MONDAY + DAY)


@on_one_engine
def test_what_was_broken_stays_broken_when_it_is_opened_again(
    database: Database, cast: Cast, taken: str
) -> None:
    # libredesk #70 and Zammad #188: opening again neither clears the old breach nor breaks the old promise anew.
    desk.write(database, taken, "Nej.", cast.af_keeper.actor, now=close(26) + DAY)
    reopening.reopen(database, taken, "Läs igen.", cast.caseworker.actor, now=close(26) + 2 * DAY)
    assert (only(database, "respond").outcome, len(rows(database, Breach))) == ("late", 1)
    assert watch.sweep(database, close(26) + 3 * DAY).breaches == 0


def test_a_breach_gets_a_cause_that_can_be_changed_and_is_kept(
    database: Database, cast: Cast, taken: str
) -> None:
    watch.sweep(database, close(26) + HOUR)
    (breach,) = rows(database, Breach)
    for cause, comment in (("absence", "Två var sjuka."), ("workload", "")):
        said = Said(breach.id, cause, comment)
        causes.give(database, taken, said, cast.af_owner.actor, now=close(26) + DAY)

    (breach,) = rows(database, Breach)
    assert (breach.cause, breach.comment) == ("workload", "")
    assert [one.cause for one in rows(database, BreachCause)] == ["absence", "workload"]
    assert happened(database)[-2:] == ["cause_given", "cause_given"]


@on_one_engine
def test_only_the_owner_says_why_and_without_identity_numbers(
    database: Database, cast: Cast, taken: str
) -> None:
    watch.sweep(database, close(26) + HOUR)
    (breach,) = rows(database, Breach)
    now = close(27)
    for person in (cast.af_keeper, cast.caseworker):
        with pytest.raises((NotAllowed, NotFound)):
            causes.give(database, taken, Said(breach.id, "other", ""), person.actor, now=now)
    for wrong in (Said(breach.id, "weather", ""), Said(breach.id, "other", "Om 19900101-2385")):
        with pytest.raises(Invalid):
            causes.give(database, taken, wrong, cast.af_owner.actor, now=now)
    with pytest.raises(NotFound):
        causes.give(database, taken, Said(breach.id + 1, "other", ""), cast.af_owner.actor, now=now)
