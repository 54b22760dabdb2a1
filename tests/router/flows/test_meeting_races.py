"""Several at once at one meeting: one booking, and whoever comes second is told so. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from config.database import Database
from config.errors import Refused
from router.flows import desk, ledger, meetings, proposing, voting
from router.flows.meetings import Wish
from router.records.meeting_models import Meeting, MeetingTime, Vote
from router.records.models import Deadline
from router.rules.terms import Attending, Ballot
from tests.support import size
from tests.support.asking import ask, rows
from tests.support.cast import Cast
from tests.support.proposed import AF, DAY, FIRST, HOUR, MONDAY, REHAB, kinds, links, propose

ROUNDS = 25 if size.IS_FULL else 1
LATER = MONDAY + HOUR
Act = Callable[[], object]


def together(*acts: Act) -> list[str]:
    """Do all of these at the same moment; says of each how it was refused, or nothing."""
    barrier = Barrier(len(acts))

    def one(act: Act) -> str:
        barrier.wait()
        try:
            act()
        except Refused as refusal:
            return refusal.code
        return ""

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def newest_times(database: Database) -> list[int]:
    """The proposed times of the newest meeting, in the order they were stored."""
    return [row.id for row in rows(database, MeetingTime) if row.meeting_id == of_newest(database).id]


def of_newest(database: Database) -> Meeting:
    """The newest meeting."""
    found: Meeting = max(rows(database, Meeting), key=lambda row: row.id)
    return found


def test_of_all_who_book_at_once_one_does_and_the_others_are_told(database: Database, cast: Cast) -> None:
    for number in range(1, ROUNDS + 1):
        book_unproposed_at_once(database, cast)
        book_at_once(database, cast)
        assert kinds(database).count("meeting_booked") == 2 * number
        assert [row.stopped_at for row in rows(database, Deadline) if row.kind == "meeting"][-1] == LATER


def book_at_once(database: Database, cast: Cast) -> None:
    reference = propose(database, cast)
    first, second, _ = newest_times(database)
    af, asker = cast.af_keeper.actor, cast.caseworker.actor
    wish = Wish(FIRST + 3 * DAY, 60, "Rum 3")
    said = together(
        lambda: meetings.book_time(database, reference, first, af, now=LATER),
        lambda: meetings.book_time(database, reference, second, asker, now=LATER),
        lambda: meetings.book(database, reference, wish, asker, now=LATER),
    )
    assert sorted(said) == ["", "already_booked", "already_booked"]


def book_unproposed_at_once(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=MONDAY)
    act = partial(
        meetings.book, database, reference, Wish(FIRST, 60, "Rum 3"), cast.af_keeper.actor, now=LATER
    )
    assert sorted(together(act, act, act)) == ["", "already_booked", "already_booked"]


def test_what_is_done_at_once_comes_one_after_the_other(database: Database, cast: Cast) -> None:
    for _ in range(ROUNDS):
        reference = propose(database, cast)
        newest = newest_times(database)
        tokens = links(database)
        vote_at_once(database, newest, tokens)
        if not book_while_it_is_voted_on(database, cast, reference, newest[1], tokens):
            meetings.book(database, reference, Wish(FIRST, 60, "Rum 3"), cast.caseworker.actor, now=LATER)
            tokens = {}
        end_at_once(database, cast, reference, tokens)
    assert ledger.check(database) == ()


def vote_at_once(database: Database, newest: list[int], tokens: dict[str, str]) -> None:
    """Two votes of one participant, and another's: each of them is stored whole."""
    first, _, third = newest
    yes, no = {first: Ballot.YES, third: Ballot.NO}, {first: Ballot.NO, third: Ballot.NO}
    wished = FIRST + HOUR
    said = together(
        lambda: voting.vote(database, tokens[REHAB], yes, suggestion=wished, now=LATER),
        lambda: voting.vote(database, tokens[REHAB], no, suggestion=wished, now=LATER),
        lambda: voting.vote(database, tokens[AF], yes, now=LATER),
    )
    assert said == ["", "", ""]
    votes = {row.participant_id: row.answer for row in rows(database, Vote) if row.time_id == first}
    assert len(votes) == 3


def book_while_it_is_voted_on(
    database: Database, cast: Cast, reference: str, time_id: int, tokens: dict[str, str]
) -> bool:
    """The vote counted, or it is told that it came too late. Says whether the booking came first."""
    af, asker = cast.af_keeper.actor, cast.caseworker.actor
    vote, booking, withdrawal = together(
        lambda: voting.vote(database, tokens[AF], {time_id: Ballot.YES}, now=LATER),
        lambda: meetings.book_time(database, reference, time_id, asker, now=LATER),
        lambda: proposing.withdraw(database, reference, af, now=LATER),
    )
    assert vote in ("", "no_proposal")
    assert sorted((booking, withdrawal)) == ["", "no_proposal"]
    return booking == ""


def end_at_once(database: Database, cast: Cast, reference: str, tokens: dict[str, str]) -> None:
    """A move, a cancellation, a closing and an answer."""
    af, asker = cast.af_keeper.actor, cast.caseworker.actor
    wish = Wish(FIRST + 4 * DAY, 60, "Rum 3")
    acts: list[Act] = [
        lambda: meetings.move(database, reference, wish, af, now=LATER),
        lambda: meetings.cancel(database, reference, asker, now=LATER),
        lambda: desk.close(database, reference, asker, now=LATER),
    ]
    if tokens:
        acts.append(lambda: voting.reply(database, tokens[REHAB], Attending.ACCEPTED, now=LATER))
    assert set(together(*acts)) <= {"", "no_meeting"}
    assert of_newest(database).state == "cancelled"
