"""The demonstration: twelve weeks through the real flows, and a ledger that adds up afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from config import words
from config.database import Database
from config.errors import Refused
from config.settings import Settings
from directory.flows import path_map, sign_in
from directory.records.upkeep import FieldChange, Proposal
from directory.rules import guard
from directory.rules.mapped import MapWanted
from directory.rules.terms import Role
from router import demo
from router.demo import people, scenes
from router.flows import ledger
from router.records.mail_models import IncomingMail
from router.records.meeting_models import Meeting
from router.records.models import Breach, Deadline, Inquiry, OutgoingMail
from router.rules.terms import InquiryState, MeetingState
from tests.support.asking import count_everything

ONE_ENGINE_A_DAY = True

NOW = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


@pytest.mark.timeout(300)
def test_the_demonstration_adds_up_shows_everything_and_is_made_once(
    database: Database, settings: Settings, quick_passwords: None
) -> None:
    assert demo.fill(database, settings, now=NOW)

    assert ledger.check(database, settled=True, now=NOW) == ()
    with database.reading() as session:
        states = Counter(session.scalars(sa.select(Inquiry.state)))
        outcomes = Counter(session.scalars(sa.select(Deadline.outcome)))
        meetings = Counter(session.scalars(sa.select(Meeting.state)))
        newest = session.scalar(sa.select(sa.func.max(Inquiry.created_at)))
        assert session.scalar(sa.select(sa.func.count()).select_from(Breach))
        assert session.scalar(sa.select(sa.func.max(OutgoingMail.sent_at))) == NOW
        proposed = Counter(session.scalars(sa.select(Proposal.state)))
        causes = set(session.scalars(sa.select(FieldChange.cause)))
        mails = Counter(one["code"] for one in session.scalars(sa.select(IncomingMail.because)))
    assert mails == dict.fromkeys(
        ("mail.asked", "mail.answer", "mail.absence", "mail.stranger", "mail.unparsed"), 1
    )
    assert proposed == {"open": 2, "accepted": 1, "refused": 1}
    assert {"edit", "proposal", "answer"} <= causes
    assert 140 <= states.total() <= 160
    assert set(states) == set(InquiryState)
    assert set(outcomes) == {None, "on_time", "late", "withdrawn"}
    assert set(meetings) == set(MeetingState)
    assert newest is not None
    assert newest < NOW
    spots = path_map.draw(database, MapWanted("sf-skaraborg", by_unit=True), today=NOW.date()).spots
    assert (spots[0].to_side, spots[0].searches, spots[0].reports) == ("labour_market", 14, 2)
    assert [(one.topic, one.status) for one in spots[0].needs] == [("arbetstraning", "planned")]
    assert sign_in.sign_in(database, "anna.lindqvist@fk.example", demo.PASSWORD, now=NOW)

    before = count_everything(database)
    assert not demo.fill(database, settings, now=NOW)
    assert count_everything(database) == before


def test_production_never_gets_made_up_questions(database: Database, settings: Settings) -> None:
    before = count_everything(database)
    production = settings.model_copy(update={"environment": "production"})
    with pytest.raises(Refused) as refused:
        demo.fill(database, production, now=NOW)
    assert refused.value.code == "demo_in_production"
    assert count_everything(database) == before


def test_there_is_somebody_of_every_role() -> None:
    assert {person.role for person in people.PEOPLE} == set(Role)


def test_the_texts_hold_no_identity_number_and_have_their_words_filled_in() -> None:
    texts = scenes.texts()["text"]
    assert len(texts) >= 40
    assert len({text["body"] for text in texts}) == len(texts)
    assert {route.texts for route in scenes.ROUTES} == {text["route"] for text in texts}
    for text in texts:
        facts = {"person": "en 24-åring", "months": "fem månader", "place": "Mariestad"}
        for written in (text["subject"], text["body"].format(**facts), text["answer"].format(**facts)):
            assert not guard.find(written)
            assert "{" not in written
        assert words.label("topic", text["topic"]) != text["topic"]
