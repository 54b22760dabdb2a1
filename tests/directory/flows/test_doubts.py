"""What speaks against a way in makes it unverified, with its reason, until somebody confirms or answers."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Database
from directory.flows import doubts, upkeep
from directory.records.confirming import Doubt
from directory.records.models import EntryPoint
from directory.records.upkeep import FieldChange
from directory.rules.doubting import Cause
from directory.rules.upkeep import Freshness
from router.flows import desk
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast

TODAY = MONDAY.date()


def standing(database: Database) -> tuple[object, ...]:
    with database.reading() as session:
        columns = EntryPoint.verified_on, EntryPoint.doubt, EntryPoint.doubted_on
        return tuple(session.execute(sa.select(*columns).where(EntryPoint.id == AF_MAILBOX)).one())


def test_a_refused_letter_makes_it_unverified_until_somebody_answers_from_it(
    database: Database, cast: Cast
) -> None:
    before, *_ = standing(database)
    assert doubts.degrade(database, [AF_MAILBOX, "nowhere"], Cause.BOUNCED, MONDAY) == (AF_MAILBOX,)
    # Said again it is no news.
    assert doubts.degrade(database, [AF_MAILBOX], Cause.BOUNCED, MONDAY) == ()

    mark = upkeep.marks(database, [AF_MAILBOX], today=TODAY)[AF_MAILBOX]
    assert (mark.freshness, mark.doubt, mark.doubted_on) == (Freshness.UNVERIFIED, "bounced", TODAY)
    assert standing(database) == (None, "bounced", TODAY)
    assert [(row.field, row.before, row.after, row.cause) for row in rows(database, FieldChange)] == [
        ("verified_on", str(before), "", "bounced")
    ]
    assert [row.is_decisive for row in rows(database, Doubt)] == [True, False]

    reference = ask(database, cast)
    desk.write(database, reference, "Vi kan ses på torsdag.", cast.af_keeper.actor, now=MONDAY)
    assert standing(database) == (TODAY, None, None)


def test_the_third_hand_back_decides_and_counting_begins_again(database: Database, cast: Cast) -> None:
    found = [
        bool(doubts.degrade(database, [AF_MAILBOX], Cause.HANDED_BACK, MONDAY + timedelta(days=day)))
        for day in range(3)
    ]
    assert found == [False, False, True]
    upkeep.confirm(database, AF_MAILBOX, cast.af_keeper.actor, now=MONDAY + timedelta(days=3))
    assert standing(database)[1] is None
    later = MONDAY + timedelta(days=4)
    assert doubts.degrade(database, [AF_MAILBOX], Cause.HANDED_BACK, later) == ()


def test_what_was_never_verified_is_in_doubt_for_its_reason_all_the_same(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).where(EntryPoint.id == AF_MAILBOX).values(verified_on=None))
    assert doubts.degrade(database, [AF_MAILBOX], Cause.HAS_QUIT, MONDAY)
    assert standing(database) == (None, "has_quit", TODAY)
    assert rows(database, AuditEntry)[-1].action == "entry_point.doubt"
