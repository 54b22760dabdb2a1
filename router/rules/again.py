"""Which promises start when the asker writes again, opens a question again, or is written to."""

from __future__ import annotations

from collections.abc import Collection

from directory.rules.agreements import Candidate, Term
from router.rules.terms import DeadlineKind

# While one of these is open, the first message that nobody has answered is already counted from.
ANSWERING = frozenset({DeadlineKind.RESPOND, DeadlineKind.RESPOND_AGAIN})


def after_message(
    agreed: Candidate | None, open_kinds: Collection[str], *, answered: bool
) -> tuple[DeadlineKind, Term] | None:
    """What the asker's message starts, whoever at that side wrote it.

    Nothing before the question itself has been answered: its own promise holds till then. Nothing while an earlier
    message of theirs waits for an answer: later messages do not move its start.
    """
    if agreed is None or agreed.respond_again is None or not answered or ANSWERING.intersection(open_kinds):
        return None
    return DeadlineKind.RESPOND_AGAIN, agreed.respond_again


def after_reopening(
    agreed: Candidate | None, *, respond: Term | None, meeting: Term | None
) -> tuple[tuple[DeadlineKind, Term], ...]:
    """What starts when a question is opened again.

    An answer is owed by the term for answering again, else by `respond`, which was promised when it was asked; a
    meeting by the promise of it that the asker had withdrawn, if any.
    """
    wanted = (
        (DeadlineKind.RESPOND_AGAIN, agreed.respond_again if agreed and agreed.respond_again else respond),
        (DeadlineKind.MEETING, meeting),
        (DeadlineKind.INFORM, agreed.inform if agreed else None),
    )
    return tuple((kind, term) for kind, term in wanted if term is not None)
