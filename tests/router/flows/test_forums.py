"""How a forum's dates come to be, what a new plan makes of them, and single dates moved or called off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed, NotFound
from router.flows import agendas, forum_dates, forums, ledger
from router.flows.forum_dates import Moved
from router.records import forums as forum_records
from router.records.forum_models import ForumDate, ForumPlan
from router.records.forums import At
from router.rules.forum_wishes import Reason
from router.rules.recurring import OnClosed, Recurrence
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import Cast
from tests.support.forums import FORUM, WIDE, dates, plan, timed

ONE_ENGINE_A_DAY = True
FIRST = date(2026, 12, 3)


def put(database: Database, cast: Cast, day: date = FIRST) -> str:
    reference = ask(database, cast)
    wish = agendas.Wish(At(FORUM, day), "Gemensam planering", 20)
    agendas.put(database, reference, wish, cast.caseworker.actor, now=MONDAY)
    return reference


def test_a_plan_makes_its_dates_a_year_ahead_and_red_days_give_way(database: Database, cast: Cast) -> None:
    changes = plan(database, cast)

    found = dates(database)
    assert len(found) == len(changes.added) == 51
    assert found[0].starts_at == datetime(2026, 12, 3, 12, tzinfo=UTC)
    # The clock on the wall says the same in summer.
    summer = next(one for one in found if one.day == date(2027, 7, 1))
    assert summer.starts_at == datetime(2027, 7, 1, 11, tzinfo=UTC)
    christmas = next(one for one in found if one.planned_on == date(2026, 12, 24))
    assert (christmas.day, christmas.because["code"]) == (date(2026, 12, 28), "forum.moved")
    assert christmas.because["facts"]["name"] == "Julafton"
    [deed] = [row for row in rows(database, AuditEntry) if row.action == "forum.edit"]
    assert (deed.object_id, deed.facts["added"]) == (FORUM, len(found))


def test_the_worker_makes_what_is_missing_once(database: Database, cast: Cast) -> None:
    plan(database, cast)
    there = len(dates(database))

    assert forum_dates.extend(database, now=MONDAY) == 0
    later = MONDAY + timedelta(days=21)
    assert (forum_dates.extend(database, now=later), forum_dates.extend(database, now=later)) == (3, 0)
    assert len(dates(database)) == there + 3


def test_a_plan_that_cannot_be_read_keeps_no_other_from_its_dates(database: Database, cast: Cast) -> None:
    plan(database, cast)
    forums.save(database, WIDE, timed(), cast.administrator.actor, version=0, now=MONDAY)
    with database.writing() as session:
        row = session.get(ForumPlan, FORUM)
        assert row is not None
        row.repeats = "FREQ=HOURLY"

    assert forum_dates.extend(database, now=MONDAY + timedelta(days=14)) == 2
    assert {one.forum_id for one in rows(database, ForumDate) if one.day > date(2027, 11, 24)} == {WIDE}


def test_a_new_plan_moves_only_dates_to_come_that_nobody_has_touched(database: Database, cast: Cast) -> None:
    plan(database, cast)
    reference = put(database, cast)
    administrator = cast.party_administrator.actor
    to = Moved(date(2026, 12, 18), time(9), 60, "Rum 4", Reason.ROOM)
    forum_dates.move(database, At(FORUM, date(2026, 12, 17)), to, administrator, now=MONDAY)
    forum_dates.cancel(database, At(FORUM, date(2027, 1, 14)), Reason.HOLIDAY, administrator, now=MONDAY)
    before = {one.id: one.day for one in dates(database)}

    changes = plan(database, cast, version=1, recurrence=Recurrence(1, (1,)))

    after = {one.day: one for one in dates(database)}
    assert {date(2026, 12, 3), date(2026, 12, 18), date(2027, 1, 14)} <= set(after)
    # Neither a Tuesday beside the Thursday that has an agenda, nor beside the one that was moved or called off.
    assert not {date(2026, 12, 1), date(2026, 12, 15), date(2027, 1, 12)} & set(after)
    assert date(2026, 12, 8) in after
    moved = {one.day: new.day for one, new in changes.moved}
    assert moved[date(2026, 12, 10)] == date(2026, 12, 8)
    # A row that moves is the same row, so that a subscribed calendar moves it too.
    assert before[after[date(2026, 12, 8)].id] == date(2026, 12, 10)
    assert forum_dates.extend(database, now=MONDAY) == 0
    assert reference and ledger.check(database) == ()


def test_a_plan_that_ends_takes_the_untouched_dates_after_it_away(database: Database, cast: Cast) -> None:
    plan(database, cast)

    changes = plan(database, cast, version=1, ends_on=date(2026, 12, 20), on_closed=OnClosed.SKIP)

    assert [one.day for one in dates(database)] == [date(2026, 12, day) for day in (3, 10, 17)]
    assert not changes.added
    assert len(changes.removed) == 48


def test_the_hour_and_the_place_of_dates_follow_the_plan(database: Database, cast: Cast) -> None:
    plan(database, cast)

    changes = plan(database, cast, version=1, starts_time=None, minutes=480, place="Folkets hus")

    assert not (changes.added or changes.removed or changes.moved)
    assert {(one.starts_at, one.place) for one in dates(database)} == {(None, "Folkets hus")}


def test_of_two_who_plan_at_once_the_second_is_told(database: Database, cast: Cast) -> None:
    plan(database, cast)

    with pytest.raises(Conflict) as refusal:
        plan(database, cast, place="Annan plats")

    assert refusal.value.code == "changed_meanwhile"
    assert {one.place for one in dates(database)} == {"Rum 3"}


def test_only_administrators_of_the_parties_edit_and_a_refusal_changes_nothing(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    before = count_everything(database)

    for one in (cast.caseworker, cast.af_keeper, cast.outsider):
        with pytest.raises(NotAllowed):
            forums.save(database, FORUM, timed(), one.actor, version=1, now=MONDAY)
        with pytest.raises(NotAllowed):
            forum_dates.cancel(database, At(FORUM, FIRST), Reason.ROOM, one.actor, now=MONDAY)
    with pytest.raises(NotFound):
        forums.shown(database, "saknas", cast.caseworker.actor, now=MONDAY)
    with pytest.raises(Invalid):
        forums.save(
            database,
            FORUM,
            timed(place="Hos 19900101-2385"),
            cast.administrator.actor,
            version=1,
            now=MONDAY,
        )
    assert count_everything(database) == before


def test_a_date_that_moves_takes_its_agenda_along_and_the_inquiry_is_told(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    put(database, cast)
    to = Moved(date(2026, 12, 4), None, 240, "", Reason.ABSENCE)

    forum_dates.move(database, At(FORUM, FIRST), to, cast.administrator.actor, now=MONDAY)

    view = forums.shown(database, FORUM, cast.caseworker.actor, now=MONDAY)
    first = view.coming[0]
    assert (first.day, first.starts_at, first.items) == (date(2026, 12, 4), None, 1)
    with pytest.raises(Conflict) as taken:
        forum_dates.move(
            database,
            At(FORUM, first.day),
            Moved(date(2026, 12, 10), None, 60, "", Reason.OTHER),
            cast.administrator.actor,
            now=MONDAY,
        )
    assert taken.value.code == "forum_meets_then"
    assert ledger.check(database) == ()


def test_a_date_called_off_hands_its_agenda_to_the_next(database: Database, cast: Cast) -> None:
    plan(database, cast)
    put(database, cast)

    forum_dates.cancel(database, At(FORUM, FIRST), Reason.HOLIDAY, cast.administrator.actor, now=MONDAY)

    coming = forums.shown(database, FORUM, cast.caseworker.actor, now=MONDAY).coming
    assert [(one.day, one.items, one.is_cancelled) for one in coming[:2]] == [
        (FIRST, 0, True),
        (date(2026, 12, 10), 1, False),
    ]
    assert ledger.check(database) == ()


def test_a_forum_takes_the_time_of_its_parties_and_of_nobody_else(database: Database, cast: Cast) -> None:
    plan(database, cast)
    forum_dates.cancel(database, At(FORUM, FIRST), Reason.ROOM, cast.administrator.actor, now=MONDAY)
    span = {"first": FIRST, "last": date(2026, 12, 10)}

    with database.reading() as session:
        [found] = forum_records.taken(session, {"af", "kommun-1493"}, **span)
        assert forum_records.taken(session, {"kommun-1493"}, **span) == ()
        every = forum_records.taken(session, {"fk"}, **span, cancelled=True)

    assert (found.day, found.minutes, found.party_ids) == (date(2026, 12, 10), 120, frozenset({"af"}))
    assert [one.is_cancelled for one in every] == [True, False]


def test_the_list_puts_ones_own_forums_first_and_knows_kinds_by_their_areas(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)

    mine = forums.overview(database, cast.municipal_keeper.actor, now=MONDAY)
    assert [one.is_mine for one in mine] == [True, True, False]
    wide = next(one for one in mine if one.id == WIDE)
    assert {one.id for one in wide.parties} == {"fk", "af", "region-14", "kommun-1493", "kommun-1494"}
    assert [one.id for one in mine if one.has_plan] == [FORUM]
    elsewhere = forums.overview(database, cast.caseworker.actor, forums.Narrowed(area="1280"), now=MONDAY)
    assert elsewhere == ()
    theirs = forums.overview(
        database, cast.caseworker.actor, forums.Narrowed(party_id="kommun-1494"), now=MONDAY
    )
    assert len(theirs) == 2
