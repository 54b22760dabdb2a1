"""What one person may do with an inquiry now, as its page offers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import queries
from router.records.models import Message
from router.rules import legs as rules
from router.rules import splitting
from router.rules.meeting_shown import MeetingView
from router.rules.next_steps import StepState, StepView
from router.rules.shown import MovedView
from router.rules.terms import HeldBy, InquiryState, LegState


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an inquiry, closed or not: a promise that is open, a booked meeting, and steps to be done."""

    promise: bool
    meeting: bool
    steps: tuple[StepView, ...]

    @classmethod
    def of(cls, are_open: Iterable[bool], meeting: MeetingView | None, steps: Iterable[StepView]) -> Left:
        """`are_open`: whether each of the promises still runs."""
        booked = meeting is not None and meeting.is_booked
        return cls(any(are_open), booked, tuple(one for one in steps if one.state is StepState.OPEN))


def may(
    found: queries.Found,
    actor: Actor,
    moved: MovedView,
    messages: Sequence[Message],
    *,
    at_desk: bool,
    left: Left,
) -> frozenset[Action]:
    """What the person may do now: the policy's yes, narrowed by the state, so that no button leads to a refusal."""
    leg = found.leg
    is_closed = found.inquiry.state == InquiryState.CLOSED
    has_left = at_desk and leg.left_at is not None
    is_held = any(one.state == LegState.HANDED_BACK for one in found.legs)
    goes = leg.state in (LegState.WAITING, LegState.CLAIMED) and not any(one.is_own for one in left.steps)
    settled = not any(one.held_by == HeldBy.ADMINISTRATOR for one in found.legs)
    possible = {
        Action.CLAIM: leg.state == LegState.WAITING,
        Action.RELEASE: leg.state == LegState.CLAIMED,
        Action.ANSWER: not is_closed and not has_left,
        Action.FOLLOW_UP: not is_closed and not at_desk,
        Action.NOTE: leg.state in rules.LIVE,
        # What is booked can be moved or called off until its day, whoever has closed the question before it.
        Action.MEET: (not is_closed or left.promise or left.meeting) and not has_left,
        Action.FORWARD: goes,
        Action.HAND_BACK: goes,
        Action.INVITE: not is_closed,
        Action.SHARE: len(found.live) > 1 and found.inquiry.answers_shared_at is None,
        Action.REDIRECT: is_held and (settled or access.may(actor, Action.SETTLE, found.scope)),
        Action.PAUSE: at_desk and (moved.can_pause or moved.can_resume),
        Action.EXTEND: at_desk and bool(moved.extendable),
        Action.AGREE: bool(moved.proposals),
        Action.REOPEN: found.inquiry.state in (InquiryState.ANSWERED, InquiryState.CLOSED)
        and moved.went_on_in is None,
        Action.JOIN: at_desk and not is_closed and not has_left and len(found.live) == 1 and not left.steps,
        Action.SPLIT: not is_closed
        and bool(splitting.movable(messages, leg_id=leg.id, states=[one.state for one in found.live])),
        Action.CLOSE: leg.state == LegState.ANSWERED
        if at_desk
        else (not is_closed or left.promise or bool(left.steps)),
    }
    return frozenset(
        action
        for action, is_possible in possible.items()
        if is_possible and access.may(actor, action, found.scope)
    )
