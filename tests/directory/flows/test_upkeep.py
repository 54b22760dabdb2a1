"""Confirming, pausing, notices and the list of what needs care, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from directory.flows import editing, lookup, upkeep
from directory.flows.upkeep import Wish
from directory.records.models import EntryPoint
from directory.records.upkeep import FieldChange
from directory.rules.upkeep import Closed, Freshness
from router.flows import desk, intake
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast

TODAY = MONDAY.date()
STAND_IN = "af-14-ingang"


def test_keepers_and_owners_confirm_with_one_click(database: Database, cast: Cast) -> None:
    upkeep.confirm(database, AF_MAILBOX, cast.af_keeper.actor, now=MONDAY)
    upkeep.confirm(database, AF_MAILBOX, cast.af_owner.actor, now=MONDAY)

    seen = upkeep.card(database, AF_MAILBOX, cast.af_keeper.actor, today=TODAY)
    assert (seen.mark.freshness, seen.mark.confirm_by) == (Freshness.CONFIRMED, TODAY + timedelta(days=365))
    assert (seen.may_confirm, seen.may_edit) == (True, False)
    view = lookup.entry(database, AF_MAILBOX, today=TODAY)
    assert (view.item.verified_on, view.history[0].action) == (TODAY, "entry_point.confirm")
    # Said twice, written once.
    assert [(row.field, row.after, row.cause) for row in rows(database, FieldChange)] == [
        ("verified_on", TODAY.isoformat(), "confirm")
    ]
    for person in (cast.caseworker, cast.municipal_owner, cast.outsider):
        with pytest.raises(NotAllowed):
            upkeep.confirm(database, AF_MAILBOX, person.actor, now=MONDAY)


def test_a_pause_holds_on_its_days_and_names_its_stand_in(database: Database, cast: Cast) -> None:
    owner = cast.af_owner.actor
    last = TODAY + timedelta(days=4)
    upkeep.pause(database, AF_MAILBOX, Wish(TODAY, last, STAND_IN), owner, now=MONDAY)

    for day, closed in [(TODAY, True), (last, True), (last + timedelta(days=1), False)]:
        mark = upkeep.marks(database, [AF_MAILBOX, STAND_IN], today=day)
        assert mark[AF_MAILBOX].closed == (Closed(last, STAND_IN) if closed else None)
        assert mark[STAND_IN].closed is None
    assert mark[AF_MAILBOX].stand_in_name == "Myndighetsingången Västra Götaland"

    upkeep.resume(database, AF_MAILBOX, owner, now=MONDAY)
    assert upkeep.card(database, AF_MAILBOX, None, today=TODAY).mark.closed is None
    with pytest.raises(Conflict, match="not_paused"):
        upkeep.resume(database, AF_MAILBOX, owner, now=MONDAY)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(TODAY, TODAY - timedelta(days=1)), "ends_before_start"),
        (Wish(date(2026, 1, 1), date(2026, 1, 2)), "ended_already"),
        (Wish(TODAY, None, AF_MAILBOX), "own_stand_in"),
        (Wish(TODAY, None, "nowhere"), "unknown_stand_in"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(
    database: Database, cast: Cast, wish: Wish, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        upkeep.pause(database, AF_MAILBOX, wish, cast.af_owner.actor, now=MONDAY)
    assert upkeep.planned(database, AF_MAILBOX, cast.af_owner.actor).pause is None


def test_a_stand_in_of_another_party_serves_all_that_this_one_serves(database: Database, cast: Cast) -> None:
    def change(entry_point_id: str, **values: object) -> None:
        with database.writing() as session:
            session.execute(sa.update(EntryPoint).where(EntryPoint.id == entry_point_id).values(**values))

    def offered() -> dict[str, str]:
        planned = upkeep.planned(database, AF_MAILBOX, cast.af_owner.actor)
        return {one.id: one.party for one in planned.stand_ins}

    assert offered()[STAND_IN] == "" and "fk-14-vard" not in offered()
    change("fk-14-vard", from_parties=["agency"])
    assert offered()["fk-14-vard"] == "Försäkringskassan"
    change("fk-14-vard", from_parties=["municipality"])
    assert "fk-14-vard" not in offered()
    change("fk-14-vard", from_parties=["*"], status="paused")
    assert "fk-14-vard" not in offered()


def test_a_notice_is_shown_on_its_days_until_it_is_emptied(database: Database, cast: Cast) -> None:
    owner, span = cast.af_owner.actor, (TODAY, TODAY + timedelta(days=1))
    upkeep.notice(database, AF_MAILBOX, "Längre svarstid i veckan.", span, actor=owner, now=MONDAY)
    assert upkeep.card(database, AF_MAILBOX, None, today=span[1]).mark.notice == "Längre svarstid i veckan."
    assert upkeep.card(database, AF_MAILBOX, None, today=span[1] + timedelta(days=1)).mark.notice == ""
    for text, code in [("x" * 301, "too_long"), ("Ring 19900101-2385", "guard_found_words")]:
        with pytest.raises(Invalid, match=code):
            upkeep.notice(database, AF_MAILBOX, text, span, actor=owner, now=MONDAY)
    upkeep.notice(database, AF_MAILBOX, " ", span, actor=owner, now=MONDAY)
    assert upkeep.card(database, AF_MAILBOX, None, today=TODAY).mark.notice == ""


def test_only_those_who_may_edit_pause_or_write_notices(database: Database, cast: Cast) -> None:
    for person in (cast.af_keeper, cast.caseworker, cast.municipal_owner):
        with pytest.raises(NotAllowed):
            upkeep.pause(database, AF_MAILBOX, Wish(TODAY), person.actor, now=MONDAY)
        with pytest.raises(NotAllowed):
            upkeep.resume(database, AF_MAILBOX, person.actor, now=MONDAY)
        with pytest.raises(NotAllowed):
            upkeep.notice(database, AF_MAILBOX, "Hej", (TODAY, TODAY), actor=person.actor, now=MONDAY)


def test_nothing_that_needs_care_goes_unseen(database: Database, cast: Cast) -> None:
    administrator, af = cast.administrator.actor, cast.party_administrator.actor
    owner = cast.af_owner.actor
    version = editing.form(database, AF_MAILBOX, owner).version
    wanted = {"keepers": "1", "mailbox_address": cast.af_owner.email}
    with pytest.raises(editing.NotEdited):
        editing.save(database, AF_MAILBOX, wanted, owner, version=version, now=MONDAY)
    editing.save(database, AF_MAILBOX, {"keepers": "1"}, owner, version=version, now=MONDAY)

    seen = upkeep.overview(database, af, today=date(2027, 3, 10))

    assert AF_MAILBOX in [one.id for one in seen.listed["few_keepers"]]
    assert AF_MAILBOX in [one.id for one in seen.listed["unverified"]]
    assert "af-skyddad" in [one.id for one in seen.listed["lapsed"]]
    assert {one.party_name for found in seen.listed.values() for one in found} == {"Arbetsförmedlingen"}
    assert all(seen.counts[need] == len(seen.listed.get(need, ())) for need in upkeep.NEEDS)
    assert upkeep.overview(database, administrator, today=TODAY).total > seen.total
    for person in (cast.caseworker, cast.af_owner, cast.af_keeper):
        with pytest.raises(NotAllowed):
            upkeep.overview(database, person.actor, today=TODAY)


def test_one_need_is_read_a_page_at_a_time(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAGE", 2)
    administrator, today = cast.administrator.actor, date(2027, 3, 10)
    whole = upkeep.overview(database, administrator, today=today)
    first, last = (
        upkeep.overview(database, administrator, need="unverified", page=page, today=today)
        for page in (1, 99)
    )
    assert whole.counts["unverified"] > 2
    assert (first.page, last.page) == (1, last.pages) and first.pages == -(-whole.counts["unverified"] // 2)
    assert list(first.listed) == ["unverified"]
    assert [one.id for one in first.listed["unverified"]] == [
        one.id for one in whole.listed["unverified"][:2]
    ]
    assert last.listed["unverified"][-1].id == whole.listed["unverified"][-1].id


def test_a_real_answer_renews_what_was_verified_but_not_every_day(database: Database, cast: Cast) -> None:
    for day in range(3):
        now = MONDAY + timedelta(days=day)
        reference = ask(database, cast, now=now)
        desk.write(database, reference, "Vi kan ses på torsdag.", cast.af_keeper.actor, now=now)

    assert lookup.entry(database, AF_MAILBOX, today=TODAY).item.verified_on == TODAY
    assert [(row.after, row.cause) for row in rows(database, FieldChange)] == [(TODAY.isoformat(), "answer")]


def test_a_follow_up_from_the_asker_renews_nothing(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Har ni sett frågan?", cast.caseworker.actor, now=MONDAY)
    assert rows(database, FieldChange) == []


def test_a_question_to_what_is_paused_is_led_to_the_stand_in(database: Database, cast: Cast) -> None:
    owner, last = cast.af_owner.actor, TODAY + timedelta(days=1)
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).where(EntryPoint.id == STAND_IN).values(from_parties=["*"]))
    upkeep.pause(database, AF_MAILBOX, Wish(TODAY, last, STAND_IN), owner, now=MONDAY)

    with pytest.raises(intake.NoWay) as refused:
        ask(database, cast)

    assert (refused.value.code, refused.value.instead) == ("route.not_active", (STAND_IN,))
    assert ask(database, cast, now=MONDAY + timedelta(days=2))
