"""Which promises go on when two inquiries about the same thing become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from config.errors import Conflict, Invalid
from router.rules.pausing import Span
from router.rules.terms import DeadlineKind, InquiryState

# What is owed as one: an answer, whether it is the first or a later one.
ANSWER = frozenset({DeadlineKind.RESPOND, DeadlineKind.RESPOND_AGAIN})
OWED = (ANSWER, frozenset({DeadlineKind.MEETING}))


def examine(*, is_same: bool, units: Iterable[str], mailboxes: Iterable[str], states: Iterable[str]) -> None:
    """Say why two inquiries cannot become one.

    Only from the same unit to the same mailbox: nobody may read more for it than they did. Raises Invalid or Conflict.
    """
    if is_same or len(set(units)) > 1 or len(set(mailboxes)) > 1:
        raise Invalid("not_to_be_joined", field="/into")
    if InquiryState.CLOSED in set(states):
        raise Conflict("is_closed")


def together(one: Iterable[Span], other: Iterable[Span]) -> tuple[Span, ...]:
    """The pauses of two promises as those of one: in order, and none begins before the one before it has ended."""
    found: list[Span] = []
    for span in sorted((*one, *other), key=lambda span: (span.from_at, span.to_at)):
        begins = max(span.from_at, found[-1].to_at) if found else span.from_at
        if begins < span.to_at:
            found.append(replace(span, from_at=begins))
    return tuple(found)
