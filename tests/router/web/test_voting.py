"""The page behind a personal link about a meeting: answered without an account, secret, and calm when it is over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock
from config.database import Database
from config.words import STOCKHOLM
from router.flows import meetings, proposing
from router.flows.proposing import Invited, Proposed, TimesChange
from router.records.meeting_models import MeetingTime, Participant, Vote, VoteLink
from router.records.models import OutgoingMail
from tests.support.asking import QUESTION, ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.statements import statements

DAY = timedelta(days=1)
GUEST = "rehab@vard.example"
CARE = Invited(
    party_id="kommun-1493", address=GUEST, function="rehabkoordinator", form="phone", place="0501-123 45"
)


class Proposal:
    """FK has asked AF and proposed two times to it and to a rehab coordinator without an account."""

    def __init__(self, database: Database, cast: Cast) -> None:
        self.database, self.actor, self.now = database, cast.caseworker.actor, clock.now()
        self.first = (self.now + 10 * DAY).replace(hour=12, minute=0, second=0, microsecond=0)
        self.reference = ask(database, cast, now=self.now)
        wanted = Proposed(
            minutes=45,
            place="Videomöte",
            times=(self.first, self.first + DAY),
            why="Planen behöver ses över",
            participants=(Invited(mailbox_id=AF_MAILBOX), CARE),
        )
        proposing.propose(database, self.reference, wanted, self.actor, now=self.now)
        letter = next(row for row in rows(database, OutgoingMail) if row.recipient == GUEST)
        self.path = str(letter.facts["path"])
        self.times = [row.id for row in sorted(rows(database, MeetingTime), key=lambda row: row.starts_at)]

    @property
    def guest(self) -> int:
        return next(row.id for row in rows(self.database, Participant) if row.address == GUEST)

    def answer(self, reader: Reader, said: Mapping[int, str], **more: str) -> int:
        fields = {f"tid-{self.times[place]}": one for place, one in said.items()}
        return int(reader.send(self.path, seen=self.path, **fields, **more).status_code)

    def book(self, place: int = 0) -> None:
        meetings.book_time(self.database, self.reference, self.times[place], self.actor, now=clock.now())

    def said(self) -> dict[int, str]:
        return {
            row.time_id: row.answer for row in rows(self.database, Vote) if row.participant_id == self.guest
        }


@pytest.fixture
def proposal(database: Database, cast: Cast) -> Proposal:
    return Proposal(database, cast)


@pytest.fixture
def stranger(app: Flask) -> Reader:
    return Reader(app)


def test_somebody_without_an_account_answers_and_changes_the_answer(
    stranger: Reader, proposal: Proposal
) -> None:
    for _ in range(2):
        page = stranger.get(proposal.path)
        assert stranger.client.head(proposal.path).status_code == 200
    text = words(page)
    assert "Vilka mötestider passar?" in text and "FK vill boka ett möte" in text
    assert "Gemensam planering, 45 minuter" in text and "0501-123 45" in text and "Telefon" in text
    assert proposal.said() == {}
    first, second = proposal.times

    assert proposal.answer(stranger, {0: "yes", 1: "no"}, mandat="ja") == 303
    assert proposal.said() == {first: "yes", second: "no"}
    thanks = stranger.get(proposal.path)
    assert "Tack, ditt svar är sparat" in words(thanks)
    assert re.search(rf'value="yes" id="tid-{first}-yes" checked', thanks.text)
    assert 'id="mandat-ja" checked' in thanks.text

    assert proposal.answer(stranger, {0: "maybe", 1: "no"}, mandat="nej") == 303
    assert proposal.said() == {first: "maybe", second: "no"}
    (guest,) = (row for row in rows(proposal.database, Participant) if row.address == GUEST)
    assert guest.has_mandate is False


def test_the_address_is_a_secret_and_nothing_of_the_inquiry_stands_there(
    stranger: Reader, app: Flask, proposal: Proposal, cast: Cast
) -> None:
    signed_in = Reader(app)
    signed_in.sign_in(cast.outsider)
    for reader, path in (
        (stranger, proposal.path),
        (signed_in, proposal.path),
        (stranger, "/motestid/nothing"),
        (stranger, "/motestid/nothing/mote.ics"),
    ):
        page = reader.get(path)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.headers["Cache-Control"] == "no-store"
        for secret in (
            QUESTION.subject,
            QUESTION.body,
            "Planen behöver",
            cast.outsider.actor.name,
            cast.caseworker.email,
        ):
            assert secret not in page.text
    assert stranger.client.post(proposal.path, data={}).status_code == 400


def test_what_the_page_asks_of_the_database_does_not_grow(stranger: Reader, proposal: Proposal) -> None:
    for more in range(2, 8):
        added = TimesChange(add=(proposal.first + more * DAY,))
        proposing.change_times(proposal.database, proposal.reference, added, proposal.actor, now=clock.now())

    with statements(proposal.database) as seen:
        assert words(stranger.get(proposal.path)).count("Kan inte") == 8

    assert len(seen) <= 6, "\n".join(seen)


def test_another_time_is_suggested_and_what_is_wrong_stands_beside_its_field(
    stranger: Reader, proposal: Proposal
) -> None:
    other = (proposal.first + 2 * DAY).astimezone(STOCKHOLM)
    wrong: list[tuple[dict[str, str], str]] = [
        ({}, "Säg om minst en av tiderna passar"),
        ({"dag": other.date().isoformat()}, "Ange datum och klockslag"),
        ({"dag": "2020-01-07", "klockan": "10:00"}, "Välj en tid som inte har varit."),
        ({f"tid-{proposal.times[0]}": "perhaps", "tid-x": "yes", "tid-": "no"}, "Säg om minst en"),
    ]
    for fields, sentence in wrong:
        page = stranger.send(proposal.path, seen=proposal.path, **fields)
        assert (page.status_code, sentence in words(page)) == (422, True)
    assert proposal.said() == {}

    sent = {"dag": other.date().isoformat(), "klockan": f"{other:%H:%M}"}
    assert stranger.send(proposal.path, seen=proposal.path, **sent).status_code == 303
    (added,) = (row for row in rows(proposal.database, MeetingTime) if row.suggested_by is not None)
    assert added.starts_at == other.astimezone(UTC)
    assert "Ditt förslag" in words(stranger.get(proposal.path))


def test_a_booked_time_is_accepted_and_put_into_the_calendar(stranger: Reader, proposal: Proposal) -> None:
    proposal.answer(stranger, {0: "yes"})
    proposal.book()

    page = words(stranger.get(proposal.path))
    assert "Mötet är bokat" in page and "Jag kan inte komma" in page
    late = stranger.send(proposal.path, seen=proposal.path, **{f"tid-{proposal.times[1]}": "yes"})
    assert late.status_code == 303
    assert "Det hann ändras innan ditt svar kom fram." in words(stranger.get(proposal.path))
    for said, told in (
        ("declined", "Jag kan inte komma"),
        ("accepted", "Jag kommer"),
        ("perhaps", "Jag kommer"),
    ):
        assert stranger.send(f"{proposal.path}/kommer", seen=proposal.path, svar=said).status_code == 303
        assert f"Du har svarat: {told}" in words(stranger.get(proposal.path))

    file = stranger.get(f"{proposal.path}/mote.ics")
    (event,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert event.start == proposal.first and event.duration == timedelta(minutes=45)
    assert (str(event["LOCATION"]), str(event["SUMMARY"])) == (
        "0501-123 45",
        f"Möte i Samväg {proposal.reference}",
    )
    assert "ATTENDEE" not in event and QUESTION.subject not in file.text


def test_what_is_over_is_said_calmly(stranger: Reader, proposal: Proposal) -> None:
    assert stranger.get(f"{proposal.path}/mote.ics").status_code == 404
    proposal.book()
    meetings.cancel(proposal.database, proposal.reference, proposal.actor, now=clock.now())

    page = stranger.get(proposal.path)
    assert page.status_code == 200 and "Mötet är avbokat" in words(page) and "<form" not in page.text
    assert stranger.send(f"{proposal.path}/kommer", seen="/logga-in", svar="accepted").status_code == 303
    assert "Det hann ändras" in words(stranger.get(proposal.path))
    assert stranger.get(f"{proposal.path}/mote.ics").status_code == 404

    with proposal.database.writing() as session:
        session.execute(sa.update(VoteLink).values(revoked_at=clock.now()))
    for gone in (proposal.path, "/motestid/x", f"{proposal.path}/mote.ics"):
        page = stranger.get(gone)
        assert (page.status_code, "Länken gäller inte längre" in words(page)) == (404, True)
    assert (
        stranger.send(
            proposal.path, seen="/logga-in", svar="x", dag="2027-01-08", klockan="10:00"
        ).status_code
        == 404
    )


def test_a_proposal_that_was_taken_back_or_has_passed_asks_for_nothing(
    stranger: Reader, proposal: Proposal
) -> None:
    for left in (1, 0):
        with proposal.database.writing() as session:
            session.get_one(MeetingTime, proposal.times[left]).starts_at -= 20 * DAY
        page = stranger.get(proposal.path)
        assert words(page).count("Kan inte") == left
    assert "Alla föreslagna tider har varit" in words(page) and "<form" not in page.text

    proposing.withdraw(proposal.database, proposal.reference, proposal.actor, now=clock.now())
    taken_back = stranger.get(proposal.path)
    assert "Det behövs inget svar längre" in words(taken_back) and "<form" not in taken_back.text
