"""Areas nest by their codes."""

import pytest

from directory.rules import areas


@pytest.mark.parametrize(
    ("place", "expected"),
    [("1493", ("1493", "14", "SE")), ("14", ("14", "SE")), ("SE", ("SE",))],
)
def test_a_place_lies_in_its_county_and_in_the_country(place: str, expected: tuple[str, ...]) -> None:
    assert areas.enclosing(place) == expected


@pytest.mark.parametrize("code", ["", "1", "149", "14930", "se", "NO", "14a3", "²²", "١٤", " 14", "14\n"])
def test_what_has_not_the_form_of_an_area_is_refused_by_name(code: str) -> None:
    assert not areas.is_area(code)
    with pytest.raises(ValueError, match="is not an area"):
        areas.enclosing(code)


@pytest.mark.parametrize(
    ("area", "place", "covers", "overlaps"),
    [
        ("SE", "1493", True, True),
        ("14", "1493", True, True),
        ("1493", "1493", True, True),
        ("1493", "14", False, True),
        ("1493", "SE", False, True),
        ("12", "1493", False, False),
        ("1499", "1493", False, False),
        ("14", "SE", False, True),
    ],
)
def test_an_area_covers_what_lies_within_it_and_overlaps_both_ways(
    area: str, place: str, covers: bool, overlaps: bool
) -> None:
    assert areas.covers(area, place) is covers
    assert areas.overlaps(area, place) is overlaps


def test_a_municipality_is_narrower_than_a_county_and_a_county_than_the_country() -> None:
    assert [areas.width(area) for area in ("1493", "14", "SE")] == [0, 1, 2]
