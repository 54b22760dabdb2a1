"""What the router tells the directory's pages."""

from __future__ import annotations

from datetime import timedelta

from config.database import Database
from config.settings import Settings
from directory.web.given import Guest
from router.flows import desk
from router.web.given import given
from tests.support.asking import MONDAY, ask
from tests.support.cast import AF_MAILBOX, Cast

LATER = MONDAY + timedelta(hours=2)
TOLD = given(Settings(environment="test"))


def test_what_somebody_has_taken_waits_for_that_person_alone(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    ask(database, cast)
    keeper, other = cast.af_keeper.actor, cast.af_keeper_two.actor
    assert TOLD.taken(database, keeper) == ()
    assert TOLD.waiting(database, keeper) == (2, 0)

    desk.claim(database, reference, keeper, now=LATER)
    (waiting,) = TOLD.taken(database, keeper)
    assert (waiting.path, waiting.due_kind) == (f"/arenden/{reference}", "respond")
    assert waiting.from_name == "Försäkringskassan Västra Götaland"
    assert TOLD.taken(database, other) == ()

    desk.write(database, reference, "Ja, på torsdag.", keeper, now=LATER)
    assert TOLD.taken(database, keeper) == ()
    assert TOLD.waiting(database, keeper) == (1, 0)


def test_outcomes_are_told_by_mailbox_and_four_weeks_at_a_time(database: Database, cast: Cast) -> None:
    assert TOLD.outcomes(database, [AF_MAILBOX], MONDAY) == {}
    assert TOLD.periods(database, AF_MAILBOX, MONDAY) == ()
    for _ in range(10):
        reference = ask(database, cast)
        desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=LATER)
    outcome = TOLD.outcomes(database, [AF_MAILBOX], LATER)[AF_MAILBOX]
    assert (outcome.count, outcome.percent, outcome.median_days) == (10, 100, 0)
    assert [(one.name, one.count, one.percent) for one in TOLD.periods(database, AF_MAILBOX, LATER)] == [
        ("37–40", 0, None),
        ("41–44", 0, None),
        ("45–48", 10, 100),
    ]


def test_people_to_try_it_as_are_shown_in_a_demonstration_only() -> None:
    assert TOLD.guests == ()
    assert (
        Guest("anna.lindqvist@fk.example", "Anna Lindqvist", "caseworker", "samvag-demo")
        in given(Settings(environment="demo")).guests
    )
