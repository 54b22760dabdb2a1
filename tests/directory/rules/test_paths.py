"""The verdict over a contact path."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from directory.rules import paths
from directory.rules.paths import Evidence, PathStatus

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
