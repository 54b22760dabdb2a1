"""An automatic answer is shown, stops nothing, and tells when a functional mailbox is one person's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from directory.records.confirming import Doubt
from directory.records.models import EntryPoint, Mailbox
from router.flows import claims, desk, ledger
from router.records import absent
from router.records.absent import Noted
from router.records.models import Deadline, Event, Leg, OutgoingMail
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast

# Nothing here is another statement on the other engine; the counters are tried on both.
ONE_ENGINE_A_DAY = True
LATER = MONDAY + timedelta(hours=2)


def note(database: Database, **changes: Any) -> Noted | None:
    said: dict[str, Any] = {"is_absence": True, "has_quit": False, "now": LATER}
    with database.writing() as session:
        return absent.note(session, **said | changes)


def doubt(database: Database) -> str | None:
    with database.reading() as session:
        return session.scalar(sa.select(EntryPoint.doubt).where(EntryPoint.id == AF_MAILBOX))


@pytest.mark.parametrize(("has_quit", "cause"), [(False, "personal"), (True, "has_quit")])
def test_an_absence_at_a_functional_mailbox_is_a_finding(
    database: Database, cast: Cast, has_quit: bool, cause: str
) -> None:
    ask(database, cast)
    [letter], [leg], promises = rows(database, OutgoingMail), rows(database, Leg), rows(database, Deadline)
    found = note(database, letter_id=letter.message_id, has_quit=has_quit)
    code = "mail.has_quit" if has_quit else "mail.absence"
    assert found == Noted(letter.inquiry_id, leg.id, AF_MAILBOX, code)
    event = rows(database, Event)[-1]
    said = "quit" if has_quit else "absent"
    assert (event.kind, event.state, event.leg_id, event.facts) == (
        "automatic_reply",
        "sent",
        leg.id,
        {"said": said},
    )
    assert doubt(database) == cause
    assert rows(database, Deadline) == promises
    # Once more says the same: one more line in the history, and no second alarm.
    note(database, letter_id=letter.message_id, has_quit=has_quit)
    assert [row.is_decisive for row in rows(database, Doubt)] == [True, False]
    assert not ledger.check(database)


def test_at_a_reply_address_the_side_says_who_is_away(database: Database, cast: Cast) -> None:
    ask(database, cast)
    [leg] = rows(database, Leg)
    assert note(database, leg_id=leg.id, leg_side="asker") == Noted(
        leg.inquiry_id, leg.id, None, "mail.absence"
    )
    assert doubt(database) is None
    assert note(database, leg_id=leg.id, leg_side="desk") == Noted(
        leg.inquiry_id, leg.id, AF_MAILBOX, "mail.absence"
    )
    assert doubt(database) == "personal"


def test_a_sender_that_is_vouched_for_is_known_by_its_address(database: Database, cast: Cast) -> None:
    [address] = [row.address for row in rows(database, Mailbox) if row.id == AF_MAILBOX]
    assert note(database, sender=address.upper()) == Noted(None, None, AF_MAILBOX, "mail.absence")
    assert doubt(database) == "personal"


def test_what_is_about_nothing_of_ours_changes_nothing(database: Database, cast: Cast) -> None:
    ask(database, cast)
    before = count_everything(database)
    assert note(database) is None
    assert note(database, letter_id="0" * 32) is None
    assert note(database, sender=cast.caseworker.email) is None
    assert count_everything(database) == before


def test_an_automatic_answer_is_no_sign_of_work(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=MONDAY)
    [letter] = rows(database, OutgoingMail)
    note(database, letter_id=letter.message_id, now=MONDAY + timedelta(hours=7))
    assert claims.return_idle(database, MONDAY + timedelta(days=1, hours=2)).released == 1
