"""Letting the time of a question stand still while the desk waits for somebody else, and letting it run again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from config.words import rfc3339
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import clocks, history, letters, promises, queries
from router.records.history import Happened
from router.records.models import Deadline
from router.rules import pausing
from router.rules.pausing import Span
from router.rules.terms import EventKind, LegState, PauseReason

# Whoever has not taken the question cannot know what it waits for.
STATES = frozenset({LegState.CLAIMED, LegState.ANSWERED})


def pause(database: Database, reference: str, reason: str, actor: Actor, *, now: datetime) -> None:
    """Let the clocks of an answer and a meeting stand still, at the most until the cap of router/rules/pausing.

    What has passed already is not saved. The asker is told in a letter. Raises Invalid for the reason,
    Conflict("not_claimed"), Conflict("nothing_to_pause"), Conflict("already_paused"), Conflict("paused_enough").
    """
    if reason not in pausing.REASONS:
        raise Invalid("unknown_choice", field="/reason", choices=", ".join(pausing.REASONS))
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.PAUSE, found.scope)
        if found.leg.state not in STATES:
            raise Conflict("not_claimed")
        running = _pausable(promises.open_at(session, found.leg), now)
        if not running:
            raise Conflict("nothing_to_pause")
        had = [pausing.read(one.pauses) for one in running]
        until = pausing.cap(had, now)
        span = Span(now, until, PauseReason(reason), actor.account_id)
        for deadline, spans in zip(running, had, strict=True):
            clocks.set_pauses(session, deadline, (*spans, span))
        _point(session, found)
        facts = {"reason": reason, "until": rfc3339(until)}
        events = [Happened(EventKind.PAUSED, actor.account_id, found.leg.id, facts)]
        seq = history.append(session, found.inquiry, events, state=found.state, at=now)
        told = facts | {
            "reference": found.inquiry.reference,
            "path": letters.path_of(found.inquiry.reference),
        }
        inquiry = found.inquiry
        letters.write(
            session,
            [
                letters.Letter("paused", one, inquiry.id, seq, told)
                for one in letters.askers_of(session, inquiry, now=now)
            ],
            now=now,
        )
        _audit(session, actor, found, "inquiry.pause", now=now)


def resume(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Let the clocks run again before the pause has ended by itself. Raises Conflict("time_not_paused")."""
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.PAUSE, found.scope)
        if not clocks.run_again(session, promises.open_at(session, found.leg), at=now):
            raise Conflict("time_not_paused")
        _point(session, found)
        events = [Happened(EventKind.RESUMED, actor.account_id, found.leg.id, {"by": "hand"})]
        history.append(session, found.inquiry, events, state=found.state, at=now)
        _audit(session, actor, found, "inquiry.resume", now=now)


def _pausable(standing: Sequence[Deadline], now: datetime) -> list[Deadline]:
    return [one for one in standing if one.kind in pausing.KINDS and not one.breached and one.due_at >= now]


def _point(session: Session, found: queries.Found) -> None:
    session.flush()
    promises.point(found.leg, promises.open_at(session, found.leg))
    session.flush()


def _audit(session: Session, actor: Actor, found: queries.Found, action: str, *, now: datetime) -> None:
    audit.record(session, [audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)], now=now)
