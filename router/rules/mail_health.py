"""Whether mail in and out is well: figures in, findings out, for doctor, administrator's page and command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from directory.rules.agreements import Term, TermUnit
from router.rules import deadlines
from router.rules.automatic import ALL_IN_AN_HOUR

OK, WARNING, ERROR = "ok", "warning", "error"

# What waits for a person longer than this is red; so is anything that could not be read at all.
LONGEST_WAIT = Term(1, TermUnit.WORKING_HOURS)
# Sorting takes what is stored within seconds.
LONGEST_UNSORTED = timedelta(minutes=10)
LONGEST_SILENCE = timedelta(minutes=3)
# A folder that could not be read once is no finding yet.
LONGEST_FAILING = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Source:
    """How far an IMAP folder has been read."""

    name: str
    waiting: int
    fetched: int
    troubled: int
    failure: str
    tried_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Mail as it stands in the tables. `today` counts by what became of it: stored, sorted, held, spam, returned;
    and by kind: human, automatic, bounce, unparsed.
    """

    today: Mapping[str, int] = field(default_factory=dict)
    held: int = 0
    oldest_held_at: datetime | None = None
    unparsed: int = 0
    unsorted: int = 0
    oldest_unsorted_at: datetime | None = None
    nobodys: int = 0
    unscanned: int = 0
    last_by_door: Mapping[str, datetime] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    letters_waiting: int = 0
    letters_uncertain: int = 0
    letters_failed: int = 0
    automatic_this_hour: int = 0


@dataclass(frozen=True, slots=True)
class Doors:
    """What the settings say, and when the worker last said that it stands at a door."""

    takes_mail_in: bool = False
    has_authserv: bool = False
    has_dkim: bool = False
    sends: bool = False
    listens: bool = False
    fetches: bool = False
    scans: bool = False
    beats: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailFinding:
    """One thing looked at; `code` is a sentence of the catalogue's table [doctor]."""

    level: str
    code: str
    facts: dict[str, str | int] = field(default_factory=dict)


def findings(figures: Figures, doors: Doors, *, now: datetime) -> tuple[MailFinding, ...]:
    """What is wrong with mail, worst first; one that is well when nothing is."""
    found = [*_waiting(figures, now), *_doors(figures, doors, now)]
    found += [*_files(figures, doors), *_settings(doors)]
    if not found and doors.takes_mail_in:
        return (MailFinding(OK, "mail_in_well"),)
    return tuple(sorted(found, key=lambda one: one.level != ERROR))


def is_late(oldest_at: datetime | None, now: datetime) -> bool:
    """Whether something has waited for a person longer than one working hour."""
    return oldest_at is not None and deadlines.due(oldest_at, LONGEST_WAIT).at < now


def is_red(figures: Figures, now: datetime) -> bool:
    """Whether the count of waiting mail is to be shown as an error."""
    return figures.unparsed > 0 or is_late(figures.oldest_held_at, now)


def _waiting(figures: Figures, now: datetime) -> Iterator[MailFinding]:
    if figures.unparsed:
        yield MailFinding(ERROR, "mail_unparsed", {"count": figures.unparsed})
    if figures.oldest_held_at and is_late(figures.oldest_held_at, now):
        facts: dict[str, str | int] = {"count": figures.held, "since": figures.oldest_held_at.isoformat()}
        yield MailFinding(ERROR, "mail_held_long", facts)
    if figures.automatic_this_hour >= ALL_IN_AN_HOUR:
        yield MailFinding(ERROR, "mail_breaker", {"count": figures.automatic_this_hour})
    late = figures.oldest_unsorted_at
    if late is not None and now - late > LONGEST_UNSORTED:
        yield MailFinding(
            ERROR, "mail_unsorted", {"count": figures.unsorted, "minutes": _minutes(now - late)}
        )


def _doors(figures: Figures, doors: Doors, now: datetime) -> Iterator[MailFinding]:
    if doors.listens:
        beat = doors.beats.get("listener")
        if beat is None:
            yield MailFinding(ERROR, "mail_listener_never")
        elif now - beat > LONGEST_SILENCE:
            yield MailFinding(ERROR, "mail_listener_silent", {"minutes": _minutes(now - beat)})
    for one in figures.sources if doors.fetches else ():
        since = one.read_at
        if one.failure and (since is None or now - since > LONGEST_FAILING):
            facts: dict[str, str | int] = {"source": one.name, "why": one.failure}
            code = "imap_failing" if since else "imap_never"
            yield MailFinding(ERROR, code, facts | ({"since": since.isoformat()} if since else {}))
        if one.troubled:
            yield MailFinding(WARNING, "imap_troubled", {"source": one.name, "count": one.troubled})


def _files(figures: Figures, doors: Doors) -> Iterator[MailFinding]:
    if doors.scans and figures.unscanned:
        yield MailFinding(WARNING, "files_unscanned", {"count": figures.unscanned})


def _settings(doors: Doors) -> Iterator[MailFinding]:
    if doors.takes_mail_in and not doors.has_authserv:
        yield MailFinding(WARNING, "mail_authserv_unset")
    if doors.sends and not doors.has_dkim:
        yield MailFinding(WARNING, "dkim_unset")


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
