"""Proposals by anyone about what is wrong with an entry point, and the answer of whoever owns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from config.words import STOCKHOLM
from directory.records import cells, changes, points
from directory.records import proposals as records
from directory.records.changes import Why
from directory.records.proposals import Proposed
from directory.records.upkeep import Proposal
from directory.rules import access, guard, upkeep
from directory.rules.access import Action, Actor
from directory.rules.sheets import Fault
from directory.rules.upkeep import ProposalState

PROPOSAL, POINT = records.PROPOSAL, points.POINT
LONGEST_WORDS = 2000
# So many a day from all who are not signed in; a flood must not hide what people mean.
MOST_A_DAY = 50
SHOWN = 100


# What a reader sees of an entry point, and may say is wrong.
PROPOSABLE = ("name", "purpose", "not_for", "channels", "phone_hours", "requirements", "areas")


@dataclass(frozen=True, slots=True)
class Form:
    """What stands of an entry point now, field by field."""

    id: str
    name: str
    cells: Mapping[str, str]


class BadProposal(Invalid):
    """What is proposed would not be let in; nothing was stored."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("not_edited", field=f"/{faults[0].column}", faults=len(faults))
        self.faults = faults


def form(database: Database, entry_point_id: str) -> Form:
    """What a proposal begins with. Raises NotFound("no_entry_point")."""
    with database.reading() as session:
        point = points.find(session, entry_point_id)
        standing = cells.read(session, [entry_point_id])[entry_point_id]
        return Form(point.id, point.name, {field: standing[field] for field in PROPOSABLE})


def make(
    database: Database,
    entry_point_id: str,
    words: str,
    wanted: Mapping[str, str],
    *,
    actor: Actor | None,
    red_day: Callable[[date], str],
    now: datetime,
) -> date:
    """Store a proposal and return the day by which it is to be answered.

    Raises NotFound("no_entry_point"), Invalid for the words, BadProposal for the fields, and
    Conflict("too_many_proposals") for those who are not signed in.
    """
    words = words.strip()
    _check_words(words)
    with database.writing() as session:
        points.find(session, entry_point_id)
        standing = cells.read(session, [entry_point_id])[entry_point_id]
        found = changes.check(
            session,
            entry_point_id,
            standing,
            {field: text for field, text in wanted.items() if field in PROPOSABLE},
        )
        if found.faults:
            raise BadProposal(found.faults)
        if not found.edits and not words:
            raise Invalid("empty_proposal", field="/words")
        if actor is None:
            _limit(session, now)
        due = upkeep.answer_by(now.astimezone(STOCKHOLM).date(), red_day)
        proposal = Proposal(
            entry_point_id=entry_point_id,
            words=words,
            changes={edit.field: [edit.before, edit.after] for edit in found.edits},
            by_account_id=actor.account_id if actor else None,
            made_at=now,
            answer_by=due,
            state=ProposalState.OPEN.value,
            reason="",
        )
        session.add(proposal)
        session.flush()
        _audit(session, proposal.by_account_id, "proposal.make", proposal, now=now)
        return due


def open_ones(database: Database, actor: Actor, *, today: date) -> tuple[Proposed, ...]:
    """What this person is to answer, the earliest deadline first."""
    with database.reading() as session:
        mine = sa.and_(PROPOSAL.c.state == ProposalState.OPEN.value, points.edited_by(actor))
        rows = session.execute(
            records.select().where(mine).order_by(PROPOSAL.c.answer_by, PROPOSAL.c.id).limit(SHOWN)
        )
        found = [records.proposed(row, today) for row in rows]
        standing = cells.read(session, {one.entry_point_id for one in found})
        return tuple(records.aged(one, standing[one.entry_point_id]) for one in found)


def made_by(database: Database, actor: Actor, *, today: date) -> tuple[Proposed, ...]:
    """What this person has proposed, with the outcome, latest first."""
    with database.reading() as session:
        statement = records.select().where(PROPOSAL.c.by_account_id == actor.account_id)
        rows = session.execute(statement.order_by(PROPOSAL.c.id.desc()).limit(SHOWN))
        return tuple(records.proposed(row, today) for row in rows)


def accept(database: Database, proposal_id: int, actor: Actor, *, now: datetime) -> None:
    """Make the proposed changes, with history; the proposer sees it.

    Raises Conflict("already_answered"), Conflict("proposal_outdated") when a field has changed since,
    and BadProposal when the values would no longer be let in.
    """
    with database.writing() as session:
        proposal = _answerable(session, proposal_id, actor)
        standing = cells.lock(session, proposal.entry_point_id) or {}
        if any(standing[field] != before for field, (before, _) in proposal.changes.items()):
            raise Conflict("proposal_outdated")
        wanted = {field: after for field, (_, after) in proposal.changes.items()}
        found = changes.check(session, proposal.entry_point_id, standing, wanted)
        if found.faults:
            raise BadProposal(found.faults)
        _answer(session, proposal, ProposalState.ACCEPTED, "", actor=actor, now=now)
        if found.edits:
            why = Why("proposal", actor.account_id, now)
            changes.apply(session, proposal.entry_point_id, found.edits, found.record, why=why)
        _audit(session, actor.account_id, "proposal.accept", proposal, now=now)


def refuse(database: Database, proposal_id: int, reason: str, actor: Actor, *, now: datetime) -> None:
    """Say no, and why. Raises Invalid("no_reason") and Conflict("already_answered")."""
    reason = reason.strip()
    if not reason:
        raise Invalid("no_reason", field="/reason")
    if len(reason) > LONGEST_WORDS:
        raise Invalid("too_long", field="/reason", longest=LONGEST_WORDS)
    if guard.find(reason):
        raise Invalid("guard_found_words", field="/reason")
    with database.writing() as session:
        proposal = _answerable(session, proposal_id, actor)
        _answer(session, proposal, ProposalState.REFUSED, reason, actor=actor, now=now)
        _audit(session, actor.account_id, "proposal.refuse", proposal, now=now)


def _check_words(words: str) -> None:
    if len(words) > LONGEST_WORDS:
        raise Invalid("too_long", field="/words", longest=LONGEST_WORDS)
    if guard.find(words):
        raise Invalid("guard_found_words", field="/words")


def _limit(session: Session, now: datetime) -> None:
    nobodys = sa.and_(PROPOSAL.c.by_account_id.is_(None), PROPOSAL.c.made_at > now - timedelta(days=1))
    count = session.scalar(sa.select(sa.func.count()).select_from(PROPOSAL).where(nobodys)) or 0
    if count >= MOST_A_DAY:
        raise Conflict("too_many_proposals")


def _answerable(session: Session, proposal_id: int, actor: Actor) -> Proposal:
    proposal = session.scalars(
        sa.select(Proposal).where(Proposal.id == proposal_id).with_for_update()
    ).one_or_none()
    if proposal is None:
        raise NotFound()
    access.require(actor, Action.EDIT, points.find(session, proposal.entry_point_id).scope)
    if proposal.state != ProposalState.OPEN:
        raise Conflict("already_answered")
    return proposal


def _answer(
    session: Session, proposal: Proposal, state: ProposalState, reason: str, *, actor: Actor, now: datetime
) -> None:
    done = session.connection().execute(
        sa.update(PROPOSAL)
        .where(PROPOSAL.c.id == proposal.id, PROPOSAL.c.state == ProposalState.OPEN.value)
        .values(state=state.value, reason=reason, answered_by=actor.account_id, answered_at=now)
    )
    if done.rowcount != 1:
        raise Conflict("already_answered")


def _audit(session: Session, by: int | None, action: str, proposal: Proposal, *, now: datetime) -> None:
    deed = audit.Deed(by, action, "entry_point", proposal.entry_point_id, facts={"proposal": proposal.id})
    audit.record(session, [deed], now=now)
