"""Places named in what somebody searches for."""

from __future__ import annotations

import pytest

from directory.rules import places

CODES = {
    "mariestad": "1493",
    "vara": "1470",
    "bor{s": "1490",
    "upplands v|sby": "0114",
    "v|sby": "9999",
    "upplands-bro": "0139",
    "lidk}ping": "1494",
}


def understand(text: str, area: str = "") -> tuple[str, list[str]]:
    words = places.words(text)
    area, naming = places.named(places.mentions(words), CODES, area)
    return area, places.take_out(words, naming)


@pytest.mark.parametrize(
    ("text", "area", "rest"),
    [
        ("rehab Mariestad", "1493", ["rehab"]),
        ("MARIESTADS vårdcentral", "1493", ["vårdcentral"]),
        ("Mariestads kommun försörjningsstöd", "1493", ["försörjningsstöd"]),
        ("sfi Borås", "1490", ["sfi"]),
        ("ame Upplands Väsby", "0114", ["ame"]),
        ("ame Upplands-Bro", "0139", ["ame"]),
        ("vara", "1470", []),
        ("ame i Vara", "1470", ["ame", "i"]),
        ("hur ska jag vara snäll", "", ["hur", "ska", "jag", "vara", "snäll"]),
        ("Mariestad Lidköping", "", ["Mariestad", "Lidköping"]),
        ("rehab", "", ["rehab"]),
        ("", "", []),
    ],
)
def test_a_place_is_read_and_taken_out_of_the_text(text: str, area: str, rest: list[str]) -> None:
    assert understand(text) == (area, rest)


def test_a_chosen_place_holds_and_only_its_own_name_is_taken_out() -> None:
    assert understand("rehab Mariestad", "1493") == ("1493", ["rehab"])
    assert understand("rehab Mariestad", "1494") == ("1494", ["rehab", "Mariestad"])


def test_nobody_needs_more_than_a_dozen_words() -> None:
    assert len(places.words("ord " * 1000)) == places.MOST_WORDS
