"""Sending on and handing back, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from directory.records.absences import WrongWay
from directory.records.upkeep import Proposal
from router.flows import desk, ledger, legs, reading, wandering, watch
from router.flows.legs import Wish
from router.records.models import Breach, Deadline, Event, Inquiry, Leg, Note, OutgoingMail
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast

SOON = MONDAY + timedelta(hours=2)
NEXT = MONDAY + timedelta(days=1)
OTHER = "af-14-ingang"


def test_the_askers_promises_go_along_and_the_new_mailbox_gets_its_own(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    asked = {row.kind: row.due_at for row in rows(database, Deadline)}
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    wish = Wish(MUNICIPAL_MAILBOX, "Det här är er fråga.")
    legs.forward(database, reference, wish, cast.af_keeper.actor, now=NEXT)

    first, second = rows(database, Leg)
    assert (first.state, first.claimed_by, first.left_at, first.used_minutes) == (
        "forwarded",
        None,
        NEXT,
        510,
    )
    assert (second.state, second.mailbox_id, second.follows_id) == ("waiting", MUNICIPAL_MAILBOX, first.id)
    found = rows(database, Deadline)
    # Acknowledged by the first mailbox and done; the rest of what the asker was promised is now with the second.
    assert [(row.kind, row.leg_id, row.scope) for row in found] == [
        ("acknowledge", first.id, "whole"),
        ("respond", second.id, "inquiry"),
        ("meeting", second.id, "inquiry"),
        ("acknowledge", second.id, "leg"),
        ("respond", second.id, "leg"),
    ]
    assert {row.kind: row.due_at for row in found[:3]} == asked
    assert all(row.start_at == NEXT for row in found[3:])
    assert second.due_at == min(row.due_at for row in found[1:])
    told = [(row.letter, row.recipient) for row in rows(database, OutgoingMail)][1:]
    assert [letter for letter, _ in told] == ["forwarded"]
    assert ledger.check(database) == ()


def test_the_asker_sees_one_inquiry_with_the_same_promises(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    before = reading.view(database, reference, cast.caseworker.actor, now=SOON)

    legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX, "Er."), cast.af_keeper.actor, now=SOON)
    after = reading.view(database, reference, cast.caseworker.actor, now=SOON)

    promised = [(one.kind, one.due_at) for one in before.deadlines]
    assert [(one.kind, one.due_at) for one in after.deadlines] == promised
    assert (after.reference, after.receiver.party_id) == (before.reference, "kommun-1493")
    assert [one.kind for one in after.written] == ["question", "explanation"]
    desk.write(database, reference, "Ja.", cast.municipal_keeper.actor, now=NEXT)
    answered = reading.view(database, reference, cast.caseworker.actor, now=NEXT)
    assert (answered.state, answered.deadlines[1].outcome) == ("answered", "on_time")
    assert ledger.check(database) == ()


def test_who_has_sent_a_question_on_reads_nothing_that_comes_later(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=SOON)

    desk.write(database, reference, "Svaret", cast.municipal_keeper.actor, now=NEXT)

    former = reading.view(database, reference, cast.af_keeper.actor, now=NEXT)
    assert [one.kind for one in former.written] == ["question"]
    assert "answered" not in {one.kind for one in former.events}
    with pytest.raises(Conflict) as refusal:
        desk.write(database, reference, "Jag med", cast.af_keeper.actor, now=NEXT)
    assert refusal.value.code == "moved_on"


def test_a_note_for_the_receiver_stays_within_the_party(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    wish = Wish(OTHER, "Ring mig först.", is_inside=True)

    legs.forward(database, reference, wish, cast.af_keeper.actor, now=SOON)

    assert [(row.mailbox_id, row.body) for row in rows(database, Note)] == [(OTHER, "Ring mig först.")]
    asker = reading.view(database, reference, cast.caseworker.actor, now=SOON)
    assert "Ring mig först." not in {one.body for one in asker.written}
    assert ledger.check(database) == ()


def test_a_wrong_way_in_is_learned_and_counted(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    wish = Wish(MUNICIPAL_MAILBOX, "Det gör kommunen.")
    legs.hand_back(database, reference, wish, cast.af_keeper.actor, now=SOON)

    [wrong] = rows(database, WrongWay)
    assert (wrong.entry_point_id, wrong.suggested_id) == (AF_MAILBOX, MUNICIPAL_MAILBOX)
    [proposal] = rows(database, Proposal)
    assert proposal.words.startswith("Fel ingång: frågor om Rehabilitering hör hemma hos ")
    assert rows(database, Leg)[-1].mailbox_id == MUNICIPAL_MAILBOX
    again = ask(database, cast, now=NEXT)
    offered = wandering.offered(database, again, cast.af_keeper.actor, now=NEXT)
    assert offered.suggested == (MUNICIPAL_MAILBOX,)
    assert ledger.check(database) == ()


def test_handed_back_without_a_suggestion_the_asker_chooses(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    legs.hand_back(database, reference, Wish(text="Inte vi."), cast.af_keeper.actor, now=SOON)
    [leg] = rows(database, Leg)
    [inquiry] = rows(database, Inquiry)
    letter = rows(database, OutgoingMail)[-1]
    assert (leg.state, leg.held_by, inquiry.state) == ("handed_back", "asker", "sent")
    assert (letter.letter, letter.recipient) == ("handed_back", cast.caseworker.email)
    assert ledger.check(database) == ()
    legs.redirect(database, reference, MUNICIPAL_MAILBOX, cast.caseworker.actor, now=NEXT)

    assert [row.state for row in rows(database, Leg)] == ["forwarded", "waiting"]
    assert ledger.check(database) == ()


def test_what_would_go_round_is_an_administrators_to_settle(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=SOON)

    legs.hand_back(database, reference, Wish(AF_MAILBOX), cast.municipal_keeper.actor, now=NEXT)

    [row] = wandering.held(database, cast.administrator.actor)
    assert (row.reference, row.held_by, len(row.ways)) == (reference, "administrator", 2)
    with pytest.raises(NotAllowed):
        legs.redirect(database, reference, AF_MAILBOX, cast.caseworker.actor, now=NEXT)
    with pytest.raises(NotAllowed):
        wandering.held(database, cast.party_administrator.actor)
    legs.redirect(database, reference, AF_MAILBOX, cast.administrator.actor, now=NEXT)
    assert wandering.held(database, cast.administrator.actor) == ()
    assert [one.mailbox_id for one in rows(database, Leg)] == [AF_MAILBOX, MUNICIPAL_MAILBOX, AF_MAILBOX]
    assert ledger.check(database) == ()


def test_a_promise_that_was_broken_before_stays_the_former_mailboxs(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, wants_meeting=False)
    late = MONDAY + timedelta(days=10)

    legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=late)
    watch.sweep(database, late + timedelta(days=30))

    found = [(row.mailbox_id, row.kind, row.scope) for row in rows(database, Breach)]
    assert found == [
        (AF_MAILBOX, "acknowledge", "whole"),
        (AF_MAILBOX, "respond", "whole"),
        (MUNICIPAL_MAILBOX, "acknowledge", "leg"),
        (MUNICIPAL_MAILBOX, "respond", "leg"),
    ]
    assert ledger.check(database) == ()


def test_where_the_asker_may_not_come_nothing_is_sent(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    for to, code in (("af-skyddad", "route."), ("kommun-1494-ame-brevlada", "route."), ("nope", "unknown_")):
        with pytest.raises(Invalid) as refusal:
            legs.forward(database, reference, Wish(to), cast.af_keeper.actor, now=SOON)
        assert refusal.value.code.startswith(code), refusal.value.code
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=SOON)
    with pytest.raises(Conflict) as late:
        legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=SOON)
    assert late.value.code == "not_open"
    assert [row.kind for row in rows(database, Event)] == ["asked", "answered"]
