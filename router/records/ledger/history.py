"""Does each inquiry have one history without a gap, and do its rows say what the history says?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from directory.records.models import Agreement
from router.records.ledger.questions import (
    AUDIT,
    EVENT,
    INQUIRY,
    LEG,
    MESSAGE,
    NOTE,
    Question,
    disagree,
    of_inquiry,
    unbalanced,
    words,
)
from router.rules.terms import MOVES, EventKind, InquiryState, LegState

# The time of an act is read before it waits for its turn, so two that come at once may be numbered the other way.
TOLERANCE = timedelta(minutes=1)

DONE = (LegState.ANSWERED.value, LegState.CLOSED.value)
# Events after which an inquiry is in one state only.
LEADS_TO = {
    EventKind.ASKED.value: InquiryState.SENT.value,
    EventKind.CLAIMED.value: InquiryState.CLAIMED.value,
    EventKind.RELEASED.value: InquiryState.SENT.value,
    EventKind.ANSWERED.value: InquiryState.ANSWERED.value,
    EventKind.CLOSED.value: InquiryState.CLOSED.value,
    EventKind.JOINED.value: InquiryState.CLOSED.value,
    EventKind.FORWARDED.value: InquiryState.SENT.value,
    EventKind.HANDED_BACK.value: InquiryState.SENT.value,
}
TEXTS = {
    "question": EventKind.ASKED.value,
    "answer": EventKind.ANSWERED.value,
    "follow_up": EventKind.FOLLOWED_UP.value,
    "explanation": EventKind.EXPLAINED.value,
    "reopening": EventKind.REOPENED.value,
    "minutes": EventKind.MINUTED.value,
}
ACTS = {
    EventKind.ASKED.value: "inquiry.ask",
    EventKind.CLAIMED.value: "inquiry.claim",
    EventKind.RELEASED.value: "inquiry.release",
    EventKind.ANSWERED.value: "inquiry.answer",
    EventKind.FOLLOWED_UP.value: "inquiry.follow_up",
    EventKind.NOTED.value: "inquiry.note",
    EventKind.MEETING_BOOKED.value: "meeting.book",
    EventKind.MEETING_CANCELLED.value: "meeting.cancel",
    EventKind.MEETING_PROPOSED.value: "meeting.propose",
    EventKind.PROPOSAL_WITHDRAWN.value: "meeting.withdraw",
    EventKind.MEETING_MOVED.value: "meeting.move",
    EventKind.MEETING_CHANGED.value: "meeting.change",
    EventKind.TIMES_CHANGED.value: "meeting.times",
    EventKind.LINK_RENEWED.value: "meeting.renew_link",
    EventKind.MEETING_ENDED.value: "meeting.end",
    EventKind.STEP_AGREED.value: "meeting.agree_step",
    EventKind.STEP_DONE.value: "meeting.step_done",
    EventKind.PUT_ON_AGENDA.value: "forum.put",
    EventKind.TAKEN_OFF_AGENDA.value: "forum.take_off",
    EventKind.AGENDA_TAKEN.value: "forum.settle",
    EventKind.CLOSED.value: "inquiry.close",
    EventKind.RECOUNTED.value: "deadline.recount",
    EventKind.FORWARDED.value: "inquiry.forward",
    EventKind.HANDED_BACK.value: "inquiry.hand_back",
    EventKind.SHARED.value: "inquiry.share",
    EventKind.INVITED.value: "inquiry.invite",
    EventKind.PAUSED.value: "inquiry.pause",
    EventKind.EXTENSION_PROPOSED.value: "inquiry.extend",
    EventKind.EXTENSION_AGREED.value: "inquiry.agree",
    EventKind.EXTENSION_REFUSED.value: "inquiry.agree",
    EventKind.REOPENED.value: "inquiry.reopen",
    EventKind.CAUSE_GIVEN.value: "breach.cause",
    EventKind.JOINED.value: "inquiry.join",
    EventKind.TOOK_OVER.value: "inquiry.join",
    EventKind.SPLIT.value: "inquiry.split",
    EventKind.SPLIT_FROM.value: "inquiry.split",
}


def questions() -> tuple[Question, ...]:
    """Everything that is asked of histories and of what must follow them."""
    return (*_numbering(), *_moves(), *_legs(), *_contents())


def _numbering() -> tuple[Question, ...]:
    numbers = (
        sa.select(
            EVENT.c.inquiry_id,
            sa.func.count().label("n"),
            sa.func.min(EVENT.c.seq).label("first"),
            sa.func.max(EVENT.c.seq).label("last"),
        )
        .group_by(EVENT.c.inquiry_id)
        .subquery()
    )
    counted = sa.func.coalesce(numbers.c.n, 0)
    joined = of_inquiry(counted.label("events"), INQUIRY.c.version).outerjoin(
        numbers, numbers.c.inquiry_id == INQUIRY.c.id
    )
    last = (
        of_inquiry(INQUIRY.c.state, EVENT.c.state.label("after"))
        .join(numbers, numbers.c.inquiry_id == INQUIRY.c.id)
        .join(EVENT, sa.and_(EVENT.c.inquiry_id == INQUIRY.c.id, EVENT.c.seq == numbers.c.last))
    )
    is_gap = sa.or_(numbers.c.n.is_(None), numbers.c.first != 1, numbers.c.last != numbers.c.n)
    return (
        Question("history_gap", joined.where(is_gap)),
        Question("version_wrong", joined.where(counted != INQUIRY.c.version)),
        Question("state_wrong", last.where(EVENT.c.state != INQUIRY.c.state)),
    )


def _moves() -> tuple[Question, ...]:
    def before(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        return sa.func.lag(column, type_=column.type).over(
            partition_by=EVENT.c.inquiry_id, order_by=EVENT.c.seq
        )

    step = sa.select(
        EVENT.c.inquiry_id,
        EVENT.c.seq,
        EVENT.c.kind,
        EVENT.c.state,
        EVENT.c.at,
        before(EVENT.c.state).label("before"),
        before(EVENT.c.at).label("since"),
    ).subquery()
    steps = of_inquiry(step.c.seq, step.c.before, step.c.state, step.c.kind).join(
        step, step.c.inquiry_id == INQUIRY.c.id
    )
    allowed = [(str(one), str(other)) for one, others in MOVES[InquiryState].items() for other in others]
    # Nothing leaves closed by itself: the asker has to open it again.
    opened = sa.and_(step.c.before == InquiryState.CLOSED.value, step.c.kind != EventKind.REOPENED.value)
    is_forbidden = sa.and_(
        step.c.before != step.c.state,
        sa.or_(sa.tuple_(step.c.before, step.c.state).not_in(allowed), opened),
    )
    is_start = disagree(step.c.seq == 1, step.c.kind == EventKind.ASKED.value)
    # With several receivers one of them alone does not decide the state of the whole.
    several = sa.exists().where(
        LEG.c.inquiry_id == step.c.inquiry_id,
        LEG.c.follows_id.is_(None),
        LEG.c.id != _first_leg(LEG.c.inquiry_id),
    )
    leads_elsewhere = sa.and_(
        step.c.kind.in_(LEADS_TO), step.c.state != words(step.c.kind, LEADS_TO), sa.not_(several)
    )
    in_time = of_inquiry(step.c.seq, step.c.at, step.c.since).join(step, step.c.inquiry_id == INQUIRY.c.id)
    return (
        Question("move_forbidden", steps.where(is_forbidden)),
        Question("history_start", steps.where(is_start)),
        Question("event_state", steps.where(leads_elsewhere)),
        Question(
            "history_order",
            in_time.where(step.c.at < step.c.since),
            is_wrong=lambda row: row.since - row.at > TOLERANCE,
        ),
    )


def _legs() -> tuple[Question, ...]:
    leg = of_inquiry(INQUIRY.c.state, LEG.c.state.label("leg")).join(LEG, LEG.c.inquiry_id == INQUIRY.c.id)
    said = _said_by_legs()
    stands = of_inquiry(INQUIRY.c.state, said.c.state.label("leg")).join(
        said, said.c.inquiry_id == INQUIRY.c.id
    )
    has_leg = sa.exists().where(LEG.c.inquiry_id == INQUIRY.c.id)
    held = sa.or_(
        sa.and_(LEG.c.state == LegState.WAITING.value, LEG.c.claimed_by.is_not(None)),
        sa.and_(
            LEG.c.state.in_((LegState.CLAIMED.value, LegState.ANSWERED.value)), LEG.c.claimed_by.is_(None)
        ),
        disagree(LEG.c.claimed_by.is_(None), LEG.c.claimed_at.is_(None)),
    )
    is_closed = INQUIRY.c.state == InquiryState.CLOSED.value
    agreement = sa.exists().where(
        Agreement.id == INQUIRY.c.agreement_id, Agreement.version == INQUIRY.c.agreement_version
    )
    return (
        Question("leg_missing", of_inquiry().where(sa.not_(has_leg))),
        Question("leg_state", stands.where(INQUIRY.c.state != said.c.state)),
        Question("leg_followed", leg.where(_badly_followed())),
        Question("holder_wrong", leg.where(held)),
        Question(
            "closed_at_wrong",
            of_inquiry(INQUIRY.c.state).where(disagree(is_closed, INQUIRY.c.closed_at.is_not(None))),
        ),
        Question(
            "agreement_missing",
            of_inquiry(INQUIRY.c.agreement_id, INQUIRY.c.agreement_version).where(
                INQUIRY.c.agreement_id.is_not(None), sa.not_(agreement)
            ),
        ),
    )


def _first_leg(inquiry_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    first = LEG.alias("first")
    return sa.select(sa.func.min(first.c.id)).where(first.c.inquiry_id == inquiry_id).scalar_subquery()


def _said_by_legs() -> sa.Subquery:
    """The state that the legs of each inquiry add up to, as router/rules/legs.py says."""

    def such(*states: str) -> sa.ColumnElement[Any]:
        return sa.func.count().filter(LEG.c.state.in_(states))

    every = sa.func.count()
    state = sa.case(
        (such(LegState.CLOSED.value) == every, InquiryState.CLOSED.value),
        (such(*DONE) == every, InquiryState.ANSWERED.value),
        (such(LegState.CLAIMED.value, *DONE) > 0, InquiryState.CLAIMED.value),
        else_=InquiryState.SENT.value,
    )
    live = LEG.c.state != LegState.FORWARDED.value
    return sa.select(LEG.c.inquiry_id, state.label("state")).where(live).group_by(LEG.c.inquiry_id).subquery()


def _badly_followed() -> sa.ColumnElement[bool]:
    """A leg was left without another one going on from it, or goes on from one that was not left."""
    after = LEG.alias("after")
    followers = (
        sa.select(sa.func.count())
        .where(after.c.follows_id == LEG.c.id, after.c.inquiry_id == LEG.c.inquiry_id)
        .scalar_subquery()
    )
    is_left = LEG.c.state == LegState.FORWARDED.value
    is_held = LEG.c.state == LegState.HANDED_BACK.value
    is_closed = LEG.c.state == LegState.CLOSED.value
    return sa.or_(
        sa.and_(is_left, followers != 1),
        sa.and_(sa.not_(is_left), followers != 0),
        # The asker may close what was handed back; when it was left is still known then.
        sa.and_(sa.or_(is_left, is_held), LEG.c.left_at.is_(None)),
        sa.and_(sa.not_(sa.or_(is_left, is_held, is_closed)), LEG.c.left_at.is_not(None)),
        disagree(is_held, LEG.c.held_by.is_not(None)),
    )


def _contents() -> tuple[Question, ...]:
    kinds = (*TEXTS.values(), EventKind.NOTED.value)
    texts = unbalanced(
        [
            sa.select(MESSAGE.c.inquiry_id, words(MESSAGE.c.kind, TEXTS)),
            sa.select(NOTE.c.inquiry_id, sa.literal(EventKind.NOTED.value)),
            # Moved away with the words it told of; where it went, it is the question.
            sa.select(EVENT.c.inquiry_id, sa.literal(EventKind.FOLLOWED_UP.value)).where(
                EVENT.c.kind == EventKind.SPLIT.value
            ),
        ],
        [_events(kinds)],
    )
    deed = sa.and_(
        AUDIT.c.object_kind == "inquiry",
        AUDIT.c.object_id == INQUIRY.c.reference,
        AUDIT.c.action == words(EVENT.c.kind, ACTS),
    )
    before = EVENT.alias("before")
    # After a clock that was ahead an event stands beside the one before it; its deed tells the clock.
    put_beside = sa.exists().where(
        before.c.inquiry_id == EVENT.c.inquiry_id,
        before.c.seq == EVENT.c.seq - 1,
        before.c.at == EVENT.c.at,
    )
    audited = sa.or_(
        sa.exists().where(deed, AUDIT.c.at == EVENT.c.at),
        sa.and_(put_beside, sa.exists().where(deed, AUDIT.c.at < EVENT.c.at)),
    )
    unaudited = (
        of_inquiry(EVENT.c.seq, EVENT.c.kind)
        .join(EVENT, EVENT.c.inquiry_id == INQUIRY.c.id)
        .where(EVENT.c.kind.in_(ACTS), sa.not_(audited))
    )
    return (
        Question("texts_wrong", texts),
        Question("audit_missing", unaudited),
    )


def _events(kinds: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(EVENT.c.inquiry_id, EVENT.c.kind).where(EVENT.c.kind.in_(kinds))
