"""Working an inquiry, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from router.flows import desk, reading
from router.records.models import Breach, Deadline, Event, Inquiry, Leg, Note, OutgoingMail, Tally
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import Cast

SOON = MONDAY + timedelta(hours=2)
LATE = MONDAY + timedelta(days=10)


def test_claiming_acknowledges_in_time(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    (leg,) = rows(database, Leg)
    outcomes = {row.kind: row.outcome for row in rows(database, Deadline)}
    assert (leg.state, leg.claimed_by, leg.due_kind) == (
        "claimed",
        cast.af_keeper.actor.account_id,
        "respond",
    )
    assert outcomes == {"acknowledge": "on_time", "respond": None, "meeting": None}
    assert [row.kind for row in rows(database, Event)] == ["asked", "claimed"]


def test_a_second_claimant_is_told_who_has_it(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    with pytest.raises(Conflict) as refusal:
        desk.claim(database, reference, cast.af_keeper_two.actor, now=SOON)

    assert (refusal.value.code, refusal.value.facts) == ("already_claimed", {"name": "Cia B."})


def test_claiming_ones_own_again_changes_nothing(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)
    before = count_everything(database)

    desk.claim(database, reference, cast.af_keeper.actor, now=SOON + timedelta(hours=1))

    assert count_everything(database) == before


def test_of_many_who_claim_at_once_one_wins(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    people = [cast.af_keeper.actor, cast.af_keeper_two.actor, cast.af_owner.actor] * 4
    start, outcomes = threading.Barrier(len(people)), list[tuple[str, int]]()

    def try_to_claim(number: int) -> None:
        start.wait()
        try:
            desk.claim(database, reference, people[number], now=SOON)
            outcomes.append(("won", people[number].account_id))
        except Conflict as refusal:
            outcomes.append((refusal.code, people[number].account_id))

    threads = [threading.Thread(target=try_to_claim, args=(number,)) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (leg,) = rows(database, Leg)
    # The winner may have asked several times; taking one's own again is no second win.
    assert {account for code, account in outcomes if code == "won"} == {leg.claimed_by}
    assert {code for code, account in outcomes if account != leg.claimed_by} == {"already_claimed"}
    assert len(outcomes) == len(people)
    assert [row.kind for row in rows(database, Event)].count("claimed") == 1


def test_a_released_question_waits_for_anybody(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    desk.release(database, reference, cast.af_keeper_two.actor, now=SOON)
    desk.claim(database, reference, cast.af_owner.actor, now=SOON)

    (leg,) = rows(database, Leg)
    assert (leg.state, leg.claimed_by) == ("claimed", cast.af_owner.actor.account_id)
    # The first sign was given in time once; giving it again neither renews nor breaks the promise.
    assert [row.outcome for row in rows(database, Deadline)] == ["on_time", None, None]


def test_an_answer_in_time_is_recorded_and_the_asker_told(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    desk.write(database, reference, "Ja, på torsdag.", cast.af_keeper.actor, now=SOON)

    (inquiry,) = rows(database, Inquiry)
    assert inquiry.state == "answered"
    assert [row.outcome for row in rows(database, Deadline)] == ["on_time", "on_time", None]
    told = [(row.letter, row.recipient) for row in rows(database, OutgoingMail)][1:]
    assert told == [("answered", cast.caseworker.email)]
    measures = {row.measure: row.n for row in rows(database, Tally) if row.scope == "all"}
    assert measures == {"asked": 1, "acknowledge.on_time": 1, "respond.on_time": 1, "answer_days.0": 1}


def test_a_keeper_who_did_not_claim_may_answer_when_the_other_is_ill(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    desk.write(database, reference, "Jag tar över.", cast.af_keeper_two.actor, now=SOON)

    (leg,) = rows(database, Leg)
    assert (leg.state, leg.claimed_by) == ("answered", cast.af_keeper_two.actor.account_id)


def test_a_late_answer_is_a_breach_even_when_nobody_watched(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, wants_meeting=False)

    desk.write(database, reference, "Förlåt att det dröjde.", cast.af_keeper.actor, now=LATE)

    assert [row.outcome for row in rows(database, Deadline)] == ["late", "late"]
    assert [row.kind for row in rows(database, Breach)] == ["acknowledge", "respond"]
    assert [row.kind for row in rows(database, Event)] == ["asked", "breached", "breached", "answered"]


def test_a_follow_up_brings_the_question_back_to_the_desk(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=SOON)

    desk.write(database, reference, "Tack, men när?", cast.colleague.actor, now=SOON)

    (leg,) = rows(database, Leg)
    assert leg.state == "claimed"
    assert [row.letter for row in rows(database, OutgoingMail)] == ["asked", "answered", "followed_up"]


def test_a_note_is_read_by_its_own_side_only(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.note(database, reference, "Stäm av med chefen.", cast.af_keeper.actor, now=SOON)
    desk.note(database, reference, "Ring tillbaka.", cast.caseworker.actor, now=SOON)

    at_desk = reading.view(database, reference, cast.af_keeper_two.actor, now=SOON)
    at_asker = reading.view(database, reference, cast.colleague.actor, now=SOON)

    assert [one.body for one in at_desk.written if one.kind == "note"] == ["Stäm av med chefen."]
    assert [one.body for one in at_asker.written if one.kind == "note"] == ["Ring tillbaka."]
    assert [one.kind for one in at_asker.events].count("noted") == 1
    assert len(rows(database, Note)) == 2


def test_the_desk_closes_only_what_it_has_answered(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    with pytest.raises(Conflict) as refusal:
        desk.close(database, reference, cast.af_keeper.actor, now=SOON)

    assert refusal.value.code == "not_answered"


def test_closing_at_the_desk_leaves_a_promised_meeting_promised(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=SOON)

    desk.close(database, reference, cast.af_keeper.actor, now=SOON)
    still_open = {row.kind: row.outcome for row in rows(database, Deadline)}
    desk.close(database, reference, cast.caseworker.actor, now=SOON)

    assert still_open["meeting"] is None
    assert {row.kind: row.outcome for row in rows(database, Deadline)}["meeting"] == "withdrawn"


def test_the_asker_may_withdraw_before_an_answer(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    desk.close(database, reference, cast.caseworker.actor, now=SOON)

    (inquiry,) = rows(database, Inquiry)
    assert (inquiry.state, inquiry.closed_at) == ("closed", SOON)
    assert {row.outcome for row in rows(database, Deadline)} == {"withdrawn"}
    with pytest.raises(Conflict):
        desk.write(database, reference, "För sent.", cast.af_keeper.actor, now=SOON)


def test_withdrawing_does_not_make_a_breach_unhappen(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, wants_meeting=False)

    desk.close(database, reference, cast.caseworker.actor, now=LATE)

    assert {row.outcome for row in rows(database, Deadline)} == {"late"}
    assert len(rows(database, Breach)) == 2


def test_an_answer_with_a_personal_number_changes_nothing(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    before = count_everything(database)

    with pytest.raises(Invalid):
        desk.write(database, reference, "Personen är 20000229-2399.", cast.af_keeper.actor, now=SOON)

    assert count_everything(database) == before


def test_an_inquiry_is_nobodys_business_but_its_parties(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    acts = (desk.claim, desk.release, desk.close)

    for act in acts:
        with pytest.raises(NotFound):
            act(database, reference, cast.outsider.actor, now=SOON)
    for act in acts[:2]:
        with pytest.raises(NotAllowed):
            act(database, reference, cast.caseworker.actor, now=SOON)
    for person in (cast.administrator, cast.party_administrator):
        with pytest.raises(NotAllowed):
            desk.write(database, reference, "Hej", person.actor, now=SOON)


def test_an_administrator_sees_that_it_is_but_not_what_it_says(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    seen = reading.view(database, reference, cast.administrator.actor, now=SOON)

    assert (seen.content, seen.subject, seen.our_reference, seen.written) == (False, "", "", ())
    assert len(seen.deadlines) == 3
    with pytest.raises(NotFound):
        reading.view(database, reference, cast.outsider.actor, now=SOON)


def test_every_reading_of_content_is_in_the_audit(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    before = count_everything(database)["audit_entry"]

    reading.view(database, reference, cast.af_keeper.actor, now=SOON)

    assert count_everything(database)["audit_entry"] == before + 1
