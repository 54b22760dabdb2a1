"""Calendars for those who keep them: the list, an edit with what it moves, local days, a file, a trial count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.records import agreements as agreement_records
from directory.records.models import Mailbox, Party
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.agreements import Term
from directory.rules.terms import Role
from router.mail import calendar_file
from router.mail.calendar_file import Offered
from router.records import calendars as records
from router.records import queries, recounting
from router.records.calendars import Version
from router.rules import deadlines, kept_calendars
from router.rules import recounting as rules
from router.rules.calendars import SEARCHED_DAYS, NeverOpen, local_date
from router.rules.deadlines import Due, Moves
from router.rules.kept_calendars import BUILT_IN, Kept, Shelf
from router.rules.recounting import Cause, Outcome, Running, Way

# How far ahead a repeated event of a file is read.
READ_AHEAD = timedelta(days=730)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar and how many agreements name it; or local days, and whose they are."""

    kept: Kept
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Calendars, local days that are written down, and whose local days this person may write (id and name)."""

    calendars: tuple[Listed, ...]
    local: tuple[Listed, ...]
    own: tuple[tuple[str, str], ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A calendar to be edited, the version it is of, and what it was. Version 0 is new."""

    kept: Kept
    name: str
    version: int
    history: tuple[Version, ...]
    makers: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would do to promises that run; `changed` says whether anything differs at all."""

    changed: bool
    version: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """When something came and what is promised; with a mailbox its local days and its party's hold as well."""

    calendar_id: str
    start: datetime
    term: Term
    moves: Moves = Moves.EARLIER
    mailbox_id: str = ""


def overview(database: Database, actor: Actor) -> Overview:
    """What there is; everybody who is signed in may see how time is counted."""
    access.require_open(actor, Action.READ_TERMS, Scope())
    with database.reading() as session:
        known = records.current(session)
        users: dict[str, list[str]] = {}
        for one in agreement_records.current(session):
            users.setdefault(one.calendar_id, []).append(one.name)
        plain = [BUILT_IN, *sorted((one for one in known.values() if not one.is_local), key=_by_name)]
        local = sorted((one for one in known.values() if one.is_local), key=_by_name)
        return Overview(
            tuple(Listed(one, tuple(users.get(one.id, ()))) for one in plain),
            tuple(Listed(one) for one in local if one.dates),
            _own(session, actor),
            access.may(actor, Action.EDIT_CALENDAR, Scope()),
        )


def form(database: Database, calendar_id: str, actor: Actor, *, version: int | None = None) -> Form:
    """The calendar as it stands or as it was; new local days are empty, and a new calendar is like the built-in one.

    Raises NotFound("no_calendar"), NotAllowed.
    """
    with database.reading() as session:
        name = _require(session, calendar_id, actor)
        past = records.versions(session, calendar_id) if calendar_id else ()
        if not past:
            return Form(_blank(calendar_id, name), name, 0, (), {})
        chosen = next((one.kept for one in past if version in (None, one.kept.version)), None)
        if chosen is None:
            raise NotFound("no_calendar")
        makers = queries.names(session, [one.made_by for one in past])
        return Form(chosen, name or chosen.name, past[0].kept.version, past, makers)


def preview(database: Database, wanted: Kept, actor: Actor, *, now: datetime) -> Preview:
    """What saving would do, without doing it. Raises NotFound, NotAllowed, Invalid with the field."""
    with database.reading() as session:
        standing, known = _stand(session, wanted, actor, now=now)
        running = recounting.by_calendar(session, wanted.id, now=now)
        outcome = _recount({**known, wanted.id: wanted}, running, now=now)
        return Preview(_differs(standing, wanted), standing.version if standing else 0, outcome)


def save(database: Database, wanted: Kept, actor: Actor, *, version: int, now: datetime) -> int | None:
    """Store a new version, and count every open promise on it anew that is neither broken nor due.

    A calendar says when there is somebody to answer, so an edit holds for what runs as well; what is over, and
    every breach, stays as it was. Returns how many promises fall due at another moment, None when nothing was
    changed. Raises Conflict("changed_meanwhile") unless `version` is the newest, and what `preview` raises.
    """
    with database.writing() as session:
        standing, known = _stand(session, wanted, actor, now=now)
        if (standing.version if standing else 0) != version:
            raise Conflict("changed_meanwhile")
        if not _differs(standing, wanted):
            return None
        wanted = replace(wanted, version=version + 1)
        running = recounting.by_calendar(session, wanted.id, now=now, locked=True)
        outcome = _recount({**known, wanted.id: wanted}, running, now=now)
        records.add(session, wanted, made_by=actor.account_id, now=now)
        cause = Cause.LOCAL_DAYS if wanted.is_local else Cause.CALENDAR
        facts = {"cause": cause.value, "name": wanted.name, "version": wanted.version}
        recounting.store(session, outcome.recounted, facts=facts, by=actor.account_id, now=now)
        _audit(session, wanted, outcome, actor, now=now)
        return len(outcome.moved)


def offered(
    database: Database, calendar_id: str, data: bytes, actor: Actor, *, now: datetime
) -> tuple[Offered, ...]:
    """The dates that a calendar file would close or shorten, to be accepted one by one; nothing is stored.

    Raises Invalid("not_ical"), NotFound, NotAllowed.
    """
    with database.reading() as session:
        _require(session, calendar_id, actor)
        known = records.current(session)
        kept = known.get(calendar_id, BUILT_IN)
        calendar = kept_calendars.made(BUILT_IN if kept.is_local else kept)
    today = local_date(now)
    return calendar_file.read(data, calendar, first=today, last=today + READ_AHEAD)


def trial(database: Database, question: Trial, actor: Actor) -> Due:
    """Count a term, with the whole account. Raises NotFound("no_calendar"), Invalid("never_open")."""
    access.require_open(actor, Action.READ_TERMS, Scope())
    with database.reading() as session:
        records.newest(session, question.calendar_id)
        whose = sa.select(Mailbox.party_id).where(Mailbox.id == question.mailbox_id)
        calendar = records.applying(
            session,
            question.calendar_id,
            party_id=session.scalar(whose) or "" if question.mailbox_id else "",
            mailbox_id=question.mailbox_id,
        )
    try:
        return deadlines.due(question.start, question.term, calendar, moves=question.moves)
    except NeverOpen:
        raise Invalid("never_open", field="/antal", calendar=calendar.name, days=SEARCHED_DAYS) from None


def _stand(
    session: Session, wanted: Kept, actor: Actor, *, now: datetime
) -> tuple[Kept | None, Mapping[str, Kept]]:
    """What is there now, once the person may change it and what is wanted may be saved."""
    _require(session, wanted.id, actor)
    known = records.current(session)
    standing = known.get(wanted.id)
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME:
        raise Invalid("bad_name", field="/name", longest=LONGEST_NAME)
    kept_calendars.checked(wanted, BUILT_IN)
    if wanted.is_local and not actor.is_administrator:
        _not_in_hindsight(standing, wanted, today=local_date(now))
    return standing, known


def _not_in_hindsight(standing: Kept | None, wanted: Kept, *, today: date) -> None:
    # Whoever owes the answer must not close a day to be saved from a promise of that very day.
    before = standing.dates if standing else {}
    for day in sorted({*before, *wanted.dates}):
        if day <= today and before.get(day) != wanted.dates.get(day):
            raise Invalid("closed_in_hindsight", field="/dates", day=day.isoformat())


def _recount(known: Mapping[str, Kept], running: Sequence[Running], *, now: datetime) -> Outcome:
    shelf = Shelf(known)

    def way(one: Running) -> Way:
        base, _ = kept_calendars.parts(one.calendar_id)
        calendar = shelf.calendar(base, party_id=one.party_id, mailbox_id=one.mailbox_id)
        return Way(one.term, calendar, one.moves)

    return rules.recount(running, way, now=now)


def _audit(session: Session, wanted: Kept, outcome: Outcome, actor: Actor, *, now: datetime) -> None:
    action = Action.EDIT_LOCAL_DAYS if wanted.is_local else Action.EDIT_CALENDAR
    facts = {"version": wanted.version, "moved": len(outcome.moved)}
    moved = dict.fromkeys(one.running.reference for one in outcome.moved)
    deeds = [audit.Deed(actor.account_id, action, "calendar", wanted.id, facts=facts)]
    deeds += [
        audit.Deed(actor.account_id, "deadline.recount", "inquiry", reference, facts={"calendar": wanted.id})
        for reference in moved
    ]
    audit.record(session, deeds, now=now)


def _require(session: Session, calendar_id: str, actor: Actor) -> str:
    """The name of whose local days these are, "" for a calendar; once the person may edit it."""
    owner, _, its_id = calendar_id.partition(":")
    if not its_id:
        access.require_open(actor, Action.EDIT_CALENDAR, Scope())
        if calendar_id == BUILT_IN.id:
            raise NotFound("no_calendar")
        return ""
    party = session.get(Party, its_id) if owner == "party" else None
    mailbox = session.get(Mailbox, its_id) if owner == "mailbox" else None
    if mailbox is not None:
        scope = Scope(mailbox_ids=frozenset({mailbox.id}), party_ids=frozenset({mailbox.party_id}))
    elif party is not None:
        scope = Scope(party_ids=frozenset({party.id}))
    else:
        raise NotFound("no_calendar")
    access.require_open(actor, Action.EDIT_LOCAL_DAYS, scope)
    return mailbox.name if mailbox else party.name if party else ""


def _own(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Whose local days the person may write."""
    parties = actor.targets(Role.PARTY_ADMINISTRATOR)
    mailboxes = actor.targets(Role.OWNER)
    found = [
        (f"party:{row.id}", row.name)
        for row in session.execute(
            sa.select(Party.id, Party.name).where(Party.id.in_(parties)).order_by(Party.sort_key)
        )
    ]
    mine = sa.or_(Mailbox.id.in_(mailboxes), Mailbox.party_id.in_(parties))
    rows = session.execute(sa.select(Mailbox.id, Mailbox.name).where(mine).order_by(Mailbox.name))
    return (*found, *((f"mailbox:{row.id}", row.name) for row in rows))


def _blank(calendar_id: str, name: str) -> Kept:
    if name:
        return Kept(calendar_id, 0, name, (), red_days=True, eves=True)
    return replace(BUILT_IN, id=calendar_id, version=0)


def _differs(standing: Kept | None, wanted: Kept) -> bool:
    return standing is None or replace(standing, version=0) != replace(wanted, version=0)


def _by_name(kept: Kept) -> tuple[str, str]:
    return kept.name, kept.id
