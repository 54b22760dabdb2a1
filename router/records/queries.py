"""Questions to the router's tables that several flows ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from directory.records.accounts import Account
from directory.rules.access import Actor, Scope
from directory.rules.terms import Role
from router.records import references
from router.records.models import Inquiry, Leg
from router.rules import legs as leg_rules
from router.rules.terms import InquiryState, LegState


@dataclass(frozen=True, slots=True)
class Found:
    """An inquiry with all its legs, the one that the person acts on, and what a question of access is about."""

    inquiry: Inquiry
    leg: Leg
    legs: tuple[Leg, ...]
    scope: Scope

    @property
    def state(self) -> InquiryState:
        """The state of the inquiry as its legs stand now."""
        return leg_rules.state_of([one.state for one in self.legs])

    @property
    def live(self) -> tuple[Leg, ...]:
        """The legs that nobody has taken over from."""
        return tuple(one for one in self.legs if one.state in leg_rules.LIVE)


def find(session: Session, reference: str, actor: Actor | None = None, *, for_change: bool = False) -> Found:
    """The inquiry with a reference, and of its legs the one that is the actor's.

    For a change its row is locked (PostgreSQL; SQLite's transaction holds the only write lock already), so that two
    who act at once come one after the other. Raises NotFound, and for a change Conflict("moved_on") when the
    question has left the actor's mailbox.
    """
    statement = (
        sa.select(Inquiry, Leg)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Inquiry.reference == references.read(reference))
        .order_by(Leg.id)
    )
    if for_change:
        statement = statement.with_for_update()
    rows = session.execute(statement).all()
    if not rows:
        raise NotFound()
    inquiry, legs = rows[0][0], tuple(row[1] for row in rows)
    leg = _own(legs, actor, inquiry.from_unit_id)
    if for_change and leg.state not in leg_rules.LIVE:
        raise Conflict("moved_on")
    return Found(inquiry, leg, legs, scope_of(inquiry, leg))


def _own(legs: Sequence[Leg], actor: Actor | None, unit_id: str) -> Leg:
    """The leg that a person acts on: in a mailbox they work, else of a party they administer, else any that lives.

    Of several the one that is still to be answered comes first; one that has gone on only when there is no other.
    """
    mailboxes = frozenset(actor.mailbox_ids) if actor else frozenset[str]()
    parties = frozenset(actor.party_ids) if actor else frozenset[str]()
    if actor and actor.holds(Role.CASEWORKER, (unit_id,)):
        # Whoever asked acts for the asking side on what still goes on, also when it has been in a mailbox of theirs.
        legs = [one for one in legs if one.state in leg_rules.LIVE] or legs

    def far(leg: Leg) -> tuple[bool, bool, bool, bool]:
        is_live = leg.state in leg_rules.LIVE
        is_done = leg.state in leg_rules.DONE or leg.state == LegState.HANDED_BACK
        return leg.mailbox_id not in mailboxes, not is_live, leg.party_id not in parties, is_done

    return min(legs, key=far)


def scope_of(inquiry: Inquiry, *legs: Leg) -> Scope:
    """What access to these legs of an inquiry is judged by."""
    return Scope(
        unit_id=inquiry.from_unit_id,
        mailbox_ids=frozenset(leg.mailbox_id for leg in legs),
        party_ids=frozenset({inquiry.from_party_id, *(leg.party_id for leg in legs)}),
    )


def names(session: Session, account_ids: Iterable[int | None]) -> dict[int, str]:
    """Display names: first name and initial, as the function stands before the person."""
    wanted = {one for one in account_ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: short_name(row.name) for row in rows}


def short_name(name: str) -> str:
    """`Alva Ek` as `Alva E.`"""
    first, *rest = name.split()
    return f"{first} {rest[-1][0]}." if rest else first
