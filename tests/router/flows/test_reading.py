"""Reading one inquiry and the lists it stands in, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import NotFound
from directory.records.models import Mailbox
from router.flows import desk, queue, reading
from router.flows.queue import Order, Tab, Wanted
from tests.support.asking import MONDAY, ask
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.statements import statements

SOON = MONDAY + timedelta(hours=2)


def test_reading_costs_the_same_however_long_the_inquiry_is(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    with statements(database) as short:
        reading.view(database, reference, cast.af_keeper.actor, now=SOON)
    for number in range(5):
        desk.write(database, reference, f"Svar {number}", cast.af_keeper.actor, now=SOON)
        desk.note(database, reference, f"Anteckning {number}", cast.af_keeper.actor, now=SOON)
        desk.write(database, reference, f"Fråga {number}", cast.caseworker.actor, now=SOON)

    with statements(database) as long:
        view = reading.view(database, reference, cast.af_keeper.actor, now=SOON)

    assert len(view.written) == 16
    # One of them asks how far the letters have come.
    assert len(long) == len(short) <= 12


def test_what_was_written_stays_readable_when_the_mailbox_moves_to_another_unit(
    database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=SOON)
    with database.writing() as session:
        session.execute(sa.update(Mailbox).where(Mailbox.id == AF_MAILBOX).values(unit_id="af-nat"))

    view = reading.view(database, reference, cast.caseworker.actor, now=SOON)

    question, answer = view.written
    assert (question.is_ours, answer.is_ours) == (True, False)
    assert answer.side.unit_id == "af-14"
    assert view.receiver.unit_id == "af-nat"


def test_each_side_sees_its_own_messages_as_its_own(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=SOON)
    desk.note(database, reference, "Bara för oss", cast.af_keeper.actor, now=SOON)

    ours = [(one.kind, one.is_ours) for one in _view(database, cast, reference).written]

    assert ours == [("question", False), ("answer", True), ("note", True)]


def _view(database: Database, cast: Cast, reference: str) -> reading.InquiryView:
    return reading.view(database, reference, cast.af_keeper.actor, now=SOON)


def test_a_queue_tells_whether_more_follows_the_page(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    made = [ask(database, cast, now=MONDAY + timedelta(minutes=at)) for at in range(3)]
    keeper = cast.af_keeper.actor

    first = queue.queue(database, AF_MAILBOX, Wanted(order=Order.ARRIVED), keeper, now=SOON)
    second = queue.queue(database, AF_MAILBOX, Wanted(order=Order.ARRIVED, offset=2), keeper, now=SOON)
    counts, rows = queue.asked(database, cast.caseworker.actor, tab="waiting")

    assert [one.reference for one in (*first.rows, *second.rows)] == made[::-1]
    assert (first.more, second.more) == (True, False)
    assert first.counts[Tab.UNANSWERED] == counts["waiting"] == 3
    assert len(rows) == 2


def test_a_row_is_read_alone_by_those_who_work_its_mailbox(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    desk.claim(database, reference, cast.af_keeper.actor, now=SOON)

    row = queue.row(database, reference.lower(), cast.af_keeper_two.actor)

    assert (row.reference, row.claimed_by_name, row.is_mine) == (reference, "Cia B.", False)
    for other in (cast.outsider, cast.caseworker, cast.administrator):
        with pytest.raises(NotFound):
            queue.row(database, reference, other.actor)
