"""The verdict over a contact path."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from config import words
from directory.rules import paths
from directory.rules.doubting import Cause
from directory.rules.paths import Evidence, PathStatus, Trouble

TODAY = date(2026, 11, 26)
GOOD = Evidence("af-14-ingang", True, True, 4, TODAY - timedelta(days=365), False)
SWITCHBOARD = Evidence("kommun-1493-vaxel", True, True, 4, TODAY, True)


def judged(*evidence: Evidence) -> tuple[PathStatus, str]:
    verdict = paths.judge(evidence, today=TODAY)
    return verdict.status, verdict.because.code


@pytest.mark.parametrize(
    ("evidence", "status", "code"),
    [
        (GOOD, PathStatus.STRUCTURED, "path.structured"),
        (replace(GOOD, keepers=2), PathStatus.STRUCTURED, "path.structured"),
        (replace(GOOD, verified_on=TODAY - timedelta(days=366)), PathStatus.PARTIAL, "path.too_old"),
        (replace(GOOD, verified_on=None), PathStatus.PARTIAL, "path.unverified"),
        (replace(GOOD, has_mailbox=False), PathStatus.PARTIAL, "path.no_mailbox"),
        (replace(GOOD, keepers=None), PathStatus.PARTIAL, "path.keepers_unknown"),
        (replace(GOOD, keepers=1), PathStatus.PERSON_BOUND, "path.person_bound"),
        (replace(GOOD, keepers=0), PathStatus.PERSON_BOUND, "path.person_bound"),
        (replace(GOOD, usable=False), PathStatus.MISSING, "path.not_allowed"),
        (SWITCHBOARD, PathStatus.MISSING, "path.only_switchboard"),
    ],
)
def test_one_way_in_is_judged_by_what_it_lacks(evidence: Evidence, status: PathStatus, code: str) -> None:
    assert judged(evidence) == (status, code)


def test_no_way_in_is_missing() -> None:
    assert judged() == (PathStatus.MISSING, "path.nothing")


def test_a_switchboard_neither_helps_nor_harms_beside_a_way_in() -> None:
    assert judged(SWITCHBOARD, GOOD)[0] is PathStatus.STRUCTURED
    assert judged(SWITCHBOARD, replace(GOOD, keepers=1))[0] is PathStatus.PERSON_BOUND


def test_the_best_way_in_decides_whatever_the_order() -> None:
    alone = replace(GOOD, entry_point_id="alone", keepers=1)
    old = replace(GOOD, entry_point_id="old", verified_on=date(2020, 1, 1))
    phone = replace(GOOD, entry_point_id="phone", has_mailbox=False)
    for order in permutations((alone, old, phone)):
        verdict = paths.judge(order, today=TODAY)
        assert verdict.status is PathStatus.PARTIAL
        assert verdict.because.facts["entry_point"] == "old"
    for order in permutations((alone, old, phone, GOOD)):
        assert paths.judge(order, today=TODAY).because.facts["entry_point"] == GOOD.entry_point_id


def test_the_reason_names_the_way_in_and_its_facts() -> None:
    because = paths.judge([replace(GOOD, keepers=1)], today=TODAY).because
    assert because.facts == {"entry_point": "af-14-ingang", "keepers": 1, "verified_on": "2025-11-26"}


@pytest.mark.parametrize("trouble", Trouble)
def test_what_cannot_be_relied_on_is_partial_and_says_why(trouble: Trouble) -> None:
    way = replace(GOOD, trouble=trouble)
    assert judged(way) == (PathStatus.PARTIAL, f"path.{trouble.value}")
    assert f"path.{trouble.value}" in words.catalogue()["because"]
    other = replace(GOOD, entry_point_id="zz")
    assert paths.judge([way, other], today=TODAY).because.facts["entry_point"] == "zz"


@pytest.mark.parametrize("cause", Cause)
def test_what_is_in_doubt_says_what_speaks_against_it(cause: Cause) -> None:
    assert judged(replace(GOOD, doubt=cause.value, verified_on=None)) == (
        PathStatus.PARTIAL,
        f"path.{cause.value}",
    )
    # An import may say it was verified; whoever doubts it knows better.
    assert judged(replace(GOOD, doubt=cause.value)) == (PathStatus.PARTIAL, f"path.{cause.value}")
    assert f"path.{cause.value}" in words.catalogue()["because"]


@pytest.mark.parametrize(
    ("promises", "late", "breaking"), [(9, 9, False), (10, 5, False), (10, 6, True), (40, 20, False)]
)
def test_most_promises_broken_of_ten_or_more(promises: int, late: int, breaking: bool) -> None:
    assert paths.is_breaking(promises, late) is breaking
