"""Two administrators who make the same new calendar, or agreement, in the same moment: one does, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from config import words
from config.database import Database
from config.errors import Conflict
from directory.records.models import Agreement
from router.flows import agreements, calendars
from router.records.calendars import StoredCalendar
from router.rules.kept_calendars import BUILT_IN
from tests.support.asking import MONDAY, rows
from tests.support.cast import Cast

PLACES = 4


def saves(database: Database, cast: Cast) -> dict[str, Callable[[str], int | None]]:
    actor = cast.administrator.actor
    cells = agreements.form(database, "fk-af-2021", actor).cells

    def calendar(its_id: str) -> int | None:
        wanted = replace(BUILT_IN, id=its_id, version=0, name="Lunch")
        return calendars.save(database, wanted, actor, version=0, now=MONDAY)

    def agreement(its_id: str) -> int | None:
        return agreements.save(database, its_id, cells, actor, version=0, now=MONDAY)

    return {"calendar": calendar, "agreement": agreement}


@pytest.mark.parametrize("what", ["calendar", "agreement"])
def test_one_of_two_at_once_is_told_that_somebody_was_first(
    database: Database, cast: Cast, what: str
) -> None:
    save, told, gate = saves(database, cast)[what], list[str](), threading.Barrier(2)

    def make() -> None:
        for place in range(PLACES):
            gate.wait(timeout=30)
            try:
                save(f"ny-{place}")
            except Conflict as refused:
                told.append(refused.code)

    both = [threading.Thread(target=make) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=60)

    assert told == ["changed_meanwhile"] * PLACES
    assert words.say("refused.changed_meanwhile").startswith("Någon annan hann före.")
    stored = rows(database, StoredCalendar if what == "calendar" else Agreement)
    made = sorted((row.id, row.version) for row in stored if row.id.startswith("ny-"))
    assert made == [(f"ny-{place}", 1) for place in range(PLACES)]
