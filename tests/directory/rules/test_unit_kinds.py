"""Which kind a unit is of."""

from __future__ import annotations

import pytest

from directory.rules import unit_kinds
from directory.rules.unit_kinds import KNOWN, UnitKind


@pytest.mark.parametrize(
    ("party_kind", "name", "topics", "kinds"),
    [
        ("municipality", "Arbetsmarknadsenheten", "[]", ("labour_market",)),
        ("municipality", "AME Tidaholm", "[]", ("labour_market",)),
        ("municipality", "Individ- och familjeomsorg, vuxna", "[]", ("individual_care",)),
        ("municipality", "IFO/vuxen", "[]", ("individual_care",)),
        ("municipality", "Försörjningsstöd", "[]", ("income_support",)),
        ("municipality", "FÖRSÖRJNINGSSTÖD och arbetsmarknad", "[]", ("labour_market", "income_support")),
        ("municipality", "Vuxenutbildningen", "[]", ("adult_education",)),
        ("region", "Norra Härryda vårdcentral", "[]", ("primary_care",)),
        ("region", "Öppenvårdsmottagning psykiatri Salem", "[]", ("psychiatry",)),
        ("region", "Vuxenpsykiatrin Region Skåne", "[]", ("psychiatry",)),
        # Where the name says nothing, the matters do.
        ("municipality", "Socialförvaltningen", '["ekonomiskt_bistand"]', ("income_support",)),
        ("municipality", "Socialförvaltningen", '["planering"]', ()),
        # A short word is no part of another: "ame" in "Samebyn", "sfi" in "Elsfiske".
        ("municipality", "Samebyns kontor", "[]", ()),
        ("agency", "Arbetsmarknadsenheten", "[]", ()),
        ("region", "Arbetsmarknadsenheten", "[]", ()),
    ],
)
def test_a_unit_is_known_by_its_name_and_else_by_its_matters(
    party_kind: str, name: str, topics: str, kinds: tuple[str, ...]
) -> None:
    assert unit_kinds.kinds_of(party_kind, name, topics) == kinds


def test_every_kind_is_known_and_is_a_part_of_one_kind_of_party() -> None:
    assert set(KNOWN) == set(UnitKind)
    assert unit_kinds.whole("labour_market") == "municipality"
    assert unit_kinds.whole("psychiatry") == "region"
    assert unit_kinds.whole("fk") == "fk"
