"""A dry run of another term or calendar: which promises of the past would have been broken by it, and which not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config import words
from directory.rules.agreements import Term
from router.rules import pausing
from router.rules.calendars import Calendar, NeverOpen
from router.rules.deadlines import Moves
from router.rules.pausing import Extended, Span

COLUMNS = ("Ärende", "Brevlåda", "Löfte", "Kom", "Gällde till", "Skulle gälla till", "Avslutades", "Följd")
# A cell that begins so would be run as a formula by the spreadsheet of whoever opens the file.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Verdict(StrEnum):
    """What a change makes of one promise."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    BROKEN = "broken"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Lived:
    """A promise as it was counted and as it went. `stopped_at` None: it is still open."""

    deadline_id: int
    reference: str
    mailbox_id: str
    kind: str
    term: Term
    start_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    breached: bool
    spans: tuple[Span, ...] = ()
    moves: Moves = Moves.EARLIER
    extended: Extended | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What would be otherwise; None is as it was."""

    term: Term | None = None
    moves: Moves | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A promise, when it would have been due (None: never), and what that makes of it."""

    lived: Lived
    due_at: datetime | None
    verdict: Verdict


def compare(lived: Lived, change: Change, calendar: Calendar, *, now: datetime) -> Compared:
    """Count one promise again by the change, with its pauses and extension, and judge it by when it was stopped.

    What was found broken stays so in the comparison's "before": a stored breach is a fact.
    """
    try:
        due_at: datetime | None = pausing.due(
            lived.start_at,
            change.term or lived.term,
            calendar,
            spans=lived.spans,
            moves=change.moves or lived.moves,
            extended=lived.extended,
        ).at
    except NeverOpen:
        due_at = None
    ended_at = lived.stopped_at or now
    before = lived.breached or ended_at > lived.due_at
    after = due_at is not None and ended_at > due_at
    verdicts = {
        (False, False): Verdict.KEPT,
        (False, True): Verdict.APPEARS,
        (True, False): Verdict.VANISHES,
        (True, True): Verdict.BROKEN,
    }
    return Compared(lived, due_at, verdicts[before, after])


def as_csv(compared: Iterable[Compared], names: Mapping[str, str]) -> str:
    """Promises one a line, as spreadsheet programs in Sweden read them; `names` are those of the mailboxes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in compared:
        cells = (
            one.lived.reference,
            names.get(one.lived.mailbox_id, one.lived.mailbox_id),
            words.label("deadline_kind", one.lived.kind),
            words.rfc3339(one.lived.start_at) or "",
            words.rfc3339(one.lived.due_at) or "",
            words.rfc3339(one.due_at) or "",
            words.rfc3339(one.lived.stopped_at) or "",
            words.label("verdict", one.verdict),
        )
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return text.getvalue()
