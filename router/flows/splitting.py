"""Letting a message that is about something else become an inquiry of its own. Both histories lead to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from config.words import rfc3339
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import history, letters, queries, separated
from router.records.history import Happened
from router.records.models import Inquiry, Message
from router.records.queries import Found
from router.records.separated import Separated
from router.rules import splitting
from router.rules.masked import masked
from router.rules.terms import DeadlineKind, EventKind, InquiryState


@dataclass(frozen=True, slots=True)
class Movable:
    """A message that may be moved."""

    id: int
    at: datetime
    body: str


def split(database: Database, reference: str, message_id: int, actor: Actor, *, now: datetime) -> str:
    """Move a follow-up that nobody has answered to an inquiry of its own. Returns its reference.

    1. The new one is what asking would have made when the message was written: same unit, same mailbox, the
       agreement in force then; its promises start with the message.
    2. The old one ends what it owed for that message alone; what is broken stays broken there.
    3. Both histories lead to each other, and the asker is told.

    Raises Invalid("not_to_be_split"), Conflict("is_closed"), Conflict("too_late_to_split"), NotFound, NotAllowed.
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.SPLIT, found.scope)
        if found.inquiry.state == InquiryState.CLOSED:
            raise Conflict("is_closed")
        message = _chosen(session, found, message_id)
        began, old = message.at, found.inquiry
        made = separated.separate(session, old, found.leg, message, by=actor.account_id, now=now)
        events = separated.let_go(session, old, found.leg, began, now=now)
        facts = {"into": made.inquiry.reference, "written_at": began.astimezone(UTC).isoformat()}
        events.append(Happened(EventKind.SPLIT, actor.account_id, found.leg.id, facts))
        seq = history.append(session, old, events, state=found.state, at=now)
        letters.write(session, _letters(session, old, made, seq=seq, now=now), now=now)
        # That it was asked is told of it as of every other inquiry; by whom it was made one stands beside.
        deeds = [
            audit.Deed(actor.account_id, action, "inquiry", one)
            for action, one in (
                (Action.SPLIT, old.reference),
                (Action.SPLIT, made.inquiry.reference),
                (Action.ASK, made.inquiry.reference),
            )
        ]
        audit.record(session, deeds, now=now)
        return made.inquiry.reference


def candidates(database: Database, reference: str, actor: Actor) -> tuple[Movable, ...]:
    """The messages that may be moved, the oldest first."""
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        access.require(actor, Action.SPLIT, found.scope)
        return tuple(Movable(one.id, one.at, masked(one.body)) for one in _movable(session, found))


def _movable(session: Session, found: Found) -> tuple[Message, ...]:
    messages = separated.messages_of(session, found.inquiry.id)
    return splitting.movable(messages, leg_id=found.leg.id, states=[one.state for one in found.live])


def _chosen(session: Session, found: Found, message_id: int) -> Message:
    for one in _movable(session, found):
        if one.id == message_id:
            return one
    raise Invalid("not_to_be_split", field="/message")


def _letters(
    session: Session, old: Inquiry, made: Separated, *, seq: int, now: datetime
) -> list[letters.Letter]:
    """To who asked and who wrote it, of the old one; to the mailbox, that there is a new one."""
    new, due = made.inquiry, {one.kind: one.due_at for one in made.promises}
    path = letters.path_of(new.reference)
    told = {address: None for one in (old, new) for address in letters.askers_of(session, one, now=now)}
    split: Mapping[str, Any] = {"reference": old.reference, "path": path, "into": new.reference}
    asked: Mapping[str, Any] = {
        "reference": new.reference,
        "path": path,
        "respond_by": rfc3339(due.get(DeadlineKind.RESPOND)),
        "meeting_by": rfc3339(due.get(DeadlineKind.MEETING)),
        "held": made.held,
    }
    return [
        *(letters.Letter("split", one, old.id, seq, split) for one in told),
        letters.Letter("asked", made.address, new.id, 1, asked),
    ]
