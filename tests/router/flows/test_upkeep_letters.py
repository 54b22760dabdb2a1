"""Letters of upkeep: one a cycle and one reminder, a link that only a button uses, and alarms for refused letters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import NotFound
from config.settings import Settings
from directory.flows import confirming, doubts, upkeep
from directory.records.confirming import Confirmation, ConfirmationLink, Doubt
from directory.records.models import EntryPoint
from directory.records.upkeep import FieldChange
from directory.rules.doubting import Cause
from directory.rules.upkeep import LINK_LASTS, REMINDED_AFTER
from router.flows import ledger, outbox, undelivered, upkeep_letters
from router.flows.upkeep_letters import Written
from router.mail.delivery import Delivery
from router.records.models import OutgoingMail
from router.rules.terms import MailState
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast

DAY = timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(environment="test", data_dir=tmp_path)


@dataclass
class Refusing:
    """A transport whose server takes no letter for these addresses, and all others."""

    refused: frozenset[str] = frozenset()
    given: dict[str, bytes] = field(default_factory=dict)

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        self.given[recipient] = content
        if recipient in self.refused:
            return Delivery(MailState.FAILED, "550 5.1.1 unknown")
        return Delivery(MailState.SENT, "250 ok")

    def rest(self) -> None:
        pass


def only_due(database: Database, entry_point_id: str) -> None:
    """Everything was verified last week but this, which was verified a year ago."""
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).values(verified_on=MONDAY.date() - 7 * DAY))
        late = {"verified_on": MONDAY.date() - 340 * DAY}
        session.execute(sa.update(EntryPoint).where(EntryPoint.id == entry_point_id).values(**late))


def letters_of(database: Database, letter: str) -> list[Any]:
    return [row for row in rows(database, OutgoingMail) if row.letter == letter]


def token_of(row: Any) -> str:
    return str(row.facts["path"].removeprefix("/bekrafta/"))


def test_a_mailbox_is_asked_once_a_cycle_and_reminded_once(database: Database, cast: Cast) -> None:
    only_due(database, AF_MAILBOX)
    assert upkeep_letters.write(database, MONDAY) == Written(asked=1)
    assert upkeep_letters.write(database, MONDAY + DAY) == Written()

    asked = letters_of(database, "confirm")
    people = {cast.af_keeper.email, cast.af_keeper_two.email, cast.af_owner.email}
    assert {row.recipient for row in asked} == people
    assert {(row.inquiry_id, row.facts["again"]) for row in asked} == {(None, False)}
    assert len({token_of(row) for row in asked}) == len(people)
    # What is stored beside the letter that waits is the hash alone.
    assert not {token_of(row) for row in asked} & {row.token_hash for row in rows(database, ConfirmationLink)}

    assert upkeep_letters.write(database, MONDAY + REMINDED_AFTER) == Written(reminded=1)
    assert upkeep_letters.write(database, MONDAY + 2 * REMINDED_AFTER) == Written()
    assert [row.facts["again"] for row in letters_of(database, "confirm")] == [False] * 3 + [True] * 3
    # Another cycle asks again.
    upkeep.confirm(database, AF_MAILBOX, cast.af_owner.actor, now=MONDAY + 20 * DAY)
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).values(verified_on=MONDAY.date() + 20 * DAY))
    assert upkeep_letters.write(database, MONDAY + 365 * DAY, batch=1) == Written(asked=1)


def test_only_the_button_confirms_and_only_once(database: Database, cast: Cast) -> None:
    only_due(database, AF_MAILBOX)
    upkeep_letters.write(database, MONDAY)
    token = token_of(letters_of(database, "confirm")[0])

    for _ in range(3):
        assert confirming.shown(database, token, now=MONDAY).is_open
    assert rows(database, FieldChange) == []
    assert confirming.answer(database, token, is_right=False, now=MONDAY).is_open
    seen = confirming.answer(database, token, is_right=True, now=MONDAY + DAY)
    again = confirming.answer(database, token, is_right=True, now=MONDAY + 2 * DAY)

    assert (seen.confirmed_at, seen.is_open) == (MONDAY + DAY, False)
    assert again == seen
    assert seen.verified_on == MONDAY.date() + DAY and seen.mailbox
    assert [(row.field, row.cause, row.by_account_id) for row in rows(database, FieldChange)] == [
        ("verified_on", "letter", None)
    ]
    assert upkeep_letters.write(database, MONDAY + REMINDED_AFTER) == Written()
    # The link of a colleague's letter says that it is done.
    other = token_of(letters_of(database, "confirm")[1])
    assert confirming.shown(database, other, now=MONDAY + 60 * DAY).confirmed_at == MONDAY + DAY


def test_a_link_ends_and_no_other_link_opens(database: Database, cast: Cast) -> None:
    only_due(database, AF_MAILBOX)
    upkeep_letters.write(database, MONDAY)
    token = token_of(letters_of(database, "confirm")[0])
    for bad, now in [(token, MONDAY + LINK_LASTS), (token + "x", MONDAY), ("", MONDAY), ("x" * 999, MONDAY)]:
        with pytest.raises(NotFound, match="bad_link"):
            confirming.answer(database, bad, is_right=True, now=now)
    # Somebody has signed in and confirmed meanwhile: the link has nothing left to say.
    upkeep.confirm(database, AF_MAILBOX, cast.af_owner.actor, now=MONDAY)
    late = confirming.answer(database, token, is_right=True, now=MONDAY + DAY)
    assert (late.is_open, late.confirmed_at, late.verified_on) == (False, None, MONDAY.date())
    assert [row.answer for row in rows(database, Confirmation)] == [None]


def test_a_sent_letter_no_longer_holds_its_key(database: Database, cast: Cast, settings: Settings) -> None:
    only_due(database, AF_MAILBOX)
    upkeep_letters.write(database, MONDAY)
    tokens = {row.recipient: token_of(row) for row in letters_of(database, "confirm")}
    transport = Refusing(frozenset({cast.af_keeper.email}))
    outbox.deliver(database, transport, now=lambda: MONDAY, settings=settings)

    after = letters_of(database, "confirm")
    assert sorted(row.state for row in after) == ["failed", "sent", "sent"]
    for row in after:
        assert tokens[row.recipient].encode() in transport.given[row.recipient].replace(b"=\r\n", b"")
        assert (row.content, "path" in row.facts) == (b"", False)
    assert ledger.check(database, settled=True, now=MONDAY) == ()


def test_a_refused_letter_is_seen_and_told_to_who_answers_for_the_mailbox(
    database: Database, cast: Cast, settings: Settings
) -> None:
    ask(database, cast)
    address = letters_of(database, "asked")[0].recipient
    transport = Refusing(frozenset({address}))
    outbox.deliver(database, transport, now=lambda: MONDAY, settings=settings)
    assert [(row.entry_point_id, row.cause) for row in rows(database, Doubt)] == [(AF_MAILBOX, "bounced")]

    assert upkeep_letters.alarm(database, MONDAY + timedelta(minutes=5)) == 1
    assert upkeep_letters.alarm(database, MONDAY + timedelta(minutes=10)) == 0
    told = {row.recipient for row in letters_of(database, "doubted")}
    assert told == {cast.af_owner.email, cast.party_administrator.email, cast.administrator.email}
    outbox.deliver(database, transport, now=lambda: MONDAY + DAY, settings=settings)
    assert {row.state for row in letters_of(database, "doubted")} == {"sent"}
    seen = upkeep.overview(database, cast.administrator.actor, today=MONDAY.date())
    assert [one.id for one in seen.listed["doubted"]] == [AF_MAILBOX]
    [letter] = undelivered.refused(database, cast.administrator.actor, now=MONDAY + DAY)
    assert (letter.letter, letter.recipient, letter.reply) == ("asked", address, "550 5.1.1 unknown")
    assert undelivered.refused(database, cast.party_administrator.actor, now=MONDAY) == ()
    assert undelivered.refused(database, cast.administrator.actor, now=MONDAY + 31 * DAY) == ()
    assert ledger.check(database, settled=True, now=MONDAY) == ()


def test_of_many_workers_at_once_one_asks_each_mailbox(database: Database, cast: Cast) -> None:
    only_due(database, AF_MAILBOX)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: upkeep_letters.write(database, MONDAY).asked, range(4)))
    assert sum(found) == 1
    assert len(letters_of(database, "confirm")) == 3


def test_what_is_in_doubt_is_not_asked_about_by_a_link(database: Database, cast: Cast) -> None:
    only_due(database, MUNICIPAL_MAILBOX)
    upkeep_letters.write(database, MONDAY)
    token = token_of(letters_of(database, "confirm")[0])
    doubts.degrade(database, [MUNICIPAL_MAILBOX], Cause.HAS_QUIT, MONDAY)
    assert not confirming.answer(database, token, is_right=True, now=MONDAY).is_open
    assert upkeep_letters.write(database, MONDAY + REMINDED_AFTER) == Written(doubted=1)
