"""Search text in Swedish."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from directory.rules import text


def test_words_come_in_order_without_those_that_carry_no_matter() -> None:
    assert text.tokens("Vem på Arbetsförmedlingen svarar om sjukskrivna i Mariestad?") == [
        "arbetsförmedlingen",
        "svarar",
        "sjukskrivna",
        "mariestad",
    ]


def test_dashes_underscores_and_slashes_part_words_and_digits_are_words() -> None:
    assert text.tokens("FK–AF skyddade_personuppgifter SIP/VIP 1493") == [
        *("fk", "af", "skyddade", "personuppgifter", "sip", "vip", "1493"),
    ]


def test_a_letter_and_its_loose_ring_are_the_same_letter() -> None:
    assert text.tokens("sa\u030ar") == text.tokens("sår")


@pytest.mark.parametrize(
    ("one", "other"),
    [("sjukskrivning", "sjukskrivningen"), ("mötet", "möten"), ("arbetslös", "arbetslösa")],
)
def test_inflected_words_share_a_stem(one: str, other: str) -> None:
    assert text.stems(one) == text.stems(other)


def test_stems_are_the_same_whatever_threads_ask_for_them() -> None:
    words = [f"kontaktvägarna{number}n möten" for number in range(400)]
    alone = [text.stems(word) for word in words]
    text._stem.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(text.stems, words)) == alone


def test_folding_takes_the_marks_from_letters_and_leaves_the_rest() -> None:
    assert text.fold("Åmål, Växjö & Malmö: café 24–25") == "Amal, Vaxjo & Malmo: cafe 24–25"


def test_the_sort_key_gives_swedish_order() -> None:
    names = ["Örebro", "Ängelholm", "Åre", "Zinkgruvan", "Arvika", "Årjäng", "Ödeshög", "älmhult", "Älvdalen"]
    assert sorted(names, key=text.sort_key) == [
        *("Arvika", "Zinkgruvan", "Åre", "Årjäng", "älmhult", "Älvdalen", "Ängelholm", "Ödeshög", "Örebro"),
    ]


def test_the_sort_key_does_not_tell_composed_letters_from_loose_ones() -> None:
    assert text.sort_key("A\u030are") == text.sort_key("Åre")
