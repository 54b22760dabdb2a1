"""Somebody leaves and nothing is left behind, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.database import Database
from config.errors import Invalid, NotFound
from directory.flows import sign_in
from directory.records.absences import Absence
from router.flows import absences, desk, leaving, ledger, reading
from router.flows.absences import Wish
from router.records.models import Event, Leg
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast

SOON = MONDAY + timedelta(hours=2)
NEXT = MONDAY + timedelta(days=1)


def test_everything_goes_over_in_one_act(database: Database, cast: Cast) -> None:
    leaver, heir = cast.af_keeper, cast.af_owner
    reference = ask(database, cast)
    desk.claim(database, reference, leaver.actor, now=SOON)
    week = (date(2026, 12, 1), date(2026, 12, 4))
    second = Wish(cast.af_keeper_two.actor.account_id, *week, leaver.actor.account_id)
    absences.enter(database, second, cast.af_owner.actor, now=SOON)
    absences.enter(database, Wish(leaver.actor.account_id, *week), leaver.actor, now=SOON)

    before = leaving.hanging(database, leaver.actor.account_id, cast.party_administrator.actor, now=SOON)
    assert (before.claims, before.covers, [one.role for one in before.duties]) == (
        (reference,),
        1,
        ["keeper"],
    )
    leaving.hand_over(
        database, leaver.actor.account_id, heir.actor.account_id, cast.party_administrator.actor, now=NEXT
    )

    [leg] = rows(database, Leg)
    last = rows(database, Event)[-1]
    assert (leg.state, leg.claimed_by) == ("claimed", heir.actor.account_id)
    assert (last.kind, last.facts, last.by_account_id) == (
        "claimed",
        {"why": "handed_over"},
        heir.actor.account_id,
    )
    assert sign_in.bearer(database, leaver.token, now=NEXT) is None
    now_heir = sign_in.bearer(database, heir.token, now=NEXT)
    assert now_heir is not None
    assert {one.role.value for one in now_heir.grants} == {"owner", "keeper"}
    assert [row.cover_id for row in rows(database, Absence)] == [heir.actor.account_id]
    desk.write(database, reference, "Jag har tagit över.", now_heir, now=NEXT)
    assert reading.view(database, reference, cast.caseworker.actor, now=NEXT).state == "answered"
    assert ledger.check(database) == ()


def test_an_asker_who_leaves_leaves_no_question_alone(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    leaving.hand_over(
        database,
        cast.caseworker.actor.account_id,
        cast.colleague.actor.account_id,
        cast.administrator.actor,
        now=SOON,
    )

    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=NEXT)

    assert reading.view(database, reference, cast.colleague.actor, now=NEXT).state == "answered"
    assert ledger.check(database) == ()


def test_nobody_is_let_go_by_who_may_not(database: Database, cast: Cast) -> None:
    account_id = cast.af_keeper.actor.account_id
    for person in (cast.af_keeper, cast.af_keeper_two, cast.municipal_owner, cast.caseworker):
        with pytest.raises(NotFound):
            leaving.hanging(database, account_id, person.actor, now=SOON)
    # The municipal keeper is a caseworker as well, which is not the owner's to give away.
    mixed = cast.municipal_keeper.actor.account_id
    with pytest.raises(NotFound):
        leaving.hanging(database, mixed, cast.municipal_owner.actor, now=SOON)
    with pytest.raises(Invalid):
        leaving.hand_over(database, account_id, cast.outsider.actor.account_id, cast.af_owner.actor, now=SOON)

    mine = {one.id for one in leaving.people(database, cast.af_owner.actor, now=SOON)}
    assert mine == {cast.af_keeper.actor.account_id, cast.af_keeper_two.actor.account_id}
    assert AF_MAILBOX in cast.af_keeper.actor.mailbox_ids
