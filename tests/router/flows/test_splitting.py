"""A message becomes an inquiry of its own, on both databases, and the ledger is clean afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Database, table
from config.errors import Conflict, Invalid, NotFound
from directory.records.models import Agreement
from router.flows import desk, ledger, reading, splitting, watch
from router.records.models import Breach, Deadline, Event, Inquiry, Leg, Message, OutgoingMail
from tests.router.flows.test_clocks import close
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

DAY = timedelta(days=1)
on_one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def agreed(database: Database, cast: Cast) -> None:
    """FK and AF have promised to answer again within two working days."""
    with database.writing() as session:
        session.execute(
            sa.update(table(Agreement))
            .where(Agreement.id == "fk-af-2021")
            .values(respond_again_within="2 working_days")
        )


@pytest.fixture
def answered(database: Database, cast: Cast) -> str:
    reference = ask(database, cast)
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=MONDAY)
    return reference


def write(database: Database, cast: Cast, reference: str, body: str, days: int) -> int:
    """A follow-up so many days after Monday; its number."""
    desk.write(database, reference, body, cast.colleague.actor, now=MONDAY + days * DAY)
    return int(rows(database, Message)[-1].id)


def of(database: Database, inquiry: Any) -> dict[str, Any]:
    return {one.kind: one for one in rows(database, Deadline) if one.inquiry_id == inquiry.id}


def test_a_message_becomes_an_inquiry_whose_promises_start_with_it(
    database: Database, cast: Cast, answered: str
) -> None:
    moved = write(database, cast, answered, "En annan sak: vem har bilen?", 1)
    now = MONDAY + 2 * DAY
    reference = splitting.split(database, answered, moved, cast.af_keeper_two.actor, now=now)

    old, new = rows(database, Inquiry)
    assert (new.reference, new.state, old.state) == (reference, "sent", "answered")
    assert [getattr(new, name) for name in ("from_unit_id", "mode", "agreement_id", "created_at")] == [
        old.from_unit_id,
        old.mode,
        "fk-af-2021",
        MONDAY + DAY,
    ]
    assert new.asked_by == cast.colleague.actor.account_id
    first, second = rows(database, Leg)
    assert (second.mailbox_id, second.entry_point_id) == (first.mailbox_id, first.entry_point_id)
    respond = of(database, new)["respond"]
    assert (respond.start_at, respond.due_at, respond.calendar_id) == (MONDAY + DAY, close(27), "default")
    assert (second.due_at, second.due_kind) == (close(25), "acknowledge")
    again = of(database, old)["respond_again"]
    assert (again.outcome, again.stopped_at) == ("withdrawn", now)

    texts = [(one.inquiry_id, one.kind, one.body) for one in rows(database, Message)]
    assert texts[-1] == (new.id, "question", "En annan sak: vem har bilen?")
    assert len(texts) == 3
    events = {(one.inquiry_id, one.kind): one.facts for one in rows(database, Event)}
    assert events[old.id, "split"]["into"] == reference
    assert events[new.id, "split_from"] == {"from": answered}
    told = {(one.letter, one.recipient) for one in rows(database, OutgoingMail) if one.created_at == now}
    assert {who for letter, who in told if letter == "split"} == {cast.caseworker.email, cast.colleague.email}
    assert {letter for letter, _ in told} == {"split", "asked"}
    deeds = [one.action for one in rows(database, AuditEntry) if one.at == now]
    assert sorted(deeds) == ["inquiry.ask", "inquiry.split", "inquiry.split"]
    assert ledger.check(database) == ()

    desk.write(database, reference, "Kommunen.", cast.af_keeper.actor, now=now)
    assert ledger.check(database) == ()


def test_while_another_message_waits_the_promise_goes_on(
    database: Database, cast: Cast, answered: str
) -> None:
    first = write(database, cast, answered, "Vem har bilen?", 1)
    second = write(database, cast, answered, "Och när?", 2)
    splitting.split(database, answered, first, cast.caseworker.actor, now=MONDAY + 2 * DAY)

    old = rows(database, Inquiry)[0]
    again = of(database, old)["respond_again"]
    assert (again.start_at, again.stopped_at, old.state) == (MONDAY + DAY, None, "claimed")
    splitting.split(database, answered, second, cast.caseworker.actor, now=MONDAY + 2 * DAY)
    assert of(database, old)["respond_again"].outcome == "withdrawn"
    assert [one.state for one in rows(database, Inquiry)] == ["answered", "sent", "sent"]
    assert ledger.check(database) == ()


def test_what_is_broken_stays_where_it_was(database: Database, cast: Cast, answered: str) -> None:
    moved = write(database, cast, answered, "Vem har bilen?", 1)
    late = close(26) + timedelta(hours=1)
    assert watch.sweep(database, late).breaches == 1
    splitting.split(database, answered, moved, cast.af_owner.actor, now=late)

    old, new = rows(database, Inquiry)
    assert of(database, old)["respond_again"].outcome == "late"
    assert [(one.inquiry_id, one.kind) for one in rows(database, Breach)] == [(old.id, "respond_again")]
    # A first sign of a question that nobody knew to be one is not asked for afterwards.
    assert {one.stopped_at for one in of(database, new).values()} == {None}
    assert watch.sweep(database, late).breaches == 0
    assert ledger.check(database) == ()


@on_one_engine
def test_before_the_first_answer_the_question_itself_is_still_owed(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    moved = write(database, cast, reference, "Vem har bilen?", 1)
    assert [one.id for one in splitting.candidates(database, reference, cast.caseworker.actor)] == [moved]
    before = of(database, rows(database, Inquiry)[0])
    splitting.split(database, reference, moved, cast.caseworker.actor, now=MONDAY + DAY)
    assert of(database, rows(database, Inquiry)[0]) == before
    assert rows(database, Inquiry)[0].state == "sent"
    assert ledger.check(database) == ()


@on_one_engine
def test_what_may_not_be_moved_is_refused_and_changes_nothing(
    database: Database, cast: Cast, answered: str
) -> None:
    question = rows(database, Message)[0].id
    moved = write(database, cast, answered, "Vem har bilen?", 1)
    with pytest.raises(NotFound):
        splitting.split(database, answered, moved, cast.outsider.actor, now=MONDAY + DAY)
    for number in (question, 0):
        with pytest.raises(Invalid) as refusal:
            splitting.split(database, answered, number, cast.af_keeper.actor, now=MONDAY + DAY)
        assert refusal.value.code == "not_to_be_split"
    with pytest.raises(Conflict) as late:
        splitting.split(database, answered, moved, cast.af_keeper.actor, now=MONDAY + 9 * DAY)
    assert late.value.code == "too_late_to_split"
    desk.write(database, answered, "Kommunen.", cast.af_keeper.actor, now=MONDAY + DAY)
    with pytest.raises(Invalid):
        splitting.split(database, answered, moved, cast.af_keeper.actor, now=MONDAY + DAY)
    desk.close(database, answered, cast.caseworker.actor, now=MONDAY + DAY)
    with pytest.raises(Conflict):
        splitting.split(database, answered, moved, cast.af_keeper.actor, now=MONDAY + DAY)
    assert len(rows(database, Inquiry)) == 1
    assert ledger.check(database) == ()


def test_a_history_that_leads_nowhere_is_seen(database: Database, cast: Cast, answered: str) -> None:
    moved = write(database, cast, answered, "Vem har bilen?", 1)
    reference = splitting.split(database, answered, moved, cast.af_keeper.actor, now=MONDAY + DAY)
    seen = reading.view(database, reference, cast.caseworker.actor, now=MONDAY + DAY)
    assert seen.came_from == answered
    with database.writing() as session:
        session.execute(sa.update(table(Event)).where(Event.kind == "split_from").values(facts={"from": "?"}))
    assert {one.code for one in ledger.check(database)} == {"split_half"}
