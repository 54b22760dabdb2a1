"""What may be kept of a search, and what may not."""

from __future__ import annotations

import pytest

from directory.rules import demand


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Boende   för unga\tvuxna ", "boende för unga vuxna"),
        ("rehab 549 31", "rehab 549 31"),
        ("ett två tre fyra fem sex sju åtta nio tio", "ett två tre fyra fem sex sju åtta"),
        ("å" * 200, "å" * 80),
        ("", ""),
    ],
)
def test_words_are_kept_short_and_plain(text: str, kept: str) -> None:
    assert demand.words(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "19900101-2385",
        "möte om 900101 2385",
        "1 9 9 0 0 1 0 1 2 3 8 5",
        "född 1990-01-01",
        "0501-12 34 56",
        "+46 70 123 45 67",
        "(0501) 123 456",
        "anna@example.se",
        "Anna.Berg＠example.se",
        "１９９００１０１",
    ],
)
def test_what_could_lead_to_a_person_is_not_kept(text: str) -> None:
    assert demand.words(text) is None
