"""Spans during which the clock of a promise stands still."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Pause:
    """From a moment up to, but not including, another; one that is still open carries its cap as its end."""

    from_at: datetime
    to_at: datetime

    def __post_init__(self) -> None:
        if self.from_at.tzinfo is None or self.to_at.tzinfo is None:
            raise ValueError(f"the pause {self.from_at}/{self.to_at} needs an offset at both ends")
        if self.to_at < self.from_at:
            raise ValueError(f"the pause {self.from_at}/{self.to_at} ends before it begins")


def merged(pauses: Iterable[Pause], *, after: datetime) -> tuple[Span, ...]:
    """What stands still from a moment on, in UTC: in order, overlaps joined, without the empty ones."""
    found: list[Span] = []
    for begins, ends in sorted((one.from_at.astimezone(UTC), one.to_at.astimezone(UTC)) for one in pauses):
        if begins == ends or ends <= after:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((begins, ends))
    return tuple(found)


def until(spans: Sequence[Span], at: datetime) -> datetime | None:
    """When the pause that holds at a moment ends, or None while the clock runs."""
    for begins, ends in spans:
        if begins <= at < ends:
            return ends
    return None


def parts(spans: Sequence[Span], begins: datetime, ends: datetime) -> list[tuple[datetime, datetime, bool]]:
    """A stretch cut where pauses begin and end: from, to, and whether the clock runs."""
    found = []
    for stops, starts in spans:
        if starts <= begins or stops >= ends:
            continue
        if stops > begins:
            found.append((begins, stops, True))
        found.append((max(begins, stops), min(ends, starts), False))
        begins = min(ends, starts)
    if begins < ends:
        found.append((begins, ends, True))
    return found
