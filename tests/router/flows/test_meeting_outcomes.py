"""What comes of a meeting, on both databases: held or not, minutes, next steps as promises, and taking it back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from directory.rules.access import Actor
from router.flows import (
    board,
    calendars,
    desk,
    joining,
    ledger,
    meeting_outcomes,
    meetings,
    next_steps,
    reading,
    reminding,
    reopening,
    watch,
)
from router.flows import legs as moving
from router.flows.legs import Wish
from router.flows.meeting_outcomes import Outcome, StepWish
from router.records.meeting_models import Meeting, NextStep, Participant
from router.records.models import Breach, Deadline, Event, Message, OutgoingMail, Tally
from router.rules.kept_calendars import Kept, OwnDate
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.databases import ENGINES_OF_WALKS

# Its parts are tried on both engines by the others.
a_walk = pytest.mark.parametrize("database_url", ENGINES_OF_WALKS, indirect=True)
HOUR = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
AFTER = HOUR + timedelta(hours=2)
# A Thursday; the mailbox closes at 16.30, which is 15.30 in UTC.
DUE_ON = date(2026, 12, 10)
DUE_AT = datetime(2026, 12, 10, 15, 30, tzinfo=UTC)


def booked(database: Database, cast: Cast, *, measured: str = "booked", **changes: object) -> str:
    """A question whose meeting is booked; `measured` is what its promise of a meeting asks for."""
    reference = ask(database, cast, **changes)
    if measured == "held":
        with database.writing() as session:
            for one in session.query(Deadline).filter(Deadline.kind == "meeting"):
                one.stops_when = "held"
    wish = meetings.Wish(HOUR, 45, "Videomöte")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=MONDAY + timedelta(days=1))
    return reference


def participant(database: Database, *, asker: bool = False) -> int:
    return next(one.id for one in rows(database, Participant) if one.is_asker is asker)


def step(
    database: Database, *, asker: bool = False, what: str = "Bokar plats", on: date = DUE_ON
) -> StepWish:
    return StepWish(participant(database, asker=asker), what, on)


def end(database: Database, reference: str, cast: Cast, *steps: StepWish, **changes: object) -> None:
    outcome = replace(Outcome(held=True, minutes="Vi enades.", steps=steps), **changes)  # type: ignore[arg-type]
    meeting_outcomes.end(database, reference, outcome, cast.af_keeper.actor, now=AFTER)


def promise(database: Database, kind: str = "next_step") -> Deadline:
    found: Deadline = next(row for row in rows(database, Deadline) if row.kind == kind)
    return found


def clean(database: Database) -> None:
    assert ledger.check(database) == ()


def test_a_held_meeting_is_told_whole_in_one_step(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)

    absent = {participant(database, asker=True): False}
    end(database, reference, cast, step(database), attended=absent)

    meeting = rows(database, Meeting)[0]
    assert (meeting.state, meeting.ended_by, meeting.ended_at) == (
        "held",
        cast.af_keeper.actor.account_id,
        AFTER,
    )
    assert {one.is_asker: one.attended for one in rows(database, Participant)} == {True: False, False: True}
    minutes = rows(database, Message)[-1]
    assert (minutes.kind, minutes.body, minutes.meeting_id) == ("minutes", "Vi enades.", meeting.id)
    made = promise(database)
    assert (made.due_at, made.scope, made.mailbox_id) == (DUE_AT, "leg", AF_MAILBOX)
    assert rows(database, NextStep)[0].deadline_id == made.id
    told = [one.kind for one in rows(database, Event)][-3:]
    assert told == ["meeting_ended", "minuted", "step_agreed"]
    # The asker was absent, and the desk wrote it itself.
    assert "meeting_ended" not in {one.letter for one in rows(database, OutgoingMail)}
    clean(database)


@a_walk
def test_nothing_of_an_outcome_leaves_in_a_letter_or_an_event(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database, what="Hemligt steg"), minutes="Hemlig anteckning")

    reminding.remind(database, DUE_AT - timedelta(hours=3))
    watch.sweep(database, DUE_AT + timedelta(hours=1))

    written = [one for one in rows(database, OutgoingMail) if one.letter == "meeting_ended"]
    assert [(one.recipient, one.facts["next_by"]) for one in written] == [(cast.caseworker.email, None)]
    said = (
        f"{[one.facts for one in rows(database, OutgoingMail)]}{[one.facts for one in rows(database, Event)]}"
    )
    assert "emlig" not in said
    assert "next_step" in said


@a_walk
def test_before_its_hour_and_without_a_meeting_nothing_is_stored(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    before = count_everything(database)

    for now, wish, expected in (
        (HOUR - timedelta(minutes=1), Outcome(held=True), "not_yet_met"),
        (AFTER, Outcome(held=True, steps=(step(database, on=date(2026, 12, 12)),)), "step_on_closed_day"),
        (AFTER, Outcome(held=True, minutes="Om 19900101-2385"), "guard_found"),
    ):
        with pytest.raises((Conflict, Invalid)) as refused:
            meeting_outcomes.end(database, reference, wish, cast.caseworker.actor, now=now)
        assert refused.value.code == expected

    assert count_everything(database) == before
    meetings.cancel(database, reference, cast.caseworker.actor, now=HOUR)
    with pytest.raises(Conflict) as refused:
        meeting_outcomes.end(database, reference, Outcome(held=True), cast.caseworker.actor, now=AFTER)
    assert refused.value.code == "no_meeting"


@a_walk
def test_a_meeting_that_was_not_held_lets_its_promise_go_on_without_a_letter(
    database: Database, cast: Cast
) -> None:
    reference = booked(database, cast)
    letters = len(rows(database, OutgoingMail))

    meeting_outcomes.end(database, reference, Outcome(held=False), cast.caseworker.actor, now=AFTER)

    going = promise(database, "meeting")
    assert (rows(database, Meeting)[0].state, going.stopped_at, going.outcome) == ("not_held", None, None)
    # Booked from 24 November to 3 December: nine dates that do not count.
    assert going.due_at > datetime(2026, 12, 23, 15, 30, tzinfo=UTC)
    assert len(rows(database, OutgoingMail)) == letters
    clean(database)


@a_walk
def test_a_promise_that_waits_for_the_meeting_is_met_at_its_hour(database: Database, cast: Cast) -> None:
    reference = booked(database, cast, measured="held")

    end(database, reference, cast)

    kept = promise(database, "meeting")
    assert (kept.stopped_at, kept.outcome) == (HOUR, "on_time")
    assert meetings.settle(database, now=AFTER) == 0


@a_walk
@pytest.mark.parametrize("measured", ["booked", "held"])
def test_what_was_said_is_taken_back_and_said_again(database: Database, cast: Cast, measured: str) -> None:
    reference = booked(database, cast, measured=measured)
    meetings.settle(database, now=AFTER)
    before = promise(database, "meeting")
    later = AFTER + timedelta(minutes=5)

    meeting_outcomes.end(database, reference, Outcome(held=False), cast.af_keeper.actor, now=AFTER)
    meeting_outcomes.take_back(database, reference, cast.caseworker.actor, now=later)
    meetings.settle(database, now=later)

    assert (rows(database, Meeting)[0].state, rows(database, Meeting)[0].ended_at) == ("booked", None)
    after = promise(database, "meeting")
    assert (after.outcome, after.stopped_at is None) == (before.outcome, False)
    clean(database)
    outcome = Outcome(held=True, steps=(step(database),))
    meeting_outcomes.end(database, reference, outcome, cast.af_keeper.actor, now=later)
    meeting_outcomes.take_back(database, reference, cast.af_keeper.actor, now=later)
    assert (promise(database).outcome, rows(database, NextStep)[0].withdrawn_at) == ("withdrawn", later)
    clean(database)


@a_walk
def test_once_something_has_followed_it_is_too_late_to_take_it_back(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast)
    desk.write(database, reference, "Tack för mötet.", cast.af_keeper.actor, now=AFTER)

    with pytest.raises(Conflict) as refused:
        meeting_outcomes.take_back(database, reference, cast.caseworker.actor, now=AFTER)

    assert refused.value.code == "too_late_to_correct"


def test_a_step_is_kept_or_broken_by_when_it_is_marked(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database), step(database, what="Ringer"), step(database, asker=True))
    first, second, own = (one.id for one in rows(database, NextStep))

    next_steps.done(database, reference, first, cast.af_keeper_two.actor, now=DUE_AT)
    watch.sweep(database, DUE_AT + timedelta(minutes=1))
    # The asker knows what it has got, and may say so.
    next_steps.done(database, reference, second, cast.caseworker.actor, now=DUE_AT + timedelta(days=1))
    next_steps.done(database, reference, own, cast.colleague.actor, now=DUE_AT + timedelta(days=1))

    outcomes = [one.outcome for one in rows(database, Deadline) if one.kind == "next_step"]
    assert outcomes == ["on_time", "late"]
    assert [one.kind for one in rows(database, Breach) if one.kind == "next_step"] == ["next_step"]
    counted = {row.measure: row.n for row in rows(database, Tally) if row.scope == f"mailbox:{AF_MAILBOX}"}
    assert (counted["next_step.on_time"], counted["next_step.late"]) == (1, 1)
    told = [one.facts["promise"] for one in rows(database, OutgoingMail) if one.letter == "reminder"]
    assert told.count("next_step") > 0
    broken = board.breaches(database, cast.af_owner.actor)
    assert {(one.kind, one.outcome) for one in broken if one.kind == "next_step"} == {("next_step", "late")}
    clean(database)


@a_walk
def test_a_day_that_is_closed_later_moves_the_promise_and_says_why(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database))
    mailbox = f"mailbox:{AF_MAILBOX}"
    shut = Kept(mailbox, 0, mailbox, (), True, True, {DUE_ON: OwnDate((), "Planeringsdag")})

    calendars.save(database, shut, cast.af_owner.actor, version=0, now=AFTER)

    assert promise(database).due_at == DUE_AT - timedelta(days=1)
    view = reading.view(database, reference, cast.caseworker.actor, now=AFTER)
    assert [(one.due_on, one.agreed_on) for one in view.next_steps] == [(date(2026, 12, 9), DUE_ON)]
    told = next(one for one in rows(database, Event) if one.kind == "recounted")
    assert told.facts["promise"] == "next_step"


@a_walk
def test_only_its_own_side_and_the_asker_mark_a_step(database: Database, cast: Cast) -> None:
    reference = booked(database, cast, also_to=(MUNICIPAL_MAILBOX,))
    af = next(one.id for one in rows(database, Participant) if one.mailbox_id == AF_MAILBOX)
    end(database, reference, cast, StepWish(af, "Bokar", DUE_ON), step(database, asker=True))
    theirs, own = (one.id for one in rows(database, NextStep))

    for step_id, actor in (
        (theirs, cast.municipal_keeper.actor),
        (own, cast.af_keeper.actor),
    ):
        with pytest.raises(NotAllowed) as refused:
            next_steps.done(database, reference, step_id, actor, now=AFTER)
        assert refused.value.code == "not_your_step"
    with pytest.raises(NotAllowed):
        next_steps.withdraw(database, reference, theirs, cast.af_keeper.actor, now=AFTER)

    next_steps.withdraw(database, reference, theirs, cast.caseworker.actor, now=AFTER)
    assert promise(database).outcome == "withdrawn"
    with pytest.raises(Conflict) as over:
        next_steps.done(database, reference, theirs, cast.caseworker.actor, now=AFTER)
    assert over.value.code == "step_is_over"


def test_who_was_not_there_reads_neither_minutes_nor_steps(database: Database, cast: Cast) -> None:
    reference = booked(database, cast, also_to=(MUNICIPAL_MAILBOX,))
    af, other = (
        next(one.id for one in rows(database, Participant) if one.mailbox_id == box)
        for box in (AF_MAILBOX, MUNICIPAL_MAILBOX)
    )
    end(database, reference, cast, StepWish(af, "Bokar", DUE_ON), attended={other: False})

    for person, reads in (
        (cast.caseworker, True),
        (cast.af_keeper, True),
        (cast.municipal_keeper, False),
        (cast.administrator, False),
    ):
        view = reading.view(database, reference, person.actor, now=AFTER)
        assert ("minutes" in {one.kind for one in view.written}) is reads, person.email
        assert ("Bokar" in {one.what for one in view.next_steps}) is reads, person.email


@a_walk
def test_a_desk_may_not_leave_what_it_has_taken_on(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database))
    desk.claim(database, reference, cast.af_keeper.actor, now=AFTER)
    other = ask(database, cast, now=AFTER)

    with pytest.raises(Conflict) as refused:
        moving.forward(database, reference, Wish(to=MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=AFTER)
    assert refused.value.code == "steps_left"
    with pytest.raises(Conflict) as refused:
        joining.join(database, reference, other, cast.af_keeper.actor, now=AFTER)
    assert refused.value.code == "steps_left"

    desk.write(database, reference, "Vi bokar.", cast.af_keeper.actor, now=AFTER)
    desk.close(database, reference, cast.af_keeper.actor, now=AFTER)
    assert promise(database).stopped_at is None
    # It is still theirs to do, and theirs to mark, in a closed inquiry.
    next_steps.done(database, reference, rows(database, NextStep)[0].id, cast.af_keeper.actor, now=AFTER)
    assert promise(database).outcome == "on_time"
    clean(database)


@a_walk
def test_closing_by_the_asker_withdraws_every_step(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database), step(database, asker=True))

    desk.close(database, reference, cast.caseworker.actor, now=AFTER)

    assert [one.withdrawn_at for one in rows(database, NextStep)] == [AFTER, AFTER]
    assert promise(database).outcome == "withdrawn"
    reopening.reopen(database, reference, "Vi måste ses igen.", cast.caseworker.actor, now=AFTER)
    assert [one.withdrawn_at for one in rows(database, NextStep)] == [AFTER, AFTER]
    clean(database)


@a_walk
def test_the_outcome_may_close_the_inquiry_unless_steps_are_left(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    with pytest.raises(Conflict) as refused:
        end(database, reference, cast, closes=True)
    assert refused.value.code == "not_answered"

    meeting_outcomes.end(
        database, reference, Outcome(held=True, closes=True), cast.caseworker.actor, now=AFTER
    )

    view = reading.view(database, reference, cast.caseworker.actor, now=AFTER)
    assert (view.state, view.meeting.state if view.meeting else "") == ("closed", "held")
    clean(database)


@a_walk
def test_the_asker_is_reminded_of_what_is_due_in_its_own_list(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    end(database, reference, cast, step(database), step(database, asker=True, what="Skickar underlag"))

    early = next_steps.due(database, cast.caseworker.actor, now=DUE_AT - timedelta(days=4))
    due = next_steps.due(database, cast.caseworker.actor, now=DUE_AT + timedelta(days=1))

    assert early == ()
    assert [(one.reference, one.what, one.is_late, one.is_own) for one in due] == [
        (reference, "Bokar plats", True, False),
        (reference, "Skickar underlag", True, True),
    ]
    assert next_steps.due(database, cast.af_keeper.actor, now=DUE_AT) == ()


def test_of_two_who_say_at_once_what_came_of_it_one_is_first(database: Database, cast: Cast) -> None:
    reference = booked(database, cast)
    start = threading.Barrier(2)

    def say(actor: Actor, *, held: bool) -> str:
        start.wait()
        try:
            meeting_outcomes.end(database, reference, Outcome(held=held), actor, now=AFTER)
        except Conflict as refused:
            return refused.code
        return "said"

    with ThreadPoolExecutor(2) as pool:
        both = (
            pool.submit(say, cast.af_keeper.actor, held=True),
            pool.submit(say, cast.caseworker.actor, held=False),
        )
        told = sorted(one.result() for one in both)

    assert told == ["no_meeting", "said"]
    assert [one.kind for one in rows(database, Event)].count("meeting_ended") == 1
    clean(database)
