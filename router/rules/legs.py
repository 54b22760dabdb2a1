"""What the legs of an Inquiry say together: its state, who may read what, and whether it is being sent around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from router.rules.terms import InquiryState, LegState

# A question that has been sent on so often is nobody's, and somebody must say whose it is.
MOST_HOPS = 2
LIVE = frozenset(LegState) - {LegState.FORWARDED}
DONE = frozenset({LegState.ANSWERED, LegState.CLOSED})


class Link(Protocol):
    """A leg as these rules see it."""

    id: int
    follows_id: int | None
    mailbox_id: str
    state: str
    left_at: datetime | None


def state_of(states: Sequence[str]) -> InquiryState:
    """The state of an Inquiry by those of its legs: answered or closed only when every receiver is.

    A leg that another one follows counts no more; one that was handed back waits.
    """
    live = [one for one in states if one in LIVE]
    if all(one == LegState.CLOSED for one in live):
        return InquiryState.CLOSED
    if all(one in DONE for one in live):
        return InquiryState.ANSWERED
    begun = any(one in DONE or one == LegState.CLAIMED for one in live)
    return InquiryState.CLAIMED if begun else InquiryState.SENT


def roots(legs: Sequence[Link]) -> Mapping[int, int]:
    """For each leg the one that the asker chose: legs with the same root carry the same question one after another."""
    follows = {one.id: one.follows_id for one in legs}
    found: dict[int, int] = {}
    for one in legs:
        root = one.id
        while (before := follows.get(root)) is not None:
            root = before
        found[one.id] = root
    return found


def passed(legs: Sequence[Link], leg_id: int) -> tuple[str, ...]:
    """The mailboxes a question has been in on its way to this leg, the first one first, this one last."""
    by_id = {one.id: one for one in legs}
    way: list[str] = []
    at: int | None = leg_id
    while at is not None and at in by_id:
        way.insert(0, by_id[at].mailbox_id)
        at = by_id[at].follows_id
    return tuple(way)


def goes_round(way: Sequence[str], to: str) -> str:
    """Why a question may not be sent on from the last of these mailboxes by itself; empty when it may."""
    if to in way:
        return "leg.been_there"
    return "leg.too_many" if len(way) > MOST_HOPS else ""


def readers(
    legs: Sequence[Link], *, of_leg: int | None, kind: str, at: datetime, is_shared: bool
) -> frozenset[str]:
    """The mailboxes that may read something written (`kind` of a Message) or an event of a leg.

    Every receiver reads the question. Else a mailbox reads what belongs to its own leg, to those the question
    came by and to those it went on to until it left; answers of other receivers only when the asker has shared
    them. What belongs to no leg is for all who still have the question.
    """
    if kind == "question":
        return frozenset(one.mailbox_id for one in legs)
    root = roots(legs)
    found = set()
    for one in legs:
        is_there = one.left_at is None or at <= one.left_at
        own = of_leg is None or root[one.id] == root.get(of_leg)
        shared = is_shared and kind == "answer" and one.left_at is None
        if (own and is_there) or shared:
            found.add(one.mailbox_id)
    return frozenset(found)
