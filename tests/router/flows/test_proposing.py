"""Proposing times, voting on them and booking one: with the deadline right at each step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.database import Database
from router.flows import ledger, meetings, proposing, reading, voting
from router.flows.meetings import Wish
from router.flows.proposing import Invited, Proposed
from router.records.meeting_models import MeetingTime, Participant
from router.records.models import Deadline, OutgoingMail
from router.rules.terms import Ballot
from tests.support.asking import ask, rows
from tests.support.cast import AF_MAILBOX, Cast

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# A Monday at ten, with no red day before Easter.
MONDAY = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
FIRST = MONDAY + 14 * DAY
TIMES = (FIRST, FIRST + DAY, FIRST + 2 * DAY)
CARE = Invited(party_id="kommun-1493", address="Rehab@Vard.example", function="rehabkoordinator", place="010-1")
WANTED = Proposed(
    minutes=45,
    place="Videomöte",
    times=TIMES,
    participants=(Invited(mailbox_id=AF_MAILBOX, has_mandate=True), CARE),
    answer_by=datetime(2027, 2, 12, 15, 0, tzinfo=UTC),
)


def promise(database: Database) -> Deadline:
    found: Deadline = next(row for row in rows(database, Deadline) if row.kind == "meeting")
    return found


def links(database: Database, letter: str = "times_proposed") -> dict[str, str]:
    """The token of each link in letters of a kind, by whom it went to; the newest of each."""
    return {
        row.recipient: row.facts["path"].rpartition("/")[2]
        for row in rows(database, OutgoingMail)
        if row.letter == letter and row.facts["path"].startswith("/motestid/")
    }


def told(database: Database, letter: str) -> list[str]:
    return sorted(row.recipient for row in rows(database, OutgoingMail) if row.letter == letter)


def ids(database: Database) -> dict[str, int]:
    """Participants by address."""
    return {row.address: row.id for row in rows(database, Participant)}


def times(database: Database) -> list[int]:
    return [row.id for row in sorted(rows(database, MeetingTime), key=lambda row: row.starts_at)]


AF = "funktionsbrevlada.fk.vastra-gotaland@af.example"
REHAB = "rehab@vard.example"


def test_from_a_proposal_to_a_moved_and_cancelled_meeting(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=MONDAY)
    due = promise(database).due_at

    proposing.propose(database, reference, WANTED, cast.caseworker.actor, now=MONDAY)
    assert told(database, "times_proposed") == [AF, REHAB]
    assert promise(database).stopped_at is None  # a proposal keeps no promise
    first, second, third = times(database)
    for address, token in links(database).items():
        answers = {first: Ballot.NO, second: Ballot.YES} if address == AF else {second: Ballot.YES}
        voting.vote(database, token, answers, has_mandate=address == AF, now=MONDAY + HOUR)
    view = reading.view(database, reference, cast.caseworker.actor, now=MONDAY + HOUR).meeting
    assert view is not None and view.is_proposed
    assert [(one.yes, one.no, one.silent, one.fits_all) for one in view.times] == [
        (1, 1, 1, False),
        (3, 0, 0, True),
        (1, 0, 2, False),
    ]
    assert "meeting.no_mandate" in [one.code for one in view.warnings]

    meetings.book_time(database, reference, second, cast.af_keeper.actor, now=MONDAY + DAY)
    assert (promise(database).outcome, promise(database).stopped_at) == ("on_time", MONDAY + DAY)
    assert told(database, "meeting_booked") == sorted([AF, cast.caseworker.email, REHAB])

    meetings.move(
        database, reference, Wish(FIRST + 9 * DAY, 60, "Rum 4"), cast.caseworker.actor, now=MONDAY + 3 * DAY
    )
    assert (promise(database).outcome, promise(database).stopped_at) == ("on_time", MONDAY + 3 * DAY)
    # Booked on Tuesday and moved on Thursday: for two days its clock has stood still.
    assert promise(database).due_at == due + 2 * DAY

    meetings.cancel(database, reference, cast.af_keeper.actor, now=MONDAY + 6 * DAY)
    assert (promise(database).outcome, promise(database).stopped_at) == (None, None)
    assert promise(database).due_at == due + 5 * DAY
    sequences = [
        (row.letter, row.facts["sequence"])
        for row in rows(database, OutgoingMail)
        if row.recipient == REHAB and "sequence" in row.facts
    ]
    assert sequences == [("meeting_booked", 0), ("meeting_moved", 1), ("meeting_cancelled", 2)]
    assert ledger.check(database) == ()
