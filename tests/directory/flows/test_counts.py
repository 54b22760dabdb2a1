"""How many there are of each kind: the number beside a choice is the number one gets by choosing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from config.database import Database
from config.errors import Invalid
from directory.flows import lookup
from directory.flows.lookup import Counts, Found, Wanted
from tests.support.cast import Cast

TODAY = date(2026, 11, 23)


def search(database: Database, wanted: Wanted) -> tuple[Found, Counts]:
    found = lookup.search(database, wanted, today=TODAY, counted=True)
    assert found.counts is not None
    return found, found.counts


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(from_party="fk", area="1493"),
        Wanted(from_party="af"),
        Wanted(text="rehab", from_party="fk"),
        Wanted(text="rehab rymdfart", from_party="fk"),
        Wanted(text="mariestad rehabkoordinator", from_party="fk", party_kinds=("region",)),
        Wanted(from_party="fk", party_kinds=("region", "municipality"), kind="case"),
        Wanted(entry_kinds=("functional_mailbox",)),
    ],
)
def test_choosing_gives_as_many_as_was_said(database: Database, cast: Cast, wanted: Wanted) -> None:
    _, counts = search(database, wanted)
    for kind, n in counts.party_kinds.items():
        assert search(database, replace(wanted, party_kinds=(kind,)))[0].total == n, kind
    for kind, n in counts.entry_kinds.items():
        assert search(database, replace(wanted, entry_kinds=(kind,)))[0].total == n, kind
    for kind, n in counts.kinds.items():
        assert search(database, replace(wanted, kind=kind))[0].total == n, kind


def test_several_kinds_of_one_sort_are_added(database: Database, cast: Cast) -> None:
    everything = Wanted(from_party="fk", area="1493")
    _, counts = search(database, everything)
    both = replace(everything, party_kinds=("region", "municipality"))
    assert (
        search(database, both)[0].total == counts.party_kinds["region"] + counts.party_kinds["municipality"]
    )


def test_a_search_that_nobody_narrows_counts_nothing(database: Database, cast: Cast) -> None:
    assert lookup.search(database, Wanted(from_party="fk"), today=TODAY).counts is None


@pytest.mark.parametrize(
    "wanted", [Wanted(party_kinds=("circus",)), Wanted(entry_kinds=("trapdoor",)), Wanted(kind="riddle")]
)
def test_a_kind_that_does_not_exist_is_refused(database: Database, cast: Cast, wanted: Wanted) -> None:
    with pytest.raises(Invalid):
        search(database, wanted)
