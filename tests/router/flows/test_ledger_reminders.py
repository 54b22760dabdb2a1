"""The ledger and reminders: clean after a life of steps, and red for each thing that is bent by hand."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from config import words
from config.database import Database
from router.flows import desk, ledger, reminding, telling, watch
from router.records.models import Deadline
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast

ONE_ENGINE_A_DAY = True

FIRST = "(SELECT MIN(deadline_id) FROM reminder)"
# Each bends a row of its own, so that all of them can be found at once.
BENT = {
    "reminder_early": "UPDATE reminder SET made_at = '2026-01-01 00:00:00.000000' WHERE step = 'days_after:3'",
    "reminder_state_unknown": "UPDATE reminder SET state = 'lost' WHERE step = 'days_after:1'",
    "reminder_unwritten": "UPDATE reminder SET recipient = 'x@af.example' WHERE recipient LIKE 'cia%'",
    "reminder_causeless": "UPDATE outgoing_mail SET inquiry_id = inquiry_id WHERE 1 = 1",
    "reminder_homeless": "UPDATE reminder SET inquiry_id = (SELECT MAX(id) FROM inquiry) WHERE recipient LIKE 'dan%'",
    "reminder_twice": "UPDATE outgoing_mail SET recipient = 'ida.kvist@samvag.example' WHERE letter = 'step'"
    " AND recipient LIKE 'hans%'",
}


def test_a_life_of_reminders_is_clean_and_what_is_bent_is_found(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, wants_meeting=False)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    ask(database, cast, wants_meeting=False, now=MONDAY + timedelta(days=1))
    due_at = max(row.due_at for row in rows(database, Deadline))
    for hours in range(-96, 240, 6):
        now = due_at + timedelta(hours=hours)
        watch.sweep(database, now)
        reminding.remind(database, now)
        telling.tell(database, now)
    assert ledger.check(database) == ()

    with database.writing() as session:
        for statement in BENT.values():
            session.execute(sa.text(statement))
        # Two letters of one step: the second's key is its own, its step is not.
        session.execute(
            sa.text(
                "UPDATE outgoing_mail SET about = 'deadline:1:days_after:3' WHERE about LIKE '%days_after:1'"
            )
        )
    found = ledger.check(database)
    assert set(BENT) <= {one.code for one in found}
    told = [words.say(f"ledger.{one.code}", **one.facts) for one in found if one.code in BENT]
    assert not [one for one in told if one.startswith("ledger.")]
