"""Search text in Swedish."""

from concurrent.futures import ThreadPoolExecutor

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


def test_stems_are_the_same_whatever_threads_ask_for_them() -> None:
    words = [f"kontaktvägarna{number}n" for number in range(400)]
    alone = [text.stem(word) for word in words]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(text.stem, words)) == alone


def test_folding_takes_the_marks_from_letters_and_leaves_the_rest() -> None:
    assert text.fold("Åmål, Växjö & Malmö: café 24–25") == "Amal, Vaxjo & Malmo: cafe 24–25"


def test_the_sort_key_gives_swedish_order() -> None:
    names = ["Örebro", "Ängelholm", "Åre", "Zinkgruvan", "Arvika", "Årjäng", "Ödeshög", "älmhult", "Älvdalen"]
    assert sorted(names, key=text.sort_key) == [
        *("Arvika", "Zinkgruvan", "Åre", "Årjäng", "älmhult", "Älvdalen", "Ängelholm", "Ödeshög", "Örebro"),
    ]


def test_the_sort_key_does_not_tell_composed_letters_from_loose_ones() -> None:
    assert text.sort_key("A\u030are") == text.sort_key("Åre")
