"""Which agreement holds."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules import agreements
from directory.rules.agreements import Candidate, Side, Term, TermUnit

FK, AF = Side("fk", "agency"), Side("af", "agency")
MARIESTAD, REGION = Side("kommun-1493", "municipality"), Side("region-14", "region")
ON = date(2026, 11, 26)

DEFAULT = Candidate(
    id="default",
    version=1,
    name="Om inget annat är avtalat",
    party_a="*",
    party_b="*",
    areas=("SE",),
    inquiry_kinds=("*",),
    acknowledge=Term(1, TermUnit.WORKING_DAYS),
    respond=Term(7, TermUnit.CALENDAR_DAYS),
    meeting=Term(30, TermUnit.CALENDAR_DAYS),
    meeting_measured="booked",
    valid_from=date(2020, 1, 1),
    valid_to=None,
)
SIP = replace(DEFAULT, id="sip", inquiry_kinds=("sip",), valid_from=date(2010, 1, 1))
PAIR = replace(DEFAULT, id="fk-af", party_a="fk", party_b="af", inquiry_kinds=("case", "meeting"))
SKARABORG = replace(
    PAIR,
    id="skaraborg",
    party_b="municipality",
    party_a="af",
    areas=("1493", "1496"),
    valid_to=date(2027, 8, 31),
)


def chosen(*candidates: Candidate, asker: Side = FK, receiver: Side = AF, **changes: str) -> str | None:
    question = {"area": "1493", "kind": "case", **changes}
    choice = agreements.choose(
        candidates, asker=asker, receiver=receiver, area=question["area"], kind=question["kind"], on=ON
    )
    return choice.candidate.id if choice else None


@pytest.mark.parametrize("text", ["3 working_days", "30 calendar_days", "999 working_hours"])
def test_a_term_is_written_as_it_was_read(text: str) -> None:
    assert str(agreements.parse_term(text)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not have the form"),
        ("3", "does not have the form"),
        ("3  working_days", "does not have the form"),
        ("-3 working_days", "does not have the form"),
        ("1000 working_days", "does not have the form"),
        ("٣ working_days", "does not have the form"),
        ("3 weeks", "counts in 'weeks'"),
        ("0 working_days", "gives no time"),
    ],
)
def test_a_term_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        agreements.parse_term(text)


@given(st.integers(1, 999), st.sampled_from(TermUnit))
def test_every_term_round_trips(amount: int, unit: TermUnit) -> None:
    assert agreements.parse_term(str(Term(amount, unit))) == Term(amount, unit)


def test_the_pair_s_own_agreement_comes_before_the_default_in_both_directions() -> None:
    for order in permutations((DEFAULT, SIP, PAIR)):
        assert chosen(*order) == chosen(*order, asker=AF, receiver=FK) == "fk-af"


def test_a_kind_the_pair_did_not_agree_on_falls_to_what_names_it_and_then_to_the_default() -> None:
    assert chosen(DEFAULT, SIP, PAIR, kind="sip") == "sip"
    assert chosen(DEFAULT, SIP, PAIR, kind="general") == "default"


def test_an_agreement_with_every_municipality_holds_where_it_says() -> None:
    assert chosen(DEFAULT, SKARABORG, asker=MARIESTAD) == "skaraborg"
    assert chosen(DEFAULT, SKARABORG, asker=AF, receiver=MARIESTAD) == "skaraborg"
    assert chosen(DEFAULT, SKARABORG, asker=MARIESTAD, area="1480") == "default"
    assert chosen(DEFAULT, SKARABORG, asker=MARIESTAD, area="14") == "default"
    assert chosen(DEFAULT, SKARABORG, asker=REGION) == "default"


def test_a_question_for_a_county_or_the_country_needs_an_agreement_that_covers_it() -> None:
    county = replace(PAIR, id="county", areas=("14",))
    assert chosen(county, area="14") == "county"
    assert chosen(county, area="SE") is None
    assert chosen(PAIR, area="SE") == "fk-af"


def test_parties_are_weighed_pair_first_and_everybody_last() -> None:
    selectors = [
        ("fk", "af"),
        ("fk", "agency"),
        ("agency", "agency"),
        ("*", "af"),
        ("*", "agency"),
        ("*", "*"),
    ]
    ladder = [
        replace(DEFAULT, id=f"{9 - step}", party_a=a, party_b=b) for step, (a, b) in enumerate(selectors)
    ]
    for step, expected in enumerate(ladder):
        assert chosen(*reversed(ladder[step:])) == expected.id


def test_after_the_parties_the_area_then_the_kind_then_the_latest_then_the_id_decide() -> None:
    country = replace(DEFAULT, id="z", inquiry_kinds=("case",))
    county = replace(DEFAULT, id="y", areas=("SE", "14"))
    town = replace(DEFAULT, id="x", areas=("1493",))
    assert chosen(country, county, town) == "x"
    assert chosen(country, county) == "y"
    assert chosen(country, DEFAULT) == "z"
    later = replace(DEFAULT, id="w", valid_from=date(2024, 1, 1))
    assert chosen(DEFAULT, later, replace(DEFAULT, id="v", valid_from=None)) == "w"
    assert chosen(replace(DEFAULT, id="b"), replace(DEFAULT, id="a")) == "a"


def test_of_two_versions_in_force_the_higher_holds() -> None:
    newer = replace(PAIR, version=2)
    for order in ((PAIR, newer), (newer, PAIR)):
        choice = agreements.choose(order, asker=FK, receiver=AF, area="14", kind="case", on=ON)
        assert choice is not None
        assert choice.candidate.version == 2


@pytest.mark.parametrize(
    ("on", "holds"),
    [("2026-11-25", False), ("2026-11-26", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_the_first_and_the_last_day_count(on: str, holds: bool) -> None:
    bounded = replace(PAIR, valid_from=date(2026, 11, 26), valid_to=date(2026, 12, 31))
    choice = agreements.choose(
        [bounded], asker=FK, receiver=AF, area="14", kind="case", on=date.fromisoformat(on)
    )
    assert (choice is not None) is holds


@pytest.mark.parametrize(
    ("candidate", "asker", "code"),
    [
        (PAIR, FK, "agreement.pair"),
        (SKARABORG, MARIESTAD, "agreement.party"),
        (replace(PAIR, party_a="agency", party_b="agency"), FK, "agreement.kinds"),
        (replace(SIP, inquiry_kinds=("case",)), FK, "agreement.matter"),
        (DEFAULT, FK, "agreement.default"),
    ],
)
def test_the_reason_tells_how_the_agreement_was_found(candidate: Candidate, asker: Side, code: str) -> None:
    choice = agreements.choose([candidate], asker=asker, receiver=AF, area="1493", kind="case", on=ON)
    assert choice is not None
    assert choice.because.code == code
    assert choice.because.facts["name"] == candidate.name
    assert choice.because.facts["from"] == str(candidate.valid_from)
    assert choice.because.facts["to"] == (candidate.valid_to.isoformat() if candidate.valid_to else "")


def test_no_agreement_is_an_answer_too() -> None:
    assert chosen() is None
    assert chosen(SKARABORG) is None


def test_a_priority_stands_before_what_is_closest_and_says_so() -> None:
    preferred = replace(DEFAULT, priority=5)

    choice = agreements.choose([PAIR, preferred], asker=FK, receiver=AF, area="1493", kind="case", on=ON)

    assert choice is not None
    assert choice.candidate is preferred
    assert choice.because.code == "agreement.priority"
    assert (choice.because.facts["priority"], choice.because.facts["before"]) == (5, PAIR.name)


def test_of_the_same_priority_the_closest_holds() -> None:
    raised = [replace(one, priority=3) for one in (DEFAULT, PAIR)]
    assert chosen(*raised) == "fk-af"


def test_a_priority_that_is_not_in_force_decides_nothing() -> None:
    assert chosen(PAIR, replace(DEFAULT, priority=9, valid_to=date(2026, 11, 25))) == "fk-af"


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        (replace(DEFAULT, priority=1), PAIR, "priority"),
        (PAIR, DEFAULT, "parties"),
        (replace(DEFAULT, areas=("14",)), replace(DEFAULT, id="z"), "area"),
        (replace(DEFAULT, inquiry_kinds=("case",)), replace(DEFAULT, id="z"), "kind"),
        (replace(DEFAULT, valid_from=date(2026, 1, 1)), replace(DEFAULT, id="z"), "since"),
        (DEFAULT, replace(DEFAULT, id="z"), "id"),
    ],
)
def test_what_tells_two_agreements_apart_has_a_name(one: Candidate, other: Candidate, by: str) -> None:
    assert agreements.what_decides(one, other, asker=FK, receiver=AF, area="1493", kind="case") == by
