"""Where two agreements hold at once."""

from dataclasses import replace
from datetime import date

from directory.rules import overlaps
from directory.rules.agreements import Candidate
from tests.directory.rules.test_agreements import DEFAULT, ON, PAIR, SIP, SKARABORG

KINDS = {"fk": "agency", "af": "agency", "kommun-1493": "municipality", "region-14": "region"}


def found(*candidates: Candidate) -> list[tuple[str, str, str]]:
    return [(one.holds.id, one.other.id, one.decided) for one in overlaps.overlaps(candidates, KINDS, on=ON)]


def test_an_agreement_of_a_pair_wins_over_one_for_all() -> None:
    assert found(DEFAULT, PAIR) == [("fk-af", "default", "parties")]


def test_agreements_that_can_never_meet_do_not_overlap() -> None:
    assert found(PAIR, replace(PAIR, id="other", party_b="region-14")) == []
    assert found(PAIR, replace(PAIR, id="sip", inquiry_kinds=("sip",))) == []
    assert found(SKARABORG, replace(SKARABORG, id="north", areas=("25",))) == []
    assert found(SKARABORG, replace(SKARABORG, id="later", valid_from=date(2027, 9, 1), valid_to=None)) == []


def test_who_is_named_first_does_not_matter() -> None:
    turned = replace(SKARABORG, id="turned", party_a="municipality", party_b="af")
    assert [one[0] for one in found(SKARABORG, turned)] == ["skaraborg"]


def test_a_party_meets_its_kind() -> None:
    assert found(SKARABORG, replace(SKARABORG, id="one", party_b="kommun-1493")) == [
        ("one", "skaraborg", "parties")
    ]
    assert found(SKARABORG, replace(SKARABORG, id="one", party_b="region-14")) == []


def test_what_nobody_has_decided_comes_first_and_is_unclear() -> None:
    twin = replace(PAIR, id="fk-af-b", name="Zebra")
    pairs = overlaps.overlaps([DEFAULT, SIP, PAIR, twin], KINDS, on=ON)

    assert (pairs[0].holds.id, pairs[0].decided, pairs[0].is_unclear) == ("fk-af", "id", True)
    assert not any(one.is_unclear for one in pairs[1:])


def test_what_has_ended_is_left_out() -> None:
    assert found(replace(DEFAULT, valid_to=date(2026, 11, 25)), PAIR) == []
