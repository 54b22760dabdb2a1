"""After a question was sent on two promises stand in one mailbox: its people are told once, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from config.database import Database
from router.flows import ledger, legs, reminding, telling, watch
from router.flows.legs import Wish
from router.records.models import Deadline, OutgoingMail
from router.records.reminders import Reminder, ReminderChoice
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import MUNICIPAL_MAILBOX, Cast

OTHER = "af-14-ingang"


def work(database: Database, now: datetime) -> None:
    watch.sweep(database, now)
    reminding.remind(database, now)
    telling.tell(database, now)


def told(database: Database) -> Counter[tuple[str, str, str]]:
    """How often each person was told which step of which promise."""
    sent = [row for row in rows(database, OutgoingMail) if row.letter in ("step", "reminder")]
    return Counter((row.recipient, row.facts["promise"], row.facts["step"]) for row in sent)


def promises(database: Database) -> list[Any]:
    found = [row for row in rows(database, Deadline) if row.kind == "respond"]
    assert [row.scope for row in found] == ["inquiry", "leg"]
    return found


def sent_on(database: Database, cast: Cast, to: str, after: timedelta) -> None:
    reference = ask(database, cast, wants_meeting=False)
    legs.forward(database, reference, Wish(to, "Er."), cast.af_keeper.actor, now=MONDAY + after)


def test_each_step_of_two_promises_that_are_one_is_told_once(database: Database, cast: Cast) -> None:
    sent_on(database, cast, OTHER, timedelta(hours=1))
    theirs, own = promises(database)
    assert theirs.due_at == own.due_at

    for hours in range(2, 24 * 10, 4):
        work(database, MONDAY + timedelta(hours=hours))

    counts = told(database)
    assert {step for _, promise, step in counts if promise == "respond"} == {
        "share:75",
        "breach",
        "days_after:1",
        "days_after:3",
    }
    assert set(counts.values()) == {1}
    assert {row.state for row in rows(database, Reminder) if row.deadline_id == own.id} == {"merged"}
    assert ledger.check(database) == ()


def test_what_both_wait_to_have_said_after_a_stop_is_one_letter(database: Database, cast: Cast) -> None:
    sent_on(database, cast, MUNICIPAL_MAILBOX, timedelta(days=1))
    later = max(row.due_at for row in promises(database)) + timedelta(days=10, hours=-8)

    work(database, later)

    assert {n for (_, promise, _), n in told(database).items() if promise == "respond"} == {1}
    merged = {row.step for row in rows(database, Reminder) if row.state == "merged"}
    assert "breach" in merged
    assert ledger.check(database) == ()


def test_one_letter_a_day_names_the_two_once(database: Database, cast: Cast) -> None:
    keeper = cast.municipal_keeper.actor.account_id
    with database.writing() as session:
        session.add(ReminderChoice(account_id=keeper, mailbox_id=MUNICIPAL_MAILBOX, way="digest"))
    sent_on(database, cast, MUNICIPAL_MAILBOX, timedelta(days=1))
    later = max(row.due_at for row in promises(database)) + timedelta(minutes=1)
    work(database, later)
    telling.tell(database, later + timedelta(days=3))

    daily = [row for row in rows(database, OutgoingMail) if row.letter == "digest"]
    named = Counter(one["promise"] for letter in daily for one in letter.facts["named"])
    assert named["respond"] == 1
    assert ledger.check(database) == ()
