"""Editing an agreement: what it moves, what it leaves alone, and who may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from config import words
from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, NotAllowed
from directory.records.models import Agreement
from router.flows import agreements, desk, ledger, meetings, parties, watch
from router.flows.agreements import NotAgreed
from router.records.models import Breach, Deadline, Event, Inquiry, Leg
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast

FK_AF = "fk-af-2021"
LONGER = {"respond_within": "5 working_days"}
LATER = MONDAY + timedelta(hours=2)
# The fifth working day after Monday 23 November closes at 16.30.
FIFTH = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)


def due(database: Database, kind: str = "respond") -> datetime:
    found: datetime = next(row.due_at for row in rows(database, Deadline) if row.kind == kind)
    return found


def save(database: Database, cast: Cast, wanted: dict[str, str], *, recounted: bool = True) -> int | None:
    actor = cast.administrator.actor
    newest = max(row.version for row in rows(database, Agreement) if row.id == FK_AF)
    return agreements.save(database, FK_AF, wanted, actor, version=newest, recounted=recounted, now=LATER)


def test_what_runs_keeps_the_version_it_began_under(database: Database, cast: Cast) -> None:
    ask(database, cast)
    before = due(database)

    assert save(database, cast, LONGER, recounted=False) == 0

    ask(database, cast, now=LATER)
    old, new = (row for row in rows(database, Inquiry))
    assert (old.agreement_version, new.agreement_version) == (1, 2)
    assert [row.due_at for row in rows(database, Deadline) if row.kind == "respond"] == [before, FIFTH]


def test_the_preview_says_what_saving_then_moves(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    seen = agreements.preview(database, FK_AF, LONGER, cast.administrator.actor, now=LATER)
    (moved,) = seen.outcome.moved
    assert (moved.running.reference, moved.running.due_at, moved.due.at) == (reference, due(database), FIFTH)
    assert [one.field for one in seen.edits] == ["respond_within"]
    assert rows(database, Agreement)[-1].version == 1

    assert save(database, cast, LONGER) == 1
    event = rows(database, Event)[-1]
    assert due(database) == FIFTH
    assert (event.seq, event.kind, event.facts["promise"]) == (2, "recounted", "respond")
    assert event.facts["before"] < event.facts["after"]
    assert event.facts["because"]["code"] == "deadline.working_days"
    actions = [(row.action, row.object_id) for row in rows(database, AuditEntry)][-2:]
    assert actions == [("agreement.edit", FK_AF), ("deadline.recount", reference)]
    assert ledger.check(database) == ()


def test_what_meets_an_open_promise_of_a_meeting_changes_too(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    held = {"meeting_measured": "held"}
    actor = cast.administrator.actor
    seen = agreements.preview(database, FK_AF, held, actor, now=LATER)
    assert (len(seen.outcome.stopped_otherwise), seen.outcome.moved) == (1, ())

    save(database, cast, held, recounted=False)
    assert met(database) == "booked"
    assert save(database, cast, held) == 0

    event = rows(database, Event)[-1]
    assert (met(database), event.kind) == ("held", "recounted")
    assert words.say("event.recounted_stops_when", **event.facts).startswith(
        "Möte: löftet är uppfyllt när det är hållet"
    )
    # A booking that met nothing then does not meet it afterwards either: its hour will.
    wish = meetings.Wish(MONDAY + timedelta(days=3), 60, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=LATER)
    save(database, cast, {"meeting_measured": "booked"})
    assert met(database) == "held"
    assert ledger.check(database) == ()


def met(database: Database) -> str:
    return next(row.stops_when for row in rows(database, Deadline) if row.kind == "meeting")


def test_going_back_to_an_earlier_version_moves_everything_back(database: Database, cast: Cast) -> None:
    ask(database, cast)
    before = due(database)
    save(database, cast, LONGER)

    first = agreements.form(database, FK_AF, cast.administrator.actor, version=1)
    assert save(database, cast, dict(first.cells)) == 1

    assert due(database) == before
    assert [row.version for row in rows(database, Agreement) if row.id == FK_AF] == [1, 2, 3]


def test_what_is_over_or_broken_is_never_touched(database: Database, cast: Cast) -> None:
    answered = ask(database, cast)
    desk.write(
        database, answered, "Vi ses på torsdag.", cast.af_keeper.actor, now=MONDAY + timedelta(hours=1)
    )
    ask(database, cast, now=MONDAY - timedelta(days=14))
    watch.sweep(database, MONDAY)
    before = [(row.id, row.due_at, row.breached) for row in rows(database, Deadline) if row.kind != "meeting"]
    assert len(rows(database, Breach)) == 2

    assert save(database, cast, LONGER | {"acknowledge_within": "9 working_days"}) == 0

    after = [(row.id, row.due_at, row.breached) for row in rows(database, Deadline) if row.kind != "meeting"]
    assert after == before


def test_no_edit_breaks_a_promise(database: Database, cast: Cast) -> None:
    ask(database, cast, now=MONDAY - timedelta(days=4))
    before = due(database)
    seen = agreements.preview(
        database, FK_AF, {"respond_within": "1 working_hours"}, cast.administrator.actor, now=LATER
    )
    assert (seen.outcome.moved, [one.kind for one in seen.outcome.left]) == ((), ["respond"])
    save(database, cast, {"respond_within": "1 working_hours"})
    assert due(database) == before


def test_the_leg_points_at_its_earliest_promise_again(database: Database, cast: Cast) -> None:
    ask(database, cast)
    save(database, cast, {"acknowledge_within": "6 working_days"})
    (leg,) = rows(database, Leg)
    assert (leg.due_kind, leg.due_at) == ("respond", due(database))


def test_who_comes_second_overwrites_nothing(database: Database, cast: Cast) -> None:
    actor = cast.administrator.actor
    agreements.save(database, FK_AF, LONGER, actor, version=1, now=LATER)
    with pytest.raises(Conflict):
        agreements.save(database, FK_AF, {"priority": "4"}, actor, version=1, now=LATER)


def test_faults_change_nothing_and_only_administrators_edit(database: Database, cast: Cast) -> None:
    with pytest.raises(NotAgreed):
        save(database, cast, {"respond_within": "soon"})
    for person in (cast.party_administrator, cast.af_owner, cast.caseworker):
        with pytest.raises(NotAllowed):
            agreements.overview(database, person.actor, today=date(2026, 11, 23))
        with pytest.raises(NotAllowed):
            agreements.save(database, FK_AF, LONGER, person.actor, version=1, now=LATER)
    assert {row.version for row in rows(database, Agreement)} == {1}


def test_a_new_agreement_with_priority_is_what_the_next_question_is_promised_by(
    database: Database, cast: Cast
) -> None:
    wanted = {
        "name": "Försök",
        "party_a": "*",
        "party_b": "*",
        "priority": "7",
        "meeting_within": "60 calendar_days",
        "meeting_moves": "later",
    }
    agreements.save(database, "forsok", wanted, cast.administrator.actor, version=0, now=MONDAY)

    ask(database, cast, now=LATER)

    (inquiry,), (deadline,) = rows(database, Inquiry), rows(database, Deadline)
    assert (inquiry.agreement_id, inquiry.agreement_because["code"]) == ("forsok", "agreement.priority")
    assert (deadline.kind, deadline.moves) == ("meeting", "later")


def test_what_another_receiver_promised_is_not_this_agreement_s(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    parties.invite(database, reference, MUNICIPAL_MAILBOX, cast.caseworker.actor, now=MONDAY)

    seen = agreements.preview(database, FK_AF, LONGER, cast.administrator.actor, now=LATER)

    assert [one.running.mailbox_id for one in seen.outcome.moved] == [AF_MAILBOX]
