"""What makes a way in unverified before its year has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

# One hand-back is a mistake of who asked; three in a quarter say that the way in leads astray.
ENOUGH_HAND_BACKS = 3
COUNTED = timedelta(days=90)


class Cause(StrEnum):
    """What speaks against a way in."""

    # A server refuses letters to its mailbox for good.
    BOUNCED = "bounced"
    # An automatic answer says that whoever watched the mailbox has left.
    HAS_QUIT = "has_quit"
    # An automatic answer says that somebody is away: the mailbox is one person's, and no function's.
    PERSONAL = "personal"
    # What came was handed back as not theirs.
    HANDED_BACK = "handed_back"


def decides(cause: Cause, earlier: Sequence[datetime], now: datetime) -> bool:
    """Whether this once more is enough, with how often the same happened before."""
    if cause is not Cause.HANDED_BACK:
        return True
    return 1 + sum(1 for at in earlier if now - at < COUNTED) >= ENOUGH_HAND_BACKS
