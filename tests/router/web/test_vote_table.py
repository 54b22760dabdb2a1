"""What the table of proposed times says in one sentence, and which time it calls the best."""

from __future__ import annotations

from datetime import UTC, datetime

from router.rules.meeting_shown import MeetingView, ParticipantView, TimeView
from router.rules.terms import Ballot
from router.web import vote_table
from router.web.vote_table import VoteTable

YES, MAYBE, NO = Ballot.YES, Ballot.MAYBE, Ballot.NO
FIRST, SECOND, THIRD = (datetime(2026, 12, day, 9, tzinfo=UTC) for day in (3, 4, 9))

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def table(shown: MeetingView, now: datetime = NOW) -> VoteTable:
    return vote_table.table(shown, now)


def who(number: int, short: str, *, is_required: bool = True, function: str = "") -> ParticipantView:
    name = f"{short} enhet {number}"
    return ParticipantView(
        id=number,
        party_id=short.casefold(),
        party_short=short,
        name=name,
        function=function,
        is_asker=number == 1,
        has_mandate=None,
        is_required=is_required,
        form="",
        place="",
        answer="needs_action",
        attended=None,
        is_own=number == 1,
    )


THREE = (who(1, "FK"), who(2, "AF"), who(3, "Mariestad", is_required=False))


def meeting(
    *said: tuple[datetime, dict[int, Ballot]], people: tuple[ParticipantView, ...] = THREE
) -> MeetingView:
    """A proposal of times with what each participant has said of them, counted as it is read."""
    times = []
    for number, (at, ballots) in enumerate(said, 1):
        counted = list(ballots.values())
        needed = [one.id for one in people if one.is_required]
        times.append(
            TimeView(
                id=number,
                starts_at=at,
                because=(),
                suggested_by="",
                ballots=ballots,
                yes=counted.count(YES),
                maybe=counted.count(MAYBE),
                no=counted.count(NO),
                silent=len(people) - len(counted),
                in_term=True,
                fits_all=all(ballots.get(one) is YES for one in needed),
            )
        )
    return MeetingView(
        id=1,
        kind="planning",
        state="proposed",
        is_present=False,
        why="",
        consent="",
        consent_on=None,
        starts_at=None,
        minutes=45,
        place="Videomöte",
        answer_by=None,
        shows_addresses=False,
        proposed_by="Cia B.",
        proposed_at=FIRST,
        participants=people,
        times=tuple(times),
    )


def best(shown: MeetingView) -> list[int]:
    return [row.time.id for row in table(shown).rows if row.is_best]


def test_the_times_that_suit_everybody_are_named() -> None:
    whole = {1: YES, 2: YES, 3: YES}
    assert table(meeting((FIRST, whole), (SECOND, {1: YES, 2: NO}))).summary == "Alla kan torsdag 3 december."
    both = table(meeting((SECOND, whole), (FIRST, whole)))
    assert both.summary == "Alla kan torsdag 3 december och fredag 4 december."
    assert [row.time.starts_at for row in both.rows] == [FIRST, SECOND]


def test_one_who_can_be_spared_is_not_said_to_be_able_to_come() -> None:
    shown = meeting((FIRST, {1: YES, 2: YES, 3: NO}))
    assert table(shown).summary == "Alla som måste vara med kan torsdag 3 december."


def test_the_best_time_is_the_one_that_fewest_cannot() -> None:
    shown = meeting((FIRST, {1: YES, 2: NO}), (SECOND, {1: YES, 2: MAYBE}), (THIRD, {1: YES}))
    assert best(shown) == [2]
    assert table(shown).summary.startswith("Ingen tid passar alla än. Flest kan fredag 4 december")
    assert table(shown).rows[0].ballots == ("yes", "no", "silent")


def test_nothing_is_best_before_somebody_else_has_answered() -> None:
    assert best(meeting((FIRST, {1: YES}))) == []
    assert table(meeting((FIRST, {1: YES}))).summary == "Bara FK enhet 1 har svarat än."
    assert table(meeting((FIRST, {}))).summary == "Ingen har svarat än."
    assert table(meeting((FIRST, {1: NO, 2: NO}))).summary == "Ingen av tiderna passar. Lägg till en tid."
    assert table(meeting((FIRST, {1: YES}))).silent == ("AF enhet 2", "Mariestad enhet 3")


def test_a_time_that_has_been_is_not_to_be_booked() -> None:
    shown = meeting((FIRST, {1: YES, 2: YES, 3: YES}), (THIRD, {1: YES, 2: MAYBE}))
    assert [row.has_been for row in table(shown, SECOND).rows] == [True, False]
    assert table(shown, SECOND).summary.startswith("Ingen tid passar alla än. Flest kan onsdag 9 december")
    assert table(shown, THIRD).summary == "Ingen av de föreslagna tiderna återstår. Lägg till en tid."


def test_two_of_one_party_are_told_apart() -> None:
    people = (who(1, "FK"), who(2, "FK", function="specialist"), who(3, "AF"))
    shown = table(meeting((FIRST, {}), people=people))
    assert [one.short for one in shown.columns] == ["FK enhet 1", "FK, specialist", "AF"]
