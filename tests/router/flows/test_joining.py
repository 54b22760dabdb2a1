"""Two inquiries about the same thing become one, on both databases, and the ledger is clean afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from router.flows import desk, joining, ledger, reopening, watch
from router.records.models import Breach, Deadline, Event, Inquiry, Leg, OutgoingMail
from tests.router.flows.test_clocks import close
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

DAY = timedelta(days=1)


def test_the_one_that_goes_on_owes_from_the_earliest_start(database: Database, cast: Cast) -> None:
    # Zammad: a message that was merged in and that nobody had answered did not start the clock of the target.
    first, second = ask(database, cast), ask(database, cast, now=MONDAY + DAY)
    desk.claim(database, second, cast.af_keeper.actor, now=MONDAY + DAY)
    joining.join(database, first, second, cast.af_keeper.actor, now=MONDAY + DAY)

    old, new = rows(database, Inquiry)
    owed = {one.kind: one for one in rows(database, Deadline) if one.inquiry_id == new.id}
    assert (owed["respond"].start_at, owed["respond"].due_at) == (MONDAY, close(26))
    assert (owed["meeting"].start_at, owed["meeting"].due_at) == (MONDAY, close(23, 12))
    left = [one.outcome for one in rows(database, Deadline) if one.inquiry_id == old.id]
    assert left == ["withdrawn"] * 3
    assert (old.state, new.state) == ("closed", "claimed")
    assert rows(database, Leg)[1].due_at == close(26)
    told = [one for one in rows(database, OutgoingMail) if one.letter == "joined"]
    assert [(one.recipient, one.facts["into"]) for one in told] == [(cast.caseworker.email, second)]
    with pytest.raises(Conflict) as refusal:
        reopening.reopen(database, first, "Läs igen.", cast.caseworker.actor, now=MONDAY + DAY)
    assert refusal.value.code == "went_on"
    assert ledger.check(database) == ()


def test_an_answered_inquiry_takes_over_what_is_still_to_be_answered(database: Database, cast: Cast) -> None:
    first, second = ask(database, cast), ask(database, cast, wants_meeting=False)
    desk.write(database, second, "Ja.", cast.af_keeper.actor, now=MONDAY + DAY)
    joining.join(database, first, second, cast.af_keeper.actor, now=MONDAY + DAY)

    (again,) = [one for one in rows(database, Deadline) if one.kind == "respond_again"]
    assert (again.start_at, again.due_at, again.stopped_at) == (MONDAY, close(26), None)
    assert rows(database, Inquiry)[1].state == "claimed"
    assert [one.kind for one in rows(database, Event)][-1] == "took_over"
    assert ledger.check(database) == ()


def test_what_is_broken_stays_where_it_was_and_is_counted_once(database: Database, cast: Cast) -> None:
    first, second = ask(database, cast), ask(database, cast, now=MONDAY + 7 * DAY)
    late = MONDAY + 7 * DAY + timedelta(hours=1)
    watch.sweep(database, late)
    joining.join(database, first, second, cast.af_owner.actor, now=late)

    new = rows(database, Inquiry)[1]
    respond = next(
        one for one in rows(database, Deadline) if (one.inquiry_id, one.kind) == (new.id, "respond")
    )
    assert respond.start_at == MONDAY + 7 * DAY
    assert watch.sweep(database, late).breaches == 0
    assert [one.kind for one in rows(database, Breach)] == ["acknowledge", "respond"]
    assert ledger.check(database) == ()


def test_only_the_desk_joins_and_only_what_one_unit_asked_one_mailbox(database: Database, cast: Cast) -> None:
    first, second = ask(database, cast), ask(database, cast)
    with pytest.raises(NotAllowed):
        joining.join(database, first, second, cast.caseworker.actor, now=MONDAY)
    with pytest.raises(NotFound):
        joining.join(database, first, second, cast.outsider.actor, now=MONDAY)
    with pytest.raises(Invalid) as refusal:
        joining.join(database, first, first, cast.af_keeper.actor, now=MONDAY)
    assert refusal.value.code == "not_to_be_joined"
    assert [one for one, _ in joining.candidates(database, first, cast.af_keeper.actor)] == [second]
    desk.close(database, second, cast.caseworker.actor, now=MONDAY)
    with pytest.raises(Conflict):
        joining.join(database, first, second, cast.af_keeper.actor, now=MONDAY)
    assert joining.candidates(database, first, cast.af_keeper.actor) == ()
