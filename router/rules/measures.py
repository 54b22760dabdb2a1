"""How long something took, in the units people compare promises by."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from router.rules.calendars import DEFAULT, Calendar, local_date
from router.rules.pausing import Span

LONGEST = 60
# Below this many outcomes a percentage says more about chance than about the mailbox.
FEWEST = 10


def working_days_used(start: datetime, stopped: datetime, calendar: Calendar = DEFAULT) -> int:
    """Working days between the day of arrival and the day of the answer: 0 on the same day, at most 60.

    By the common calendar wherever it is asked for: answer times of all mailboxes are added up and compared, so a day
    must be one day for all. Whether a promise was kept is said by its own calendar, never by this.
    """
    day, last = local_date(start), local_date(stopped)
    used = 0
    while day < last and used < LONGEST:
        day += timedelta(days=1)
        used += calendar.is_open_day(day)
    return used


def working_days_running(
    start: datetime, stopped: datetime, spans: Sequence[Span], calendar: Calendar = DEFAULT
) -> int:
    """The same without the days that closed while the clock stood still: net time beside gross."""
    day, last = local_date(start), local_date(stopped)
    used = passed = 0
    while day < last and passed < LONGEST:
        day += timedelta(days=1)
        if calendar.is_open_day(day):
            passed += 1
            closes_at = min(calendar.last_close(day), stopped)
            used += not any(one.from_at <= closes_at < one.to_at for one in spans)
    return used


def net_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """The buckets of answers as they are when the days are left out on which an answer stood still."""
    net = dict(counts)
    for measure, n in counts.items():
        if measure.startswith("answer_net_days."):
            _, gross, running = measure.split(".")
            for bucket, more in ((gross, -n), (running, n)):
                name = f"answer_days.{bucket}"
                net[name] = net.get(name, 0) + more
    return net


def median_days(counts: Mapping[str, int]) -> float | None:
    """The median working days to an answer, from its buckets; None under ten answers."""
    buckets = sorted(
        (int(measure.removeprefix("answer_days.")), n)
        for measure, n in counts.items()
        if measure.startswith("answer_days.") and n > 0
    )
    total = sum(n for _, n in buckets)
    if total < FEWEST:
        return None
    middle = ((total - 1) // 2, total // 2)
    seen, at = 0, []
    for days, n in buckets:
        at += [days for place in middle if seen <= place < seen + n]
        seen += n
    return sum(at) / 2
