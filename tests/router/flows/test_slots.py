"""Finding common times from what the database knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database, table
from config.errors import Invalid, NotFound
from config.words import STOCKHOLM
from router.flows import desk, slots
from router.flows.slots import Suggested
from router.records.models import Deadline
from router.rules.slots import Slot
from tests.support.asking import MONDAY, ask
from tests.support.busy_times import away, booked, busy, forum, whole
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast

ASKER, AF = f"unit:{ASKING_UNIT}", f"mailbox:{AF_MAILBOX}"
TUESDAY = date(2026, 11, 24)
# What is asked of the database is tried on both in tests/router/records/test_availability.py.
ONE_ENGINE_A_DAY = True


def suggest(database: Database, cast: Cast, reference: str, **more: Any) -> Suggested:
    return slots.suggest(
        database,
        reference,
        cast.caseworker.actor,
        minutes=60,
        now=MONDAY,
        **more,
    )


def on(found: Suggested, day: date) -> list[Slot]:
    """The times that are suggested on a day."""
    return [one for one in found.slots if one.starts_at.astimezone(STOCKHOLM).date() == day]


def test_times_are_within_hours_and_soon_and_everybody_is_free(database: Database, cast: Cast) -> None:
    found = suggest(database, cast, ask(database, cast))

    assert found.names == {ASKER: "FK", AF: "AF"}
    assert (found.measured, found.due_at) == ("booked", datetime(2026, 12, 23, 15, 30, tzinfo=UTC))
    assert len(found.slots) == 8
    assert all(one.free == (ASKER, AF) and not one.missing for one in found.slots)
    local = [one.starts_at.astimezone(STOCKHOLM) for one in found.slots]
    assert all(8 <= at.hour < 16 and at.weekday() < 5 for at in local)
    # Monday at ten: two working hours later is noon.
    assert local[0] == datetime(2026, 11, 23, 13, 0, tzinfo=STOCKHOLM)
    assert len({at.date() for at in local}) == 8


def test_a_mailbox_is_away_only_when_nobody_is_there_or_stands_in(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    away(database, TUESDAY, cast.af_keeper, cast.af_keeper_two)
    wednesday, thursday = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
    everybody = (cast.af_keeper, cast.af_keeper_two, cast.af_owner)
    away(database, wednesday, *everybody)
    away(database, thursday, *everybody, cover=cast.outsider)
    friday = TUESDAY + timedelta(days=3)
    away(database, friday, cast.caseworker)

    found = suggest(database, cast, reference)

    assert on(found, TUESDAY)
    assert not on(found, wednesday)
    assert on(found, thursday)
    assert not on(found, friday)


def test_a_published_calendar_counts_where_it_says_who_would_come(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    wednesday = TUESDAY + timedelta(days=1)
    busy(database, [whole(TUESDAY)], by=cast.af_owner, mailbox=AF_MAILBOX)
    busy(database, [whole(wednesday)], by=cast.af_keeper)

    before = suggest(database, cast, reference)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    after = suggest(database, cast, reference)

    # Of several keepers any may come, until one of them has claimed the question.
    assert not on(before, TUESDAY)
    assert on(before, wednesday)
    assert not on(after, wednesday)


def test_one_who_has_claimed_and_is_away_may_be_taken_over_from(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    for passed in range(40):
        away(database, TUESDAY + timedelta(days=passed), cast.af_keeper)

    found = suggest(database, cast, reference)

    # Today alone is sure.
    assert [one.unsure for one in found.slots] == [(), *[(AF,)] * 7]


def test_what_is_booked_is_taken_but_not_by_the_meeting_that_is_moved(database: Database, cast: Cast) -> None:
    reference, other = ask(database, cast), ask(database, cast)
    begins = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    for each, at in ((reference, begins + timedelta(days=1)), (other, begins)):
        booked(database, cast, each, at)

    found = suggest(database, cast, reference)

    assert not on(found, TUESDAY)
    assert on(found, TUESDAY + timedelta(days=1))


def test_a_forum_that_meets_the_whole_day_leaves_its_parties_perhaps_busy(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    forum(database, "forstarkt-fk-af", TUESDAY)
    # Every open day from Wednesday is worse, so that Tuesday is shown.
    busy(
        database,
        [whole(MONDAY.date()), *(whole(TUESDAY + timedelta(days=passed)) for passed in range(1, 40))],
        by=cast.caseworker,
    )

    found = suggest(database, cast, reference)

    assert {one.starts_at.date() for one in found.slots} == {TUESDAY}
    assert all(one.unsure == (ASKER, AF) for one in found.slots)


def test_a_promise_to_have_met_must_be_kept_by_a_start_in_time(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    due_at = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)
    deadline = table(Deadline)
    with database.writing() as session:
        session.execute(
            sa.update(deadline).where(deadline.c.kind == "meeting").values(stops_when="held", due_at=due_at)
        )

    found = suggest(database, cast, reference)

    assert (found.measured, found.due_at) == ("held", due_at)
    assert all(one.in_term == (one.starts_at <= due_at) for one in found.slots)
    assert [one.in_term for one in found.slots] == sorted((one.in_term for one in found.slots), reverse=True)
    assert {one.in_term for one in found.slots} == {True, False}


def test_one_who_can_be_spared_does_not_stand_in_the_way(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    away(database, TUESDAY, cast.municipal_keeper, cast.municipal_owner)
    other_days = [TUESDAY + timedelta(days=passed) for passed in range(-1, 40) if passed]
    busy(database, [whole(one) for one in other_days], by=cast.caseworker)
    also = {"also_mailboxes": (MUNICIPAL_MAILBOX,)}

    needed = suggest(database, cast, reference, **also)
    spared = suggest(database, cast, reference, **also, spared=(MUNICIPAL_MAILBOX,))

    assert {one.missing for one in needed.slots} == {(ASKER,), (f"mailbox:{MUNICIPAL_MAILBOX}",)}
    assert {one.starts_at.date() for one in spared.slots} == {TUESDAY}
    assert {one.missing for one in spared.slots} == {(f"mailbox:{MUNICIPAL_MAILBOX}",)}


def test_others_are_told_nothing_and_a_meeting_has_a_length(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)

    with pytest.raises(NotFound):
        slots.suggest(database, reference, cast.outsider.actor, minutes=60, now=MONDAY)
    with pytest.raises(Invalid):
        slots.suggest(database, reference, cast.caseworker.actor, minutes=0, now=MONDAY)
