"""Answering times, reminders, and changing times and participants on the way to a booked meeting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.records.passwords import digest
from router.flows import desk, ledger, meetings, parties, proposing, reading, voting
from router.flows.meetings import Wish
from router.flows.proposing import Invited, ParticipantsChange, Proposed, Role, TimesChange
from router.records.meeting_models import Meeting, Vote, VoteLink
from router.records.models import Deadline
from router.rules.terms import Attending, Ballot
from tests.support.asking import ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.proposed import (
    AF,
    CARE,
    DAY,
    FIRST,
    HOUR,
    MONDAY,
    REHAB,
    TIMES,
    WANTED,
    code,
    ids,
    kinds,
    links,
    promise,
    propose,
    times,
    told,
)

# The same rows are written as in test_proposing.py, which runs on both.
ONE_ENGINE_A_DAY = True


def test_whoever_is_silent_is_reminded_twice_and_nobody_twice_a_day(database: Database, cast: Cast) -> None:
    propose(database, cast)
    voting.vote(database, links(database)[AF], {times(database)[0]: Ballot.MAYBE}, now=MONDAY + DAY)
    reminded = []
    hours = MONDAY
    while hours < FIRST:
        # Two workers, one after the other.
        reminded += [(hours, proposing.remind(database, now=hours), proposing.remind(database, now=hours))]
        hours += 6 * HOUR

    told_at = [(at.date().isoformat(), first, second) for at, first, second in reminded if first or second]
    assert told_at == [("2027-02-10", 1, 0), ("2027-02-11", 1, 0)]
    assert told(database, "times_waiting") == [REHAB, REHAB]
    assert voting.shown(database, links(database, "times_waiting")[REHAB], now=FIRST - HOUR).may_vote
    assert ledger.check(database) == ()


def test_a_wish_for_another_time_stands_with_the_others_and_can_be_booked(
    database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    token, wished = links(database)[REHAB], FIRST + 5 * HOUR
    voting.vote(database, token, {}, suggestion=wished, now=MONDAY + HOUR)
    voting.vote(database, token, {}, suggestion=wished, now=MONDAY + HOUR)
    view = reading.view(database, reference, cast.af_keeper.actor, now=MONDAY + HOUR)
    assert view.meeting is not None
    [time] = [one for one in view.meeting.times if one.suggested_by]
    assert (time.starts_at, time.suggested_by, time.yes) == (wished, "rehabkoordinator", 1)
    assert [one.kind for one in view.events].count("time_suggested") == 1
    for n in range(2, 6):
        voting.vote(database, token, {}, suggestion=wished + n * DAY, now=MONDAY + HOUR)
    with pytest.raises(Conflict) as refusal:
        voting.vote(database, token, {}, suggestion=wished + 9 * DAY, now=MONDAY + HOUR)
    assert code(refusal) == "too_many_suggestions"
    meetings.book_time(database, reference, time.id, cast.af_keeper.actor, now=MONDAY + DAY)
    view = reading.view(database, reference, cast.caseworker.actor, now=MONDAY + DAY)
    assert view.meeting is not None and (view.meeting.starts_at, view.meeting.is_booked) == (wished, True)
    # Who books has accepted; the others are asked.
    assert {one.address or "?": one.answer for one in view.meeting.participants} == {
        cast.caseworker.email: "needs_action",
        "?": "needs_action",
    }
    assert [one.answer for one in view.meeting.participants if one.leg_id] == ["accepted"]
    voting.reply(database, token, Attending.DECLINED, now=MONDAY + DAY + HOUR)
    voting.reply(database, token, Attending.DECLINED, now=MONDAY + DAY + 2 * HOUR)
    assert kinds(database).count("invitation_answered") == 1
    assert ledger.check(database) == ()


def test_each_side_votes_for_its_own_and_sees_no_addresses_of_others(database: Database, cast: Cast) -> None:
    reference = propose(database, cast, also_to=(MUNICIPAL_MAILBOX,))
    who, [first, *_] = ids(database), times(database)
    voting.vote_as(
        database,
        reference,
        {first: Ballot.YES},
        cast.af_keeper.actor,
        participant_id=who[AF],
        now=MONDAY + HOUR,
    )
    for actor, address in ((cast.af_keeper, REHAB), (cast.caseworker, AF)):
        with pytest.raises(NotFound) as refusal:
            voting.vote_as(
                database, reference, {first: Ballot.NO}, actor.actor, participant_id=who[address], now=MONDAY
            )
        assert code(refusal) == "no_participant"
    for person, own in (
        (cast.af_keeper, AF),
        (cast.caseworker, cast.caseworker.email),
        (cast.administrator, ""),
    ):
        view = reading.view(database, reference, person.actor, now=MONDAY + HOUR).meeting
        assert view is not None
        assert {one.address for one in view.participants} - {""} == {own} - {""}
        assert [one.is_own for one in view.participants].count(True) == bool(own)
        assert [len(one.ballots) for one in view.times] == [2, 1, 1]
    # That it is proposed is known to every receiver, also to one that does not take part.
    municipal = reading.view(database, reference, cast.municipal_keeper.actor, now=MONDAY)
    assert "meeting_proposed" in [one.kind for one in municipal.events]
    [vote] = [row for row in rows(database, Vote) if row.participant_id == who[AF]]
    assert (vote.answer, vote.by_account_id) == ("yes", cast.af_keeper.actor.account_id)


def test_times_and_participants_are_changed_while_it_is_proposed_and_once_it_is_booked(
    database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    asker = cast.caseworker.actor
    first, *_ = times(database)
    later = FIRST + 8 * DAY
    proposing.change_times(
        database, reference, TimesChange(add=(later,), withdraw=(first,)), asker, now=MONDAY + HOUR
    )
    # A vote on a time that was taken back meanwhile is none the worse.
    voting.vote(database, links(database)[AF], {first: Ballot.YES}, now=MONDAY + HOUR)
    with pytest.raises(NotFound):
        meetings.book_time(database, reference, first, asker, now=MONDAY + HOUR)
    with pytest.raises(Invalid) as none_left:
        proposing.change_times(
            database, reference, TimesChange(withdraw=tuple(times(database)[1:])), asker, now=MONDAY
        )
    assert code(none_left) == "no_times"
    assert told(database, "times_proposed") == [AF, AF, REHAB, REHAB]

    region = Invited(party_id="region-14", address="team@region.example", name="Konsultationsteamet")
    proposing.change_participants(
        database,
        reference,
        ParticipantsChange(
            add=(region,),
            remove=(ids(database)[REHAB],),
            change={ids(database)[AF]: Role("samordnare", True, False)},
        ),
        asker,
        now=MONDAY + 2 * HOUR,
    )
    assert told(database, "proposal_withdrawn") == [REHAB]
    with pytest.raises(NotFound):
        voting.shown(database, links(database)[REHAB], now=MONDAY + 2 * HOUR)
    meetings.book(database, reference, Wish(later, 60, "Rum 3"), cast.af_keeper.actor, now=MONDAY + DAY)
    [meeting] = rows(database, Meeting)
    assert (meeting.state, meeting.starts_at, meeting.sequence) == ("booked", later, 0)

    changes = [
        ParticipantsChange(add=(CARE,)),
        ParticipantsChange(remove=(ids(database)["team@region.example"],)),
        ParticipantsChange(change={ids(database)[AF]: Role("samordnare", True, True, "phone", "010-11")}),
    ]
    for change in changes:
        proposing.change_participants(database, reference, change, asker, now=MONDAY + DAY + HOUR)
    assert told(database, "meeting_booked") == sorted(
        [AF, cast.caseworker.email, "team@region.example", REHAB]
    )
    assert told(database, "meeting_cancelled") == ["team@region.example"]
    assert told(database, "meeting_changed") == [AF]
    for change, refused in (
        (ParticipantsChange(add=(CARE,)), "already_participant"),
        (ParticipantsChange(remove=(ids(database)[cast.caseworker.email],)), "asker_takes_part"),
        (ParticipantsChange(remove=(ids(database)[AF], ids(database)[REHAB])), "nobody_to_meet"),
    ):
        with pytest.raises(Conflict) as refusal:
            proposing.change_participants(database, reference, change, asker, now=MONDAY + 2 * DAY)
        assert code(refusal) == refused
    assert ledger.check(database) == ()


def test_a_proposal_is_taken_back_and_another_one_made(database: Database, cast: Cast) -> None:
    reference = propose(database, cast, kind="sip")
    with pytest.raises(Conflict) as refusal:
        proposing.propose(database, reference, WANTED, cast.af_keeper.actor, now=MONDAY)
    assert code(refusal) == "already_proposed"
    proposing.withdraw(database, reference, cast.af_keeper.actor, now=MONDAY + HOUR)
    assert told(database, "proposal_withdrawn") == sorted([cast.caseworker.email, REHAB])
    page = voting.shown(database, links(database)[REHAB], now=MONDAY + HOUR)
    assert (page.meeting.state, page.may_vote) == ("cancelled", False)
    with pytest.raises(Conflict):
        voting.vote(database, links(database)[REHAB], {}, suggestion=FIRST, now=MONDAY + HOUR)

    sip = Proposed(minutes=60, place="Rum 3", times=TIMES, kind="sip", participants=WANTED.participants)
    with pytest.raises(Invalid) as refused:
        proposing.propose(database, reference, sip, cast.caseworker.actor, now=MONDAY + HOUR)
    assert (code(refused), refused.value.field) == ("consent_missing", "/consent")
    assert ledger.check(database) == ()
    assert promise(database).stopped_at is None
    desk.close(database, reference, cast.caseworker.actor, now=MONDAY + 2 * HOUR)
    assert kinds(database)[-1] == "closed"


def test_who_is_named_wrongly_is_refused_and_nothing_is_stored(database: Database, cast: Cast) -> None:
    wrong = {
        "unknown_mailbox": Invited(mailbox_id=MUNICIPAL_MAILBOX),
        "unknown_entry_point": Invited(entry_point_id="nowhere"),
        "bad_address": Invited(party_id="fk", address="a@b", function="x"),
        "unknown_party": Invited(party_id="nobody", address="a@b.se", function="x"),
    }
    reference = ask(database, cast, now=MONDAY)
    for refused, invited in wrong.items():
        asked = Proposed(minutes=60, place="Rum 3", times=TIMES, participants=(invited,))
        with pytest.raises(Invalid) as refusal:
            proposing.propose(database, reference, asked, cast.caseworker.actor, now=MONDAY)
        assert code(refusal) == refused
    assert rows(database, Meeting) == []


def test_a_receiver_that_is_asked_later_takes_part_in_what_is_booked(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=MONDAY)
    meetings.book(database, reference, Wish(FIRST, 60, "Rum 3"), cast.af_keeper.actor, now=MONDAY + DAY)
    parties.invite(database, reference, MUNICIPAL_MAILBOX, cast.caseworker.actor, now=MONDAY + 2 * DAY)
    assert [row.stopped_at for row in rows(database, Deadline) if row.kind == "meeting"] == [
        MONDAY + DAY,
        MONDAY + 2 * DAY,
    ]
    assert len(told(database, "meeting_booked")) == 3
    assert ledger.check(database) == ()


def test_whoever_has_a_link_sees_functions_and_votes_and_no_numbers_of_others(
    database: Database, cast: Cast
) -> None:
    # A way in that has the question takes part as its receiver.
    asked = replace(
        WANTED, participants=(Invited(entry_point_id=AF_MAILBOX), CARE), why="Något som hör till ärendet"
    )
    propose(database, cast, asked)
    page = voting.shown(database, links(database)[AF], now=MONDAY)
    assert [(one.function, one.address, one.place) for one in page.meeting.participants] == [
        ("", "", ""),
        ("", AF, ""),
        ("rehabkoordinator", "", ""),
    ]
    assert (page.own.leg_id is not None, page.meeting.why, page.meeting.consent) == (True, "", "")
    assert voting.shown(database, links(database)[REHAB], now=MONDAY).own.place == "010-1"


def test_each_time_says_who_is_free(database: Database, cast: Cast) -> None:
    lunch_on_sunday = MONDAY + 6 * DAY + 2 * HOUR
    asked = Proposed(minutes=60, place="Rum 3", times=(FIRST, lunch_on_sunday))
    reference = propose(database, cast, asked)
    view = reading.view(database, reference, cast.caseworker.actor, now=MONDAY).meeting
    assert view is not None
    assert [[one["code"] for one in time.because] for time in view.times] == [[], ["slot.all_free"]]


def test_only_the_hash_of_a_link_is_stored_and_it_can_be_revoked_and_expires(
    database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    token = links(database)[REHAB]
    [held] = [row for row in rows(database, VoteLink) if row.token_hash == digest(token)]
    assert held.expires_at == WANTED.answer_by + 30 * DAY
    assert voting.shown(database, token, now=MONDAY).own.address == REHAB

    proposing.revoke_link(database, reference, ids(database)[REHAB], cast.caseworker.actor, now=MONDAY + HOUR)
    newer = links(database)[REHAB]
    assert newer != token
    assert voting.shown(database, newer, now=MONDAY + HOUR).may_vote
    for bad, at in ((token, MONDAY + HOUR), ("", MONDAY), (newer, held.expires_at)):
        with pytest.raises(NotFound) as refusal:
            voting.vote(database, bad, {}, now=at)
        assert code(refusal) == "bad_link"
    meetings.book_time(database, reference, times(database)[0], cast.caseworker.actor, now=MONDAY + DAY)
    # A link that was made worthless stays so; the other goes on until a week after the meeting.
    assert voting.shown(database, newer, now=FIRST + 7 * DAY).meeting.starts_at == FIRST
    with pytest.raises(NotFound):
        voting.shown(database, newer, now=FIRST + 8 * DAY)
    assert ledger.check(database) == ()
