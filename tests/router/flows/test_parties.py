"""One question to several parties: collated for the asker, each receiver in its own thread."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from directory.records.models import Agreement
from router.flows import desk, ledger, legs, parties, reading, wandering, watch
from router.flows.legs import Wish
from router.records.models import Deadline, Inquiry, Leg, OutgoingMail
from router.rules.shown import InquiryView
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast, Person

SOON = MONDAY + timedelta(hours=2)
NEXT = MONDAY + timedelta(days=1)


def seen(database: Database, reference: str, person: Person) -> InquiryView:
    return reading.view(database, reference, person.actor, now=NEXT)


def bodies(view: InquiryView) -> list[str]:
    return [one.body for one in view.written if one.kind != "question"]


def test_everybody_asked_gets_promises_and_a_letter_of_their_own(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, also_to=(MUNICIPAL_MAILBOX,))

    assert [row.mailbox_id for row in rows(database, Leg)] == [AF_MAILBOX, MUNICIPAL_MAILBOX]
    kinds = [(row.mailbox_id, row.kind, row.scope) for row in rows(database, Deadline)]
    assert kinds[3:] == [(MUNICIPAL_MAILBOX, kind, "whole") for kind in ("acknowledge", "respond", "meeting")]
    assert [row.letter for row in rows(database, OutgoingMail)] == ["asked", "invited"]
    watch.sweep(database, MONDAY + timedelta(days=40))
    assert ledger.check(database) == ()
    assert reading.view(database, reference, cast.caseworker.actor, now=NEXT).answered == 0


def test_the_letter_of_a_later_leg_says_that_the_meeting_must_be_held(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.execute(sa.update(Agreement).values(meeting_measured="held"))

    ask(database, cast, also_to=(MUNICIPAL_MAILBOX,))

    assert [(row.letter, row.facts["held"]) for row in rows(database, OutgoingMail)] == [
        ("asked", True),
        ("invited", True),
    ]


def test_no_receiver_reads_what_is_not_its_until_the_asker_shares(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, also_to=(MUNICIPAL_MAILBOX,))
    desk.claim(database, reference, cast.municipal_keeper.actor, now=SOON)
    desk.write(database, reference, "AF svarar", cast.af_keeper.actor, now=SOON)
    desk.note(database, reference, "AF antecknar", cast.af_keeper.actor, now=SOON)
    desk.write(database, reference, "Kommunen svarar", cast.municipal_keeper.actor, now=SOON)
    desk.write(database, reference, "Tack båda", cast.colleague.actor, now=NEXT)
    matrix = {
        "af_keeper": ["AF svarar", "AF antecknar", "Tack båda"],
        "municipal_keeper": ["Kommunen svarar", "Tack båda"],
        "colleague": ["AF svarar", "Kommunen svarar", "Tack båda"],
        "administrator": [],
    }

    for name, expected in matrix.items():
        assert sorted(bodies(seen(database, reference, getattr(cast, name)))) == sorted(expected), name
    municipal = seen(database, reference, cast.municipal_keeper)
    assert {one.by for one in municipal.events}.isdisjoint({"Cia B."})
    assert {one.kind for one in municipal.deadlines} == {"acknowledge", "respond", "meeting"}
    with pytest.raises(NotAllowed):
        parties.share(database, reference, cast.af_keeper.actor, now=NEXT)

    parties.share(database, reference, cast.caseworker.actor, now=NEXT)

    assert "AF svarar" in bodies(seen(database, reference, cast.municipal_keeper))
    assert "AF antecknar" not in bodies(seen(database, reference, cast.municipal_keeper))
    assert ledger.check(database) == ()


def test_the_inquiry_is_answered_when_all_are(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, also_to=(MUNICIPAL_MAILBOX,), wants_meeting=False)

    desk.write(database, reference, "Ja", cast.af_keeper.actor, now=SOON)
    first = seen(database, reference, cast.caseworker)
    desk.write(database, reference, "Nej", cast.municipal_keeper.actor, now=SOON)
    both = seen(database, reference, cast.caseworker)

    assert (first.state, first.answered, len(first.live)) == ("claimed", 1, 2)
    assert (both.state, both.answered) == ("answered", 2)
    desk.close(database, reference, cast.af_keeper.actor, now=NEXT)
    assert [row.state for row in rows(database, Leg)] == ["closed", "answered"]
    desk.close(database, reference, cast.caseworker.actor, now=NEXT)
    assert {row.state for row in rows(database, Leg)} == {"closed"}
    assert ledger.check(database) == ()


def test_a_party_may_be_invited_later_and_one_branch_sent_on(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, to_entry_point=MUNICIPAL_MAILBOX, wants_meeting=False)
    desk.write(database, reference, "Svaret", cast.municipal_keeper.actor, now=SOON)

    parties.invite(database, reference, AF_MAILBOX, cast.colleague.actor, now=NEXT)
    [inquiry] = rows(database, Inquiry)
    assert inquiry.state == "claimed"
    with pytest.raises(Conflict) as twice:
        parties.invite(database, reference, AF_MAILBOX, cast.colleague.actor, now=NEXT)
    assert twice.value.code == "invited_already"
    legs.forward(database, reference, Wish("af-14-ingang", "Hit"), cast.af_keeper.actor, now=NEXT)

    assert [(row.mailbox_id, row.state) for row in rows(database, Leg)] == [
        (MUNICIPAL_MAILBOX, "answered"),
        (AF_MAILBOX, "forwarded"),
        ("af-14-ingang", "waiting"),
    ]
    assert bodies(seen(database, reference, cast.municipal_keeper)) == ["Svaret"]
    assert bodies(seen(database, reference, cast.af_keeper)) == ["Hit"]
    asker = seen(database, reference, cast.caseworker)
    assert [one.by_party for one in asker.deadlines if one.stopped_at is None] != []
    assert ledger.check(database) == ()


def test_a_question_never_comes_to_a_mailbox_that_has_it(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, also_to=(MUNICIPAL_MAILBOX,))

    with pytest.raises(Invalid) as refusal:
        legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=SOON)
    assert refusal.value.code == "invited_already"
    legs.hand_back(database, reference, Wish(), cast.af_keeper.actor, now=SOON)

    [row] = wandering.held(database, cast.administrator.actor)
    assert [way for way, _ in row.ways] == [AF_MAILBOX]
    assert ledger.check(database) == ()
