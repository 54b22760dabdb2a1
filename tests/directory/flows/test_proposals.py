"""Proposals: made by anyone, answered by the owner, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.flows import editing, proposals
from directory.flows.proposals import BadProposal, Proposed
from directory.rules.access import Actor
from directory.rules.upkeep import ProposalState
from router.rules.calendars import red_day
from tests.support.asking import MONDAY, count_everything
from tests.support.cast import AF_MAILBOX, Cast

TODAY = MONDAY.date()
PURPOSE = "Samverkan kring rehabilitering och omställning."


def propose(database: Database, actor: Actor | None, words: str = "", **wanted: str) -> date:
    return proposals.make(database, AF_MAILBOX, words, wanted, actor=actor, red_day=red_day, now=MONDAY)


def waiting(database: Database, actor: Actor) -> list[Proposed]:
    return list(proposals.open_ones(database, actor, today=TODAY))


def test_a_proposal_waits_for_its_owner_with_a_deadline(database: Database, cast: Cast) -> None:
    assert propose(database, cast.caseworker.actor, "Fel text.", purpose=PURPOSE) == date(2026, 11, 30)
    for person in (cast.af_owner, cast.party_administrator, cast.administrator):
        (one,) = waiting(database, person.actor)
        assert (one.words, one.by_name, one.answer_by) == ("Fel text.", "Alva Ek", date(2026, 11, 30))
        assert [(edit.field, edit.after) for edit in one.edits] == [("purpose", PURPOSE)]
    for person in (cast.af_keeper, cast.caseworker, cast.municipal_owner):
        assert waiting(database, person.actor) == []
    (late,) = proposals.open_ones(database, cast.af_owner.actor, today=date(2026, 12, 1))
    assert late.is_late


def test_an_accepted_proposal_is_applied_with_history_and_the_proposer_sees_it(
    database: Database, cast: Cast
) -> None:
    owner = cast.af_owner.actor
    propose(database, cast.caseworker.actor, purpose=PURPOSE, phone_hours="1-5#09:00#11:00")
    proposals.accept(database, waiting(database, owner)[0].id, owner, now=MONDAY)

    cells = editing.form(database, AF_MAILBOX, owner).cells
    assert (cells["purpose"], cells["phone_hours"]) == (PURPOSE, "1-5#09:00#11:00")
    past = editing.history(database, AF_MAILBOX, owner).past
    assert {(one.field, one.cause, one.by_name) for one in past} == {
        ("purpose", "proposal", "Eva Lund"),
        ("phone_hours", "proposal", "Eva Lund"),
    }
    (mine,) = proposals.made_by(database, cast.caseworker.actor, today=TODAY)
    assert (mine.state, mine.answered_at) == (ProposalState.ACCEPTED, MONDAY)
    assert waiting(database, owner) == []


def test_a_refused_proposal_changes_nothing_and_says_why(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    before = editing.form(database, AF_MAILBOX, owner).cells
    propose(database, cast.caseworker.actor, purpose=PURPOSE)
    one = waiting(database, owner)[0].id
    for reason, code in [
        ("  ", "no_reason"),
        ("x" * 2001, "too_long"),
        ("19900101-2385", "guard_found_words"),
    ]:
        with pytest.raises(Invalid) as refused:
            proposals.refuse(database, one, reason, owner, now=MONDAY)
        assert refused.value.code == code

    proposals.refuse(database, one, "Texten är rätt.", owner, now=MONDAY)

    assert editing.form(database, AF_MAILBOX, owner).cells == before
    (mine,) = proposals.made_by(database, cast.caseworker.actor, today=TODAY)
    assert (mine.state, mine.reason) == (ProposalState.REFUSED, "Texten är rätt.")
    for act in (
        lambda: proposals.accept(database, one, owner, now=MONDAY),
        lambda: proposals.refuse(database, one, "Nej.", owner, now=MONDAY),
    ):
        with pytest.raises(Conflict, match="already_answered"):
            act()


def test_a_proposal_about_what_has_changed_is_not_applied_blindly(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    propose(database, cast.caseworker.actor, purpose=PURPOSE)
    version = editing.form(database, AF_MAILBOX, owner).version
    editing.save(database, AF_MAILBOX, {"purpose": "Något annat."}, owner, version=version, now=MONDAY)

    (one,) = waiting(database, owner)

    assert one.is_stale
    with pytest.raises(Conflict, match="proposal_outdated"):
        proposals.accept(database, one.id, owner, now=MONDAY)
    assert waiting(database, owner)


def test_words_alone_are_a_proposal_that_the_owner_settles(database: Database, cast: Cast) -> None:
    propose(database, None, "Ingen svarar i telefonen.")
    (one,) = waiting(database, cast.af_owner.actor)
    assert (one.by_name, one.edits) == ("", ())
    proposals.accept(database, one.id, cast.af_owner.actor, now=MONDAY)
    assert editing.history(database, AF_MAILBOX, cast.af_owner.actor).past == ()


def test_what_cannot_be_stored_is_refused(database: Database, cast: Cast) -> None:
    before = count_everything(database)
    for words, code in [
        ("", "empty_proposal"),
        ("19900101-2385", "guard_found_words"),
        ("x" * 2001, "too_long"),
    ]:
        with pytest.raises(Invalid) as refused:
            propose(database, None, words)
        assert refused.value.code == code
    with pytest.raises(BadProposal):
        propose(database, None, channels="fax=1")
    # What a reader does not see cannot be proposed either.
    with pytest.raises(Invalid, match="empty_proposal"):
        propose(database, None, keepers="0", mailbox_address="x@y.example")
    with pytest.raises(NotFound):
        proposals.make(database, "nowhere", "Fel", {}, actor=None, red_day=red_day, now=MONDAY)
    assert count_everything(database) == before


def test_those_who_are_not_signed_in_may_not_flood(database: Database, cast: Cast) -> None:
    for _ in range(proposals.MOST_A_DAY):
        propose(database, None, "Fel.")
    with pytest.raises(Conflict, match="too_many_proposals"):
        propose(database, None, "Fel.")
    propose(database, cast.caseworker.actor, "Fel.")
    later = MONDAY + timedelta(days=1, seconds=1)
    proposals.make(database, AF_MAILBOX, "Fel.", {}, actor=None, red_day=red_day, now=later)


def test_nobody_answers_a_proposal_that_is_not_theirs(database: Database, cast: Cast) -> None:
    propose(database, None, "Fel.")
    one = waiting(database, cast.af_owner.actor)[0].id
    for person in (cast.caseworker, cast.municipal_owner, cast.outsider):
        with pytest.raises(NotFound):
            proposals.accept(database, one, person.actor, now=MONDAY)
        with pytest.raises(NotFound):
            proposals.refuse(database, one, "Nej.", person.actor, now=MONDAY)
    with pytest.raises(NotFound):
        proposals.accept(database, 999, cast.administrator.actor, now=MONDAY)
