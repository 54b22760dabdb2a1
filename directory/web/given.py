"""What the directory's pages are given by the part that knows it: promises kept, questions waiting, red days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from config.database import Database
from directory.rules.access import Actor
from directory.rules.found import Outcome

EXTENSION = "samvag.given"


@dataclass(frozen=True, slots=True)
class Period:
    """How many were answered in a span of time, and the share in time; None under ten."""

    name: str
    count: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question that the person has taken, and what is promised next."""

    path: str
    subject: str
    from_name: str
    due_at: datetime | None
    due_kind: str | None


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter that no server took; `letter` is a code of the catalogue's table [letter]."""

    letter: str
    recipient: str
    at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody whom anybody may sign in as, in a demonstration only."""

    email: str
    name: str
    role: str
    password: str


def _no_outcomes(_database: Database, _mailbox_ids: Sequence[str], _now: datetime) -> Mapping[str, Outcome]:
    return {}


def _no_periods(_database: Database, _mailbox_id: str, _now: datetime) -> tuple[Period, ...]:
    return ()


def _nothing_waits(_database: Database, _actor: Actor) -> tuple[int, int]:
    return 0, 0


def _none_taken(_database: Database, _actor: Actor) -> tuple[Waiting, ...]:
    return ()


def _none_refused(_database: Database, _actor: Actor, _now: datetime) -> tuple[Undelivered, ...]:
    return ()


def _no_red_day(_day: date) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Given:
    """Questions the directory cannot answer itself. As it stands here, nobody has asked anything yet."""

    outcomes: Callable[[Database, Sequence[str], datetime], Mapping[str, Outcome]] = _no_outcomes
    periods: Callable[[Database, str, datetime], tuple[Period, ...]] = _no_periods
    # Questions that nobody has answered, and mails that nobody has sorted.
    waiting: Callable[[Database, Actor], tuple[int, int]] = _nothing_waits
    taken: Callable[[Database, Actor], tuple[Waiting, ...]] = _none_taken
    red_day: Callable[[date], str] = _no_red_day
    refused: Callable[[Database, Actor, datetime], tuple[Undelivered, ...]] = _none_refused
    guests: tuple[Guest, ...] = ()


def given() -> Given:
    """What this application's directory was given."""
    found: Given = current_app.extensions[EXTENSION]
    return found
