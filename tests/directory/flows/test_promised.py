"""What a list says is promised is what asking would promise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from config.database import Database
from directory.flows import lookup
from directory.flows.promised import promised
from directory.rules.found import Item
from tests.support.cast import Cast
from tests.support.statements import statements

TODAY = date(2026, 11, 23)


def found(database: Database, from_party: str) -> Sequence[Item]:
    wanted = lookup.Wanted(from_party=from_party, limit=50)
    return lookup.search(database, wanted, today=TODAY).items


@pytest.mark.parametrize("from_party", ["fk", "af", "kommun-1493", "municipality"])
def test_a_list_promises_what_each_way_in_promises_on_its_own_page(
    database: Database, cast: Cast, from_party: str
) -> None:
    items = found(database, from_party)
    listed = promised(database, items, from_party, area="1493", on=TODAY)
    assert items
    for item in items:
        view = lookup.entry(database, item.id, from_party=from_party, area="1493", today=TODAY)
        if "case" in view.inquiry_kinds:
            assert listed.get(item.id) == (view.agreement.candidate if view.agreement else None), item.id


def test_nothing_is_promised_to_nobody_or_to_the_unknown(database: Database, cast: Cast) -> None:
    items = found(database, "")
    assert promised(database, items, "", on=TODAY) == {}
    assert promised(database, items, "nobody", on=TODAY) == {}
    assert promised(database, (), "fk", on=TODAY) == {}


def test_a_long_list_costs_no_more_than_a_short_one(database: Database, cast: Cast) -> None:
    items = found(database, "fk")
    with statements(database) as seen:
        promised(database, items, "fk", on=TODAY)
    assert len(seen) <= 2
