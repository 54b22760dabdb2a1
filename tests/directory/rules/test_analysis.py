"""What Swedish words are found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from directory.rules import analysis


@pytest.mark.parametrize(
    "forms",
    [
        "sjukskrivning sjukskrivningen sjukskrivningar",
        "möte mötet möten mötena",
        "arbetslös arbetslösa",
        "bidrag bidraget bidragen",
        "ärende ärendet ärenden",
        "myndighet myndigheten myndigheternas",
        "tillstånd tillståndet",
        "rehabkoordinator rehabkoordinatorn rehabkoordinatorer",
        "funktionsbrevlåda funktionsbrevlådan funktionsbrevlådor",
        "nyanländ nyanlända nyanländas",
        "lots lotsen lotsens lotsar",
    ],
)
def test_inflections_of_a_word_are_one(forms: str) -> None:
    assert len({analysis.term(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("arbetsmarknadsenhet", ("arbetsmarknad", "enhet")),
        ("arbetsträning", ("arbete", "träning")),
        ("försörjningsstöd", ("försörjning", "stöd")),
        ("hemtjänst", ("hem", "tjänst")),
        ("vårdcentral", ("vård", "central")),
        ("myndighetsingången", ("myndighet", "ingången")),
        ("samverkan", ()),
        ("möte", ()),
        ("1493", ()),
    ],
)
def test_a_compound_is_made_of_words(word: str, parts: tuple[str, ...]) -> None:
    assert analysis.parts(word) == parts


@given(some.text(max_size=60))
def test_any_text_has_terms(text: str) -> None:
    for term in analysis.terms(text):
        assert term
        assert " " not in term
