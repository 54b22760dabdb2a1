"""What is known of when people can, on both databases, and what it costs to ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from config.database import Database
from config.words import STOCKHOLM
from router.flows import slots
from tests.support.asking import MONDAY, ask
from tests.support.busy_times import away, booked, busy, forum, whole
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.statements import statements

TUESDAY = date(2026, 11, 24)
# However many are to meet: three for the inquiry, its promises and its meeting, one for names, nine for the rest.
BUDGET = 13


def test_everything_that_takes_time_is_known_by_few_questions(database: Database, cast: Cast) -> None:
    reference, other = ask(database, cast), ask(database, cast)
    days = [TUESDAY + timedelta(days=passed) for passed in range(9)]
    forum(database, "forstarkt-fk-af", days[0])
    busy(database, [whole(days[1])], by=cast.caseworker)
    booked(database, cast, other, datetime.combine(days[2], time(7), UTC))
    away(database, days[3], cast.af_keeper, cast.af_keeper_two, cast.af_owner)
    busy(database, [whole(days[6])], by=cast.af_owner, mailbox=AF_MAILBOX)
    also = (MUNICIPAL_MAILBOX, "kommun-1494-fs-brevlada", "finns-inte")
    slots.suggest(database, reference, cast.caseworker.actor, minutes=60, also_mailboxes=also, now=MONDAY)

    with statements(database) as seen:
        found = slots.suggest(
            database, reference, cast.caseworker.actor, minutes=60, also_mailboxes=also, now=MONDAY
        )

    assert len(seen) <= BUDGET, "\n".join(seen)
    # Monday itself, and then the first days on which nothing is known of anybody.
    first = {one.starts_at.astimezone(STOCKHOLM).date() for one in found.slots[:3]}
    assert first == {MONDAY.date(), days[7], days[8]}
    assert len(found.names) == 4
