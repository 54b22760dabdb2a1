"""Who puts, orders, takes off and calls off at once, on both databases: nothing is lost, nothing stands twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from config.database import Database
from config.errors import Refused
from router.flows import agendas, forum_dates, forums, ledger
from router.flows.agendas import Wish
from router.rules.forum_wishes import Reason
from router.rules.recurring import Recurrence
from tests.router.flows.test_agendas import FIRST, SECOND, items, put, stands
from tests.support.asking import MONDAY, ask
from tests.support.cast import Cast
from tests.support.forums import FORUM, dates, plan, timed


def at_once(acts: list[Callable[[], None]]) -> list[str]:
    """Do them in as many threads; what each was refused for, or nothing."""
    ready = Barrier(len(acts))

    def one(act: Callable[[], None]) -> str:
        ready.wait()
        try:
            act()
        except Refused as refusal:
            return refusal.code
        return ""

    with ThreadPoolExecutor(len(acts)) as threads:
        return sorted(threads.map(one, acts))


def test_of_all_who_put_at_once_only_what_there_is_room_for_stands_there(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    references = [ask(database, cast) for _ in range(3)]
    wish = Wish(FIRST, "Planering", 60)

    def act(reference: str) -> Callable[[], None]:
        return lambda: agendas.put(database, reference, wish, cast.caseworker.actor, now=MONDAY)

    assert at_once([act(one) for one in references]) == ["", "", "agenda_full"]
    assert sorted(row.position for row in items(database)) == [1, 2]
    one = next(ref for ref in references if stands(database, cast, ref))
    other = Wish(SECOND, "Planering", 20)
    twice = [lambda: agendas.put(database, one, other, cast.caseworker.actor, now=MONDAY)] * 2
    assert at_once(twice) == ["", "on_agenda_already"]
    assert ledger.check(database) == ()


def test_putting_calling_off_and_reordering_at_once_lose_nothing(database: Database, cast: Cast) -> None:
    plan(database, cast)
    for number in range(3):
        put(database, cast, heading=f"Punkt {number}")
    reference, chair = ask(database, cast), cast.party_administrator.actor
    last = items(database)[-1].id
    wish = Wish(FIRST, "Ny punkt", 20)

    refused = at_once(
        [
            lambda: agendas.reorder(database, FIRST, last, chair, steps=-2, now=MONDAY),
            lambda: agendas.reorder(database, FIRST, last, chair, steps=-1, now=MONDAY),
            lambda: agendas.put(database, reference, wish, cast.caseworker.actor, now=MONDAY),
        ]
    )
    assert refused == ["", "", ""]
    on = [row for row in items(database) if row.state == "on"]
    assert sorted(row.position for row in on) == [1, 2, 3, 4]
    both = at_once(
        [
            lambda: forum_dates.cancel(database, FIRST, Reason.ROOM, chair, now=MONDAY),
            lambda: agendas.take_off(database, FIRST, last, chair, now=MONDAY),
        ]
    )
    assert both in (["", ""], ["", "off_agenda_already"])
    assert {row.state for row in items(database)} <= {"postponed", "withdrawn", "on"}
    assert ledger.check(database) == ()


def test_a_date_that_gets_an_agenda_while_it_is_planned_anew_stays_or_is_not_there(
    database: Database, cast: Cast
) -> None:
    plan(database, cast)
    references, wish = [ask(database, cast) for _ in range(2)], Wish(FIRST, "Planering", 20)
    tuesdays = timed(Recurrence(1, (1,)))

    def put_there(reference: str) -> Callable[[], None]:
        return lambda: agendas.put(database, reference, wish, cast.caseworker.actor, now=MONDAY)

    def plan_anew() -> None:
        forums.save(database, FORUM, tuesdays, cast.party_administrator.actor, version=1, now=MONDAY)

    refused = at_once([plan_anew, *map(put_there, references)])

    on = [row for row in items(database) if row.state == "on"]
    there = {one.day for one in dates(database)}
    assert (len(on), FIRST.day in there) in ((2, True), (1, True), (0, False))
    assert refused == [*[""] * (1 + len(on)), *["no_forum_date"] * (2 - len(on))]
    # Of the Thursday and the Tuesday of that week there is one.
    assert len(there & {FIRST.day, FIRST.day - timedelta(days=2)}) == 1
    assert ledger.check(database) == ()
