"""What keeps ways in from being relied on, as columns of any statement that reads entry points."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from config.database import table
from directory.records.confirming import Performance
from directory.records.models import Channel, EntryPoint
from directory.rules import hours, paths
from directory.rules.paths import ENOUGH_PROMISES, Trouble
from directory.rules.terms import ChannelKind

POINT, CHANNEL, PERFORMANCE = map(table, (EntryPoint, Channel, Performance))
_HAS_PHONE = sa.exists().where(
    CHANNEL.c.entry_point_id == POINT.c.id, CHANNEL.c.kind == ChannelKind.PHONE.value
)
_IS_BREAKING = sa.and_(
    PERFORMANCE.c.promises >= ENOUGH_PROMISES, 2 * PERFORMANCE.c.late > PERFORMANCE.c.promises
)
_SAYS_NOTHING = sa.and_(POINT.c.phone_hours == "", POINT.c.date_hours == "", _HAS_PHONE)
# Few have hours of single dates, so that ways that are alike stay so.
_OWN = sa.and_(POINT.c.date_hours != "", _HAS_PHONE)

COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    sa.func.coalesce(POINT.c.doubt, "").label("doubt"),
    sa.case((_IS_BREAKING, 1), else_=0).label("is_breaking"),
    sa.case((_SAYS_NOTHING, 1), else_=0).label("says_nothing"),
    sa.case((_OWN, POINT.c.phone_hours + "\n" + POINT.c.date_hours), else_="").label("own_hours"),
)


def joined(points: sa.FromClause) -> sa.FromClause:
    """What holds the entry points, with how their mailboxes have kept their promises."""
    return points.outerjoin(PERFORMANCE, PERFORMANCE.c.mailbox_id == POINT.c.mailbox_id)


def of(row: Any, today: date) -> Trouble | None:
    """The trouble of a row that has these columns."""
    usual, _, dates = row.own_hours.partition("\n")
    return paths.trouble(
        is_breaking=bool(row.is_breaking),
        has_hours=not row.says_nothing,
        is_never_open=bool(dates) and hours.closed_for_long(usual, dates, today),
    )
