"""The policy, cell by cell, against a table written by hand."""

from __future__ import annotations

import pytest

from config.errors import NotAllowed, NotFound
from directory.rules.access import (
    Action,
    Actor,
    Held,
    Relation,
    Scope,
    board_scopes,
    decide,
    may,
    note_sides,
    relations,
    require,
)
from directory.rules.terms import Role

SCOPE = Scope(unit_id="fk-14", mailbox_ids=frozenset({"af-14-fk"}), party_ids=frozenset({"fk", "af"}))


def person(*grants: Held) -> Actor:
    return Actor(1, "Alva Ek", "alva@fk.example", grants)


PEOPLE = {
    "asker": person(Held(Role.CASEWORKER, "fk-14", "fk")),
    "keeper": person(Held(Role.KEEPER, "af-14-fk", "af")),
    "owner": person(Held(Role.OWNER, "af-14-fk", "af")),
    "party": person(Held(Role.PARTY_ADMINISTRATOR, "af", "af")),
    "administrator": person(Held(Role.ADMINISTRATOR)),
    # The same parties, but another unit and another mailbox: secrecy holds within an authority too.
    "next_door": person(Held(Role.CASEWORKER, "fk-03", "fk"), Held(Role.KEEPER, "af-03-fk", "af")),
    "other_party": person(Held(Role.PARTY_ADMINISTRATOR, "kommun-1493", "kommun-1493")),
    "nobody": person(),
}

# Written by hand from the table of roles, not from the code: who may, everybody else may not.
EXPECTED = {
    Action.ASK: {"asker"},
    Action.SEE: {"asker", "keeper", "owner", "party", "administrator"},
    Action.READ: {"asker", "keeper", "owner"},
    Action.CLAIM: {"keeper", "owner"},
    Action.RELEASE: {"keeper", "owner"},
    Action.ANSWER: {"keeper", "owner"},
    Action.FOLLOW_UP: {"asker"},
    Action.NOTE: {"asker", "keeper", "owner"},
    Action.MEET: {"asker", "keeper", "owner"},
    Action.CLOSE: {"asker", "keeper", "owner"},
    Action.WITHDRAW: {"asker"},
    Action.FORWARD: {"keeper", "owner"},
    Action.HAND_BACK: {"keeper", "owner"},
    Action.REDIRECT: {"asker", "administrator"},
    Action.SETTLE: {"administrator"},
    Action.INVITE: {"asker"},
    Action.SHARE: {"asker"},
    Action.STAFF: {"owner", "party", "administrator"},
    Action.HAND_OVER: {"owner", "party", "administrator"},
    Action.PAUSE: {"keeper", "owner"},
    Action.EXTEND: {"keeper", "owner"},
    Action.AGREE: {"asker"},
    Action.REOPEN: {"asker"},
    Action.GIVE_CAUSE: {"owner"},
    Action.JOIN: {"keeper", "owner"},
    Action.SPLIT: {"asker", "keeper", "owner"},
    Action.WORK_QUEUE: {"keeper", "owner"},
    Action.READ_BOARD: {"keeper", "owner", "party", "administrator"},
    Action.EDIT: {"owner", "party", "administrator"},
    Action.CONFIRM: {"keeper", "owner", "party", "administrator"},
    Action.UPKEEP: {"party", "administrator"},
    Action.IMPORT: {"party", "administrator"},
    Action.OVERRIDE_IMPORT: {"administrator"},
    Action.PLAN_REMINDERS: {"owner", "party", "administrator"},
    Action.CHOOSE_REMINDERS: set(PEOPLE),
    Action.DRY_RUN: {"administrator"},
    Action.REPORT_PATH: set(PEOPLE),
    Action.DECIDE_PATH: {"party", "administrator"},
    Action.READ_TERMS: set(PEOPLE),
    Action.EDIT_AGREEMENT: {"administrator"},
    Action.EDIT_CALENDAR: {"administrator"},
    Action.EDIT_LOCAL_DAYS: {"owner", "party", "administrator"},
    Action.SORT_MAIL: {"asker", "keeper", "owner"},
    Action.LIST_MAIL: {"asker", "keeper", "owner", "party", "administrator"},
    Action.RUN_MAIL: {"administrator"},
    Action.SET_BUSY: {"keeper", "owner", "party"},
    Action.SUBSCRIBE_MAILBOX: {"keeper", "owner"},
    Action.SUBSCRIBE_PARTY: {"party"},
    Action.CHOOSE_CALENDARS: set(PEOPLE),
    Action.READ_FORUMS: set(PEOPLE),
    Action.READ_AGENDA: {"asker", "keeper", "owner", "party", "next_door"},
    Action.PUT_ON_AGENDA: {"asker", "keeper", "owner"},
    Action.EDIT_FORUM: {"party", "administrator"},
}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("action", list(Action))
def test_every_cell_of_the_policy(action: Action, name: str) -> None:
    assert decide(PEOPLE[name], action, SCOPE).allowed == (name in EXPECTED[action])


def test_nobody_signed_in_may_nothing() -> None:
    assert not any(may(None, action, SCOPE) for action in Action)


def test_an_empty_scope_is_nobodys_but_the_administrators() -> None:
    # A forgotten scope must close, not open.
    holders = person(*(Held(role, "", "") for role in Role if role is not Role.ADMINISTRATOR))
    assert relations(holders, Scope()) == frozenset()


def test_a_refusal_hides_what_the_person_may_not_know_of() -> None:
    with pytest.raises(NotFound):
        require(PEOPLE["next_door"], Action.CLAIM, SCOPE)
    with pytest.raises(NotAllowed):
        require(PEOPLE["administrator"], Action.READ, SCOPE)
    assert require(PEOPLE["keeper"], Action.CLAIM, SCOPE) == {Relation.KEEPING, Relation.BELONGING}


def test_notes_are_read_by_the_side_that_wrote_them() -> None:
    sides = {name: note_sides(relations(one, SCOPE), one, SCOPE) for name, one in PEOPLE.items()}

    assert sides["asker"] == frozenset({None})
    assert sides["keeper"] == sides["owner"] == frozenset({"af-14-fk"})
    assert all(not sides[name] for name in ("party", "administrator", "next_door", "other_party", "nobody"))


def test_the_widest_board_comes_first() -> None:
    everything = person(
        Held(Role.KEEPER, "m1", "af"), Held(Role.PARTY_ADMINISTRATOR, "af", "af"), Held(Role.ADMINISTRATOR)
    )
    assert board_scopes(everything) == ("all", "party:af", "mailbox:m1")
    assert board_scopes(PEOPLE["asker"]) == ()
