"""Absence, cover, claims that go back, and days on which nobody can answer, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.flows import sign_in
from router.flows import absences, claims, desk, ledger, reading, staffing
from router.flows.absences import Wish
from router.records.models import Event, Leg
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast, Person

SOON = MONDAY + timedelta(hours=2)
TUESDAY = MONDAY + timedelta(days=1)
WEEK = (date(2026, 11, 23), date(2026, 11, 27))


def away(who: Person, cover: Person | None = None, days: tuple[date, date] = WEEK) -> Wish:
    return Wish(who.actor.account_id, *days, cover.actor.account_id if cover else None)


def test_an_untouched_claim_goes_back_after_the_agreed_hours(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    desk.note(database, reference, "Väntar på besked.", cast.af_keeper.actor, now=SOON)

    # 8.5 open hours a day: from noon on Monday to noon on Tuesday.
    assert claims.return_idle(database, TUESDAY).released == 0
    assert claims.return_idle(database, TUESDAY + timedelta(hours=2)).released == 1
    assert claims.return_idle(database, TUESDAY + timedelta(hours=3)).released == 0

    [leg] = rows(database, Leg)
    last = rows(database, Event)[-1]
    assert (leg.state, leg.claimed_by) == ("waiting", None)
    assert (last.kind, last.by_account_id, last.facts) == ("released", None, {"why": "idle", "hours": 8})
    assert ledger.check(database) == ()


def test_what_somebody_away_has_claimed_goes_back_at_once(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)

    absences.enter(database, away(cast.af_keeper), cast.af_keeper.actor, now=SOON)

    assert claims.return_idle(database, SOON).released == 1
    assert rows(database, Event)[-1].facts["why"] == "absent"
    assert ledger.check(database) == ()


def test_a_mailbox_may_have_agreed_that_nothing_goes_back(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)

    absences.set_idle(database, AF_MAILBOX, 0, cast.af_owner.actor, now=MONDAY)

    assert claims.return_idle(database, MONDAY + timedelta(days=30)).released == 0
    with pytest.raises(NotFound):
        absences.set_idle(database, AF_MAILBOX, 4, cast.municipal_owner.actor, now=MONDAY)


def test_whoever_stands_in_works_the_mailbox_for_as_long(database: Database, cast: Cast) -> None:
    # The owner's cover is a keeper there already, so the municipal keeper's owner stands in for the keeper here.
    keeper, cover = cast.municipal_keeper, cast.municipal_owner
    reference = ask(database, cast, to_entry_point="kommun-1493-ifo-mottagning")
    absences.enter(database, away(keeper, cover), keeper.actor, now=MONDAY)

    during = sign_in.bearer(database, cover.token, now=SOON)
    after = sign_in.bearer(database, cover.token, now=MONDAY + timedelta(days=5))

    assert during is not None and after is not None
    assert {(one.role.value, one.target_id) for one in during.grants} - {
        (one.role.value, one.target_id) for one in after.grants
    } == {("keeper", "kommun-1493-ifo-mottagning")}
    desk.claim(database, reference, during, now=SOON)
    assert reading.view(database, reference, during, now=SOON).at_desk


def test_nobody_lets_in_who_works_elsewhere(database: Database, cast: Cast) -> None:
    for person in (cast.outsider, cast.caseworker, cast.municipal_keeper):
        with pytest.raises(Invalid) as refusal:
            absences.enter(database, away(cast.af_keeper, person), cast.af_keeper.actor, now=MONDAY)
        assert refusal.value.code == "bad_cover"
    with pytest.raises(NotFound):
        absences.enter(database, away(cast.af_keeper), cast.municipal_owner.actor, now=MONDAY)


def test_days_on_which_nobody_can_answer_are_told_before(database: Database, cast: Cast) -> None:
    christmas = (date(2026, 12, 23), date(2026, 12, 23))
    for person in (cast.af_keeper, cast.af_keeper_two):
        absences.enter(database, away(person, days=christmas), cast.af_owner.actor, now=MONDAY)
    assert staffing.forecast(database, AF_MAILBOX, now=MONDAY) == ()

    absences.enter(database, away(cast.af_owner, days=christmas), cast.af_owner.actor, now=MONDAY)

    [span] = staffing.forecast(database, AF_MAILBOX, now=MONDAY)
    assert (span.first, span.last) == (date(2026, 12, 23), date(2026, 12, 27))
    seen = staffing.overview(database, cast.administrator.actor, now=MONDAY)
    assert [box.id for box in seen.boxes if box.spans] == [AF_MAILBOX]
    assert len(seen.gone) == 3
    with pytest.raises(Conflict):
        absences.enter(database, away(cast.af_owner, days=christmas), cast.af_owner.actor, now=MONDAY)
    absences.end(database, seen.gone[0].id, cast.af_owner.actor, now=MONDAY)
    assert staffing.forecast(database, AF_MAILBOX, now=MONDAY) == ()
