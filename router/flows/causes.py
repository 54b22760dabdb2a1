"""Why a promise was broken, as the owner of the mailbox says it. The breach itself stands whatever is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import audit
from config.database import Database
from config.errors import Invalid, NotFound
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import history, queries
from router.records.history import Happened
from router.records.models import Breach, BreachCause
from router.rules import incoming
from router.rules.terms import Cause, EventKind

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Said:
    """Of which breach an owner says what: a cause of the list, and a comment that may be empty."""

    breach_id: int
    cause: str
    comment: str


def give(database: Database, reference: str, said: Said, actor: Actor, *, now: datetime) -> None:
    """Say why a promise was broken, or say it otherwise: what was said before is kept.

    The comment is read by everybody who may know of the breach. Raises Invalid for the cause or the comment,
    NotFound for a breach of another inquiry.
    """
    if said.cause not in tuple(Cause):
        raise Invalid("unknown_choice", field="/cause", choices=", ".join(Cause))
    comment = said.comment.strip()
    if comment:
        incoming.written(comment, "/comment", longest=LONGEST)
    with database.writing() as session:
        found = queries.find(session, reference, actor)
        breach = session.get(Breach, said.breach_id, with_for_update=True)
        if breach is None or breach.inquiry_id != found.inquiry.id:
            raise NotFound()
        # It stays with the mailbox it happened at, wherever the question has gone since.
        scope = Scope(mailbox_ids=frozenset({breach.mailbox_id}), party_ids=frozenset({breach.party_id}))
        access.require(actor, Action.GIVE_CAUSE, scope)
        breach.cause, breach.comment = said.cause, comment
        session.add(
            BreachCause(
                breach_id=breach.id,
                cause=said.cause,
                comment=comment,
                by_account_id=actor.account_id,
                at=now,
            )
        )
        session.flush()
        facts = {"promise": breach.kind, "cause": said.cause}
        events = [Happened(EventKind.CAUSE_GIVEN, actor.account_id, found.leg.id, facts)]
        history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        deed = audit.Deed(actor.account_id, Action.GIVE_CAUSE, "inquiry", found.inquiry.reference)
        audit.record(session, [deed], now=now)
