"""Inquiries on the agendas of forums. What is done at once stands in test_agenda_races.py, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from router.flows import agendas, agendas_shown, desk, forum_dates, forums, ledger, reading
from router.flows.agendas import Concluded, There, Wish
from router.records.forum_models import AgendaItem, ForumAttendance
from router.records.forums import At
from router.rules import on_agenda
from router.rules.forum_wishes import Reason
from tests.support.asking import MONDAY, QUESTION, ask, rows
from tests.support.cast import Cast
from tests.support.forums import FORUM, WIDE, plan

ONE_ENGINE_A_DAY = True
FIRST, SECOND = At(FORUM, date(2026, 12, 3)), At(FORUM, date(2026, 12, 10))
HELD = datetime.fromisoformat("2026-12-03T15:30:00+01:00")


def put(
    database: Database, cast: Cast, *, at: At = FIRST, heading: str = "Gemensam planering", minutes: int = 20
) -> str:
    reference = ask(database, cast)
    agendas.put(database, reference, Wish(at, heading, minutes), cast.caseworker.actor, now=MONDAY)
    return reference


def items(database: Database) -> list[AgendaItem]:
    return rows(database, AgendaItem)


def stands(database: Database, cast: Cast, reference: str) -> list[tuple[date, str]]:
    view = reading.view(database, reference, cast.caseworker.actor, now=HELD)
    return [(one.day, one.state) for one in on_agenda.standing(view.events)]


def test_an_inquiry_on_an_agenda_is_told_of_in_its_history_and_shown_by_its_heading_alone(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    reference = put(database, cast)

    view = agendas_shown.page(database, FIRST, cast.af_keeper.actor, now=MONDAY)
    [item] = view.items
    assert (item.heading, item.reference, item.may_take_off) == ("Gemensam planering", reference, True)
    assert QUESTION.subject not in repr(view)
    assert stands(database, cast, reference) == [(FIRST.day, "on")]
    assert "forum.put" in {row.action for row in rows(database, AuditEntry) if row.object_id == reference}
    assert ledger.check(database) == ()


def test_the_reference_is_for_those_who_may_know_of_the_inquiry_and_headings_for_the_parties(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    reference = put(database, cast)

    shown = {
        name: agendas_shown.page(database, FIRST, getattr(cast, name).actor, now=MONDAY)
        for name in ("caseworker", "af_keeper", "party_administrator", "administrator", "outsider")
    }

    assert {name: [one.reference for one in view.items] for name, view in shown.items()} == {
        "caseworker": [reference],
        "af_keeper": [reference],
        # Of AF's administrators the facts of its inquiries are known; the product's belong to no party of the forum.
        "party_administrator": [reference],
        "administrator": [],
        "outsider": [],
    }
    assert [name for name, view in shown.items() if view.may_edit] == ["party_administrator"]


def test_somebody_of_the_party_with_no_part_in_the_inquiry_sees_the_heading_only(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    put(database, cast)
    next_door = cast.outsider.actor.__class__(
        cast.outsider.actor.account_id,
        "Nils Ek",
        "nils@samvag.example",
        tuple(one.__class__(one.role, "fk-03", "fk") for one in cast.caseworker.actor.grants),
    )

    [item] = agendas_shown.page(database, FIRST, next_door, now=MONDAY).items

    assert (item.heading, item.reference, item.may_take_off) == ("Gemensam planering", "", False)


REFUSED = (
    ("guard_found", FIRST, "Om 19900101-2385", 20),
    ("empty", FIRST, "  ", 20),
    ("bad_amount", FIRST, "Planering", 4),
    ("heading_is_subject", FIRST, f"Om {QUESTION.subject.upper()}", 20),
    ("agenda_full", FIRST, "Planering", 125),
    ("no_forum_date", At(FORUM, date(2026, 12, 4)), "Planering", 20),
    ("no_forum", At("saknas", FIRST.day), "Planering", 20),
)


def test_what_may_not_stand_on_an_agenda_is_refused(database: Database, cast: Cast) -> None:
    plan(database, cast)
    reference, actor = ask(database, cast), cast.caseworker.actor

    for code, at, heading, minutes in REFUSED:
        with pytest.raises(Refused) as refusal:
            agendas.put(database, reference, Wish(at, heading, minutes), actor, now=MONDAY)
        assert refusal.value.code == code

    assert items(database) == []


def test_an_agenda_closes_some_days_before_and_a_closed_inquiry_is_not_put_there(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    reference = ask(database, cast)
    wish = Wish(FIRST, "Planering", 20)
    late = datetime.fromisoformat("2026-12-02T00:10:00+01:00")

    with pytest.raises(Conflict) as closed:
        agendas.put(database, reference, wish, cast.af_keeper.actor, now=late)
    agendas.put(database, reference, wish, cast.af_keeper.actor, now=late - timedelta(minutes=11))
    with pytest.raises(Conflict) as twice:
        agendas.put(database, reference, wish, cast.caseworker.actor, now=late - timedelta(minutes=11))
    other = ask(database, cast)
    desk.close(database, other, cast.caseworker.actor, now=MONDAY)
    with pytest.raises(Conflict) as over:
        agendas.put(database, other, wish, cast.caseworker.actor, now=MONDAY)

    assert [one.value.code for one in (closed, twice, over)] == [
        "agenda_closed",
        "on_agenda_already",
        "is_closed",
    ]


def test_nobody_else_puts_takes_off_or_reorders(database: Database, cast: Cast) -> None:
    plan(database, cast)
    reference = put(database, cast)
    [item] = items(database)

    for one, refusal in ((cast.outsider, NotFound), (cast.party_administrator, NotAllowed)):
        with pytest.raises(refusal):
            agendas.put(database, reference, Wish(SECOND, "Planering", 20), one.actor, now=MONDAY)
    with pytest.raises(NotFound):
        agendas.take_off(database, FIRST, item.id, cast.outsider.actor, now=MONDAY)
    for one in (cast.caseworker, cast.administrator):
        with pytest.raises(NotAllowed):
            agendas.reorder(database, FIRST, item.id, one.actor, steps=1, now=MONDAY)
    with pytest.raises(NotFound):
        agendas.take_off(database, SECOND, item.id, cast.caseworker.actor, now=MONDAY)
    assert [row.state for row in items(database)] == ["on"]


def test_only_a_forum_where_one_of_the_parties_meets_is_offered_and_taken(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    reference = put(database, cast)

    found = agendas_shown.choices(database, reference, cast.caseworker.actor, now=MONDAY)

    assert found.heading == "Fråga om ett ärende: Rehabilitering"
    by_forum = {one.forum_id: one.offers for one in found.choices}
    assert set(by_forum) == {FORUM, WIDE, "samverkansdagar"}
    assert by_forum[WIDE] == ()
    assert (by_forum[FORUM][0].left, bool(by_forum[FORUM][0].item_id)) == (100, True)
    assert found.may_book


def test_taken_off_and_reordered(database: Database, cast: Cast) -> None:
    plan(database, cast)
    references = [put(database, cast, heading=f"Punkt {number}") for number in range(4)]
    first, second, third, fourth = (row.id for row in items(database))
    chair = cast.party_administrator.actor

    agendas.reorder(database, FIRST, third, chair, steps=-1, now=MONDAY)
    agendas.reorder(database, FIRST, first, chair, steps=9, now=MONDAY)
    agendas.take_off(database, FIRST, second, cast.caseworker.actor, now=MONDAY)
    agendas.take_off(database, FIRST, fourth, chair, now=MONDAY)
    with pytest.raises(Conflict):
        agendas.take_off(database, FIRST, fourth, chair, now=MONDAY)

    page = agendas_shown.page(database, FIRST, chair, now=MONDAY)
    assert [one.id for one in page.items] == [third, first]
    assert stands(database, cast, references[1]) == []
    assert ledger.check(database) == ()


def test_what_came_of_a_date(database: Database, cast: Cast) -> None:
    plan(database, cast)
    references = [put(database, cast) for _ in range(3)]
    taken, late, later = (row.id for row in items(database))
    chair = cast.party_administrator.actor
    came = Concluded(
        frozenset({taken}),
        frozenset({late, later}),
        {"fk": There(True, ("samverkansansvarig", " ", "handläggare")), "af": There(False, ("chef",))},
    )

    with pytest.raises(Conflict) as early:
        agendas.conclude(database, FIRST, came, chair, now=MONDAY)
    with pytest.raises(Invalid) as undecided:
        agendas.conclude(database, FIRST, Concluded(frozenset({taken}), frozenset()), chair, now=HELD)
    agendas.conclude(database, FIRST, came, chair, now=HELD)

    assert (early.value.code, undecided.value.code) == ("not_yet_held", "agenda_undecided")
    assert [stands(database, cast, one) for one in references] == [
        [(FIRST.day, "taken")],
        [(SECOND.day, "on")],
        [(SECOND.day, "on")],
    ]
    there = agendas_shown.page(database, FIRST, chair, now=HELD)
    assert {one.party.id: (one.attended, one.functions) for one in there.attendance} == {
        "fk": (True, ("handläggare", "samverkansansvarig")),
        "af": (False, ()),
    }
    assert there.date.is_held
    # Who came is for the parties that meet there, as what they spoke of.
    assert agendas_shown.page(database, FIRST, cast.outsider.actor, now=HELD).attendance == ()
    seen = {
        one: forums.shown(database, FORUM, getattr(cast, one).actor, now=HELD + timedelta(days=1))
        .past[0]
        .came
        for one in ("caseworker", "outsider")
    }
    assert seen == {"caseworker": (1, 2), "outsider": None}
    # Said again, it corrects who came; nothing waits any more.
    nothing: frozenset[int] = frozenset()
    again = Concluded(nothing, nothing, {"af": There(True)})
    agendas.conclude(database, FIRST, again, chair, now=HELD)
    assert [(row.party_id, row.attended) for row in rows(database, ForumAttendance)] == [("af", True)]
    assert ledger.check(database) == ()


def test_without_a_next_date_nothing_can_wait_for_it(database: Database, cast: Cast) -> None:
    plan(database, cast, ends_on=FIRST.day)
    reference = put(database, cast)
    [item] = items(database)
    chair = cast.party_administrator.actor

    with pytest.raises(Conflict) as refusal:
        late = Concluded(frozenset(), frozenset({item.id}))
        agendas.conclude(database, FIRST, late, chair, now=HELD)
    forum_dates.cancel(database, FIRST, Reason.ABSENCE, chair, now=MONDAY)

    assert refusal.value.code == "no_next_date"
    assert [row.state for row in items(database)] == ["withdrawn"]
    assert stands(database, cast, reference) == []
    assert ledger.check(database) == ()


def test_what_is_put_off_to_where_it_stands_already_stands_there_once(database: Database, cast: Cast) -> None:
    plan(database, cast)
    reference = put(database, cast)
    agendas.put(database, reference, Wish(SECOND, "Planering", 10), cast.caseworker.actor, now=MONDAY)

    forum_dates.cancel(database, FIRST, Reason.OTHER, cast.party_administrator.actor, now=MONDAY)

    assert [row.state for row in items(database)] == ["postponed", "on"]
    assert stands(database, cast, reference) == [(SECOND.day, "on")]
    assert ledger.check(database) == ()
