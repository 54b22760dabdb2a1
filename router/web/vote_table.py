"""The proposed times as a table: who can when, which time is best, and that in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config import words
from config.words import Because, say
from router.rules.meeting_shown import MeetingView, ParticipantView, TimeView
from router.web.meeting_warnings import ASKED_BY_LETTER

# Where a participant has said nothing of a time.
SILENT = "silent"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One participant. `short` is its party, and its own name where the party comes with several."""

    id: int
    short: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One time with what each participant says of it, in the order of the columns: yes, maybe, no or silent."""

    time: TimeView
    ballots: tuple[str, ...]
    is_best: bool
    has_been: bool


@dataclass(frozen=True, slots=True)
class VoteTable:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    summary: str
    # Names of those who have said nothing of any time, and whether the reader's own side has.
    silent: tuple[str, ...]
    has_answered: bool
    warnings: tuple[Because, ...]


def table(meeting: MeetingView, now: datetime) -> VoteTable:
    """The table of a proposal, its times in the order of the clock."""
    coming = [one for one in meeting.times if one.starts_at > now]
    said = {who for time in meeting.times for who in time.ballots}
    # The side that proposes can come to its own times, which says nothing of which is the best.
    best = _best(coming) if len(said) > 1 else None
    rows = tuple(
        Row(
            one,
            tuple(
                one.ballots[who.id].value if who.id in one.ballots else SILENT for who in meeting.participants
            ),
            one is best,
            one.starts_at <= now,
        )
        for one in sorted(meeting.times, key=lambda time: time.starts_at)
    )
    return VoteTable(
        columns(meeting.participants),
        rows,
        _summary(meeting, coming, best),
        silent=tuple(one.name for one in meeting.participants if one.id not in said),
        has_answered=any(one.id in said for one in meeting.own),
        warnings=tuple(one for one in meeting.warnings if one.code not in ASKED_BY_LETTER),
    )


def columns(participants: Sequence[ParticipantView]) -> tuple[Column, ...]:
    """What stands above each column, told apart from the others."""
    parties = Counter(one.party_short for one in participants)
    return tuple(
        Column(one.id, _short(one, is_alone=parties[one.party_short] == 1), one.name) for one in participants
    )


def _short(one: ParticipantView, *, is_alone: bool) -> str:
    if is_alone:
        return one.party_short
    return f"{one.party_short}, {one.function}" if one.function else one.name


def _best(times: Sequence[TimeView]) -> TimeView | None:
    """The one to book: everybody can, else the fewest cannot and the most can; within the term, the first."""
    if not any(one.yes or one.maybe for one in times):
        return None
    return min(times, key=lambda one: (not one.fits_all, one.no, -one.yes, not one.in_term, one.starts_at))


def _summary(meeting: MeetingView, coming: Sequence[TimeView], best: TimeView | None) -> str:
    if not coming:
        return say("votes.no_times")
    if best is None:
        spoken = [one.name for one in meeting.participants if any(one.id in time.ballots for time in coming)]
        if len(spoken) == 1:
            return say("votes.only", who=spoken[0])
        return say("votes.none" if spoken else "votes.nobody")
    fitting = [one for one in coming if one.fits_all]
    if not fitting:
        return say("votes.most", at=best.starts_at, yes=best.yes, all=len(meeting.participants))
    # Better than that those can without whom it is no meeting.
    everybody = [one for one in fitting if one.yes == len(meeting.participants)]
    return say("votes.all" if everybody else "votes.required", when=_when(everybody or fitting))


def _when(times: Sequence[TimeView]) -> str:
    """The times by their days, with the clock where two are on one day or they are too many to name."""
    moments = sorted(one.starts_at for one in times)
    days = [words.day(one) for one in moments]
    named = days if len(set(days)) == len(days) else [words.moment(one) for one in moments]
    if len(named) > MOST_NAMED:
        return say("votes.many", times=len(named), first=moments[0])
    *before, last = named
    return say("votes.and", before=", ".join(before), last=last) if before else last
