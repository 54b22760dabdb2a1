"""Editing, history, undo and held fields, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from directory.flows import editing, lookup
from directory.flows.editing import NotEdited
from directory.records import held
from directory.records.upkeep import FieldChange, HeldField
from directory.rules.access import Actor
from tests.support.asking import MONDAY, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast

PURPOSE = "Samverkan kring rehabilitering och omställning."


def edit(database: Database, actor: Actor, **wanted: str) -> None:
    version = editing.form(database, AF_MAILBOX, actor).version
    editing.save(database, AF_MAILBOX, wanted, actor, version=version, now=MONDAY)


def cells(database: Database, actor: Actor) -> dict[str, str]:
    return dict(editing.form(database, AF_MAILBOX, actor).cells)


def test_an_owner_edits_and_the_history_says_what_was_there_before(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    before = cells(database, owner)

    edit(database, owner, purpose=PURPOSE, channels="phone=08-465 004 11", areas="1493|1495")

    assert cells(database, owner) == before | {
        "purpose": PURPOSE,
        "channels": "phone=08-465 004 11",
        "areas": "1493|1495",
    }
    told = {(one.field, one.before, one.after, one.by_name, one.cause) for one in _past(database, owner)}
    assert told == {
        ("purpose", before["purpose"], PURPOSE, "Eva Lund", "edit"),
        ("channels", before["channels"], "phone=08-465 004 11", "Eva Lund", "edit"),
        ("areas", before["areas"], "1493|1495", "Eva Lund", "edit"),
    }


def test_what_is_saved_is_found_at_once_and_stands_in_the_audit(database: Database, cast: Cast) -> None:
    edit(database, cast.af_owner.actor, keywords="koltrastsamverkan")
    found = lookup.search(database, lookup.Wanted("koltrastsamverkan"), today=MONDAY.date())
    view = lookup.entry(database, AF_MAILBOX, today=MONDAY.date())

    assert [one.id for one in found.items] == [AF_MAILBOX]
    assert (view.history[0].action, view.history[0].fields) == ("entry_point.change", ("keywords",))


def test_the_name_of_the_mailbox_and_its_address_follow(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    edit(database, owner, name="Brevlådan FK–AF", mailbox_address="fk@af.example", keepers="4")
    form = editing.form(database, AF_MAILBOX, owner)
    assert form.name == "Brevlådan FK–AF"
    assert (form.cells["mailbox_address"], form.cells["keepers"]) == ("fk@af.example", "4")
    assert form.held == {"name", "mailbox_address", "keepers"}


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("name", "", "empty"),
        ("channels", "fax=08-465 004 11", "bad_channel"),
        ("channels", "email=anna.berg@af.example", "personal_address"),
        ("mailbox_address", "anna.berg@af.example", "personal_address"),
        ("mailbox_address", "", "empty"),
        ("phone_hours", "8-16", "bad_hours"),
        ("areas", "9999", "bad_area"),
        ("from_parties", "nobody", "leads_nowhere"),
        ("alternative_id", "nowhere", "leads_nowhere"),
        ("alternative_id", AF_MAILBOX, "own_alternative"),
        ("keepers", "många", "bad_number"),
        ("status", "öppen", "unknown_word"),
        ("purpose", "Gäller 19900101-2385", "identity_number"),
    ],
)
def test_a_field_is_refused_as_an_import_refuses_it(
    database: Database, cast: Cast, field: str, text: str, code: str
) -> None:
    owner = cast.af_owner.actor
    before = count_everything(database)
    seen = editing.preview(database, AF_MAILBOX, {field: text}, owner, version="")
    assert [(one.column, one.code) for one in seen.faults] == [(field, code)]
    with pytest.raises(NotEdited):
        edit(database, owner, **{field: text})
    assert count_everything(database) == before


def test_of_two_who_edit_at_once_the_second_is_told(database: Database, cast: Cast) -> None:
    owner, administrator = cast.af_owner.actor, cast.administrator.actor
    version = editing.form(database, AF_MAILBOX, administrator).version
    edit(database, owner, purpose=PURPOSE)

    with pytest.raises(Conflict) as refused:
        editing.save(database, AF_MAILBOX, {"keepers": "9"}, administrator, version=version, now=MONDAY)

    assert refused.value.code == "changed_meanwhile"
    assert editing.preview(database, AF_MAILBOX, {"keepers": "9"}, administrator, version=version).is_stale
    assert cells(database, owner)["keepers"] != "9"


def test_of_many_who_save_at_the_same_moment_exactly_one_is_first(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    version = editing.form(database, AF_MAILBOX, owner).version

    def save(number: int) -> bool:
        wanted = {"keepers": str(number)}
        try:
            editing.save(database, AF_MAILBOX, wanted, owner, version=version, now=MONDAY)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        saved = list(pool.map(save, range(10, 14)))

    assert saved.count(True) == 1
    assert [one.after for one in _past(database, owner)] == [str(10 + saved.index(True))]


def test_only_owner_party_administrator_and_administrator_edit(database: Database, cast: Cast) -> None:
    for person in (cast.af_owner, cast.party_administrator, cast.administrator):
        assert editing.form(database, AF_MAILBOX, person.actor).id == AF_MAILBOX
    for person in (cast.af_keeper, cast.caseworker, cast.municipal_owner, cast.outsider):
        with pytest.raises(NotAllowed):
            editing.form(database, AF_MAILBOX, person.actor)
        with pytest.raises(NotAllowed):
            editing.save(database, AF_MAILBOX, {"keepers": "9"}, person.actor, version="", now=MONDAY)
    with pytest.raises(NotFound):
        editing.form(database, "nowhere", cast.administrator.actor)


def test_an_undone_change_stands_as_it_was_and_in_the_history(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    before = cells(database, owner)
    edit(database, owner, purpose=PURPOSE, areas="1493")
    for one in _past(database, owner):
        editing.undo(database, AF_MAILBOX, one.id, owner, now=MONDAY)

    assert cells(database, owner) == before
    assert [one.cause for one in _past(database, owner)] == ["undo", "undo", "edit", "edit"]


def test_a_field_that_has_changed_again_is_not_undone(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    edit(database, owner, keepers="5")
    first = _past(database, owner)[0]
    edit(database, owner, keepers="6")

    with pytest.raises(Conflict) as refused:
        editing.undo(database, AF_MAILBOX, first.id, owner, now=MONDAY)

    assert refused.value.code == "changed_since"
    assert cells(database, owner)["keepers"] == "6"
    assert first.id not in editing.history(database, AF_MAILBOX, owner).undoable


def test_names_of_people_are_for_those_who_may_edit(database: Database, cast: Cast) -> None:
    edit(database, cast.af_owner.actor, keepers="5")
    seen = editing.history(database, AF_MAILBOX, cast.caseworker.actor)
    assert (seen.may_edit, seen.undoable) == (False, frozenset())
    assert editing.history(database, AF_MAILBOX, cast.af_owner.actor).may_edit


def test_a_hand_edit_holds_the_field_until_it_is_released(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    edit(database, owner, keepers="5", purpose=PURPOSE)
    edit(database, owner, keepers="6")
    with database.reading() as session:
        assert held.held(session, [AF_MAILBOX, "fk-14-af"]) == {AF_MAILBOX: {"keepers", "purpose"}}

    editing.release(database, AF_MAILBOX, "keepers", owner, now=MONDAY)

    assert [row.field for row in rows(database, HeldField)] == ["purpose"]
    with pytest.raises(Conflict):
        editing.release(database, AF_MAILBOX, "keepers", owner, now=MONDAY)


def test_saving_what_stands_changes_nothing(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    before = count_everything(database)
    edit(database, owner, **cells(database, owner))
    assert count_everything(database) == before
    assert rows(database, FieldChange) == []


def _past(database: Database, actor: Actor) -> list[editing.Past]:
    return list(editing.history(database, AF_MAILBOX, actor).past)
