"""The guard over every written form of the four numbers that may be written, and over what looks like one."""

import random
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from directory.rules import guard
from directory.rules.guard import Hit, HitKind

# Skatteverket's test numbers: century, year, month, day, last four.
NUMBERS = {
    ("19", "90", "01", "01", "2385"): HitKind.PERSONNUMMER,
    ("20", "00", "02", "29", "2399"): HitKind.PERSONNUMMER,
    ("18", "90", "01", "01", "9802"): HitKind.PERSONNUMMER,
    ("19", "14", "01", "68", "2396"): HitKind.SAMORDNINGSNUMMER,
}
FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")

# Every form is filled with c, y, m, d (two digits each) and n (four); p and q are its two halves.
WRITTEN = [
    *(
        "{c}{y}{m}{d}{n}",
        "{y}{m}{d}{n}",
        "{c}{y}{m}{d}-{n}",
        "{y}{m}{d}-{n}",
        "{c}{y}{m}{d}+{n}",
        "{y}{m}{d}+{n}",
    ),
    *("{c}{y}{m}{d} {n}", "{y}{m}{d} {n}", "{c}{y}{m}{d} - {n}", "{y}{m}{d} - {n}", "{c}{y}{m}{d}  {n}"),
    *(
        "{c}{y}-{m}-{d}-{n}",
        "{c}{y} {m} {d} {n}",
        "{c}{y}.{m}.{d}.{n}",
        "{c}{y}/{m}/{d}/{n}",
        "{c}{y}/{m}/{d}-{n}",
    ),
    *(
        "{c}{y}-{m}-{d} {n}",
        "{c}{y}-{m}-{d} - {n}",
        "{c}{y}.{m}.{d}-{n}",
        "{y}-{m}-{d}-{n}",
        "{y}/{m}/{d} {n}",
    ),
    *("{y}.{m}.{d}-{n}", "{y} {m} {d} {n}", "{c} {y}{m}{d} {n}", "{c} {y}{m}{d}-{n}", "{c} {y} {m} {d} {n}"),
    *(
        "{c}{y}{m}{d}–{n}",
        "{c}{y}{m}{d}—{n}",
        "{c}{y}{m}{d}\u2011{n}",
        "{c}{y}{m}{d}−{n}",
        "{y}{m}{d}\u00ad-{n}",
    ),
    *(
        "{c}{y}{m}{d}\u00a0{n}",
        "{y}{m}{d}\u202f{n}",
        "{y}{m}{d}\u2009-\u2009{n}",
        "{c}{y}\u00a0{m}\u00a0{d}\u00a0{n}",
    ),
    *(
        "{c}{y}{m}{d}/{n}",
        "{y}{m}{d}/{n}",
        "{c}{y}{m}{d}.{n}",
        "{y}{m}{d}.{n}",
        "{c}{y}{m}{d}_{n}",
        "{y}{m}{d}--{n}",
    ),
    *("{c} {y} {m} {d} {p} {q}", "{y} {m} {d} {p} {q}", "{y}-{m}-{d}-{p}-{q}", "{y}.{m}.{d}.{p}.{q}"),
    *("{c}{y} {m}{d} {n}", "{c}{y}{m}{d}-{p} {q}", "{y}{m}{d}-{p} {q}"),
    *("{c}{y}{m}{d}\u200b{n}", "{c}\u200b{y}\u200b{m}\ufeff{d}\u2060-{n}", "{y}{m}{d}\u200d-\u200d{n}"),
    *(
        "{c}{y}{m}{d}-\n{n}",
        "{c}{y}{m}{d}\n{n}",
        "{y}{m}{d}\r\n-{n}",
        "{c}{y}{m}{d}-\r\n> {n}",
        "{c}{y}\n{m}{d}{n}",
    ),
    *(
        "{c}{y}{m}\n{d}-{n}",
        "{c}{y}{m}{d}-{p}\n{q}",
        "{y}{m}\r\n{d}{n}",
        "{y}{m}{d}{p}\n> > {q}",
        "{y}{m}{d}\u2028{n}",
    ),
    *("{c}{y}{m}{d}\t{n}", "{c}{y}{m}{d}\u2800{n}", "{c}{y}{m}{d}\x00-{n}"),
]


def written(form: str, parts: tuple[str, ...]) -> str:
    century, year, month, day, last = parts
    return form.format(c=century, y=year, m=month, d=day, n=last, p=last[:2], q=last[2:])


def compact(parts: tuple[str, ...], sign: str = "-") -> str:
    return "".join(parts[:4]) + sign + parts[4]


@pytest.mark.parametrize(("parts", "kind"), NUMBERS.items())
@pytest.mark.parametrize("form", WRITTEN, ids=ascii)
@pytest.mark.parametrize("around", ["{}", "Gäller {}, åäö.", "pnr{}", "(fil_{}.pdf)", "5 \u200b–: {}\n\nHej"])
def test_a_number_is_found_in_every_written_form(
    parts: tuple[str, ...], kind: HitKind, form: str, around: str
) -> None:
    number = written(form, parts)
    before, after = around.split("{}")
    text = before + number + after
    (hit,) = guard.find(text)
    assert hit.kind is kind
    assert text[hit.start : hit.end] == number


@pytest.mark.parametrize("parts", NUMBERS)
@pytest.mark.parametrize("digits", [FULLWIDTH, ARABIC, BOLD, CIRCLED])
def test_a_number_is_found_in_every_kind_of_digits(parts: tuple[str, ...], digits: dict[int, int]) -> None:
    for number in (compact(parts), compact(parts, ""), compact(parts)[2:]):
        assert [(hit.start, hit.end) for hit in guard.find(number.translate(digits))] == [(0, len(number))]


@pytest.mark.parametrize("parts", NUMBERS)
@pytest.mark.parametrize(
    "between", [" ", ".", "-", "  ", "\u00a0", "\n", " - ", "\u200b", "\ufe0f\u20e3", "_"]
)
def test_a_number_is_found_with_its_digits_apart(parts: tuple[str, ...], between: str) -> None:
    for digits in ("".join(parts), "".join(parts[1:])):
        number = between.join(digits)
        (hit,) = guard.find(f"nr: {number}!")
        assert (hit.start, hit.end) == (4, 4 + len(number))


@pytest.mark.parametrize("parts", NUMBERS)
def test_every_break_inside_a_number_is_looked_past(parts: tuple[str, ...]) -> None:
    for number in (compact(parts), compact(parts)[2:], compact(parts, "")):
        for place in range(1, len(number)):
            for line_break in ("\n", "\r\n", "\n> "):
                text = f"x {number[:place]}{line_break}{number[place:]} y"
                (hit,) = guard.find(text)
                assert hit.end == len(text) - 2


def test_the_place_is_counted_in_the_text_as_it_was_written() -> None:
    text = "é\u0301 \u200b\u200b⑩ Åsa, 1990\u200b0101–2385 och 20000229-2399"
    places = [text[hit.start : hit.end] for hit in guard.find(text)]
    assert places == ["1990\u200b0101–2385", "20000229-2399"]


def test_several_numbers_are_found_in_order() -> None:
    hits = guard.find("19140168-2396;18900101-9802 900101-2385\n20000229-2399")
    assert [hit.kind for hit in hits] == [HitKind.SAMORDNINGSNUMMER, *[HitKind.PERSONNUMMER] * 3]
    assert [hit.start for hit in hits] == sorted(hit.start for hit in hits)


def test_a_number_after_a_date_or_another_number_is_not_hidden_by_it() -> None:
    for before in ("2026 ", "2026-11-22 ", "1990 01 01 ", "12345 ", "1. ", "0511-", "20 "):
        (hit,) = guard.find(f"{before}900101-2385")
        assert hit.end == len(before) + 11


def test_a_sole_trader_s_vat_number_holds_a_personnummer() -> None:
    assert guard.find("Moms SE900101238501") == (Hit(HitKind.PERSONNUMMER, 7, 17),)


def check_digit(nine: str) -> str:
    """Luhn's check digit, worked out apart from the guard."""
    total = 0
    for place, sign in enumerate(nine):
        product = int(sign) * (2 if place % 2 == 0 else 1)
        total += product - 9 if product > 9 else product
    return str(-total % 10)


def test_a_samordningsnummer_without_day_or_month_of_birth_is_found() -> None:
    # Made when the test runs, so that none is written down here.
    for year, month, day in (("90", "00", "60"), ("90", "00", "91"), ("90", "12", "60"), ("90", "00", "75")):
        nine = f"{year}{month}{day}238"
        (hit,) = guard.find(f"19{nine[:6]}-{nine[6:]}{check_digit(nine)}")
        assert hit.kind is HitKind.SAMORDNINGSNUMMER


@pytest.mark.parametrize(
    "date", ["900230", "901301", "900431", "900100", "900132", "900200", "900010", "900192"]
)
def test_a_date_that_does_not_exist_is_no_number(date: str) -> None:
    last = "238" + check_digit(date + "238")
    for text in (f"{date}-{last}", f"19{date}{last}", " ".join(date + last)):
        assert guard.find(text) == ()


def test_the_leap_day_needs_its_century_to_have_one() -> None:
    last = "238" + check_digit("000229" + "238")
    assert guard.find(f"20000229-{last}")
    assert guard.find(f"000229-{last}")
    assert not guard.find(f"19000229{last}")


@pytest.mark.parametrize("parts", NUMBERS)
def test_a_wrong_check_digit_is_no_number(parts: tuple[str, ...]) -> None:
    for step in range(1, 10):
        wrong = (*parts[:4], parts[4][:3] + str((int(parts[4][3]) + step) % 10))
        assert guard.find(compact(wrong)) == ()
        assert guard.find(compact(wrong, "")[2:]) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hej! Kan ni ta emot en förfrågan om lönebidrag?",
        "Dnr 2026-123456",
        "Dnr AF-2026/0012 3456",
        "Organisationsnummer 202100-5521 och 202100-2114",
        "org.nr 16202100-5521, 2021005521, 20 21 00 55 21",
        "SE202100552101",
        "Ring 0511-123 45 67 eller 070-123 45 67, +46 70 123 45 67, 0046701234567",
        "Möte 2026-11-26 10:30–11:30, 2026-12-03 kl. 13.00 eller 4/12 kl 9",
        "Perioden 2026-01-01–2026-12-31, v. 48–52",
        "20261126T103000Z 20261126103000",
        "IBAN SE45 5000 0000 0583 9825 7466, bg 5050-1055, pg 90 00 00-0",
        "550e8400-e29b-41d4-a716-446655440000",
        "SFS 2017:900, prop. 2008/09:111, 1 234 567 890 kr, 541 50 Skövde",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "9919900101238500 1119900101-2385",
        "19900101-23851",
    ],
)
def test_what_looks_like_a_number_but_is_none_is_left_alone(text: str) -> None:
    assert guard.find(text) == ()


def test_no_organisation_s_number_is_ever_found() -> None:
    chance = random.Random(2026)
    for _ in range(5_000):
        middle = chance.randrange(20, 100)
        nine = f"{chance.choice('1235789')}{chance.randrange(10)}{middle}{chance.randrange(100_000):05}"
        number = nine + check_digit(nine)
        for text in (number, f"{number[:6]}-{number[6:]}", f"16{number}", f"SE{number}01", f"SE {number}01"):
            assert guard.find(text) == (), text


def test_two_dates_in_a_row_are_left_alone() -> None:
    for day in range(1, 29):
        for between in (" ", " - ", "–", " – ", "\n"):
            first = f"2026-01-{day:02}{between}"
            assert guard.find(f"{first}2026-12-31") == guard.find(f"{first}2027.01.05") == ()


def test_a_mobile_number_is_left_alone_after_the_word_for_it_and_only_then() -> None:
    number = "070101238" + check_digit("070101238")
    for word in ("Tel ", "Telefon: ", "mobilnr. ", "ring mig på "):
        assert guard.find(word + number) == ()
    assert guard.find(number)
    assert guard.find(f"Tel {number[:6]}-{number[6:]}")
    assert guard.find("Tel 900101-2385")


@given(
    st.text(st.characters(codec="utf-8")),
    st.sampled_from(list(NUMBERS)),
    st.text(st.characters(codec="utf-8")),
)
@example("١٢", ("19", "90", "01", "01", "2385"), "½")
def test_a_number_between_words_is_found_whatever_stands_around(
    before: str, parts: tuple[str, ...], after: str
) -> None:
    start = len(before) + 3
    text = f"{before} ; {compact(parts)} ; {after}"
    assert any(hit.start <= start and hit.end >= start + 13 for hit in guard.find(text))


@given(st.text(st.sampled_from("0123456789 -+./_\n\u200b٣①a")))
def test_places_lie_in_the_text_in_order_and_apart(text: str) -> None:
    ends = [0]
    for hit in guard.find(text):
        assert ends[-1] <= hit.start < hit.end <= len(text)
        ends.append(hit.end)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "11 ",
        "1 0 ",
        "1\n",
        "1\u200b",
        "90-01-01-",
        "9001012386 ",
        " ",
        "\n",
        "\u200b",
        "möte 2026-11-26 ",
    ],
    ids=ascii,
)
def test_time_grows_with_length_and_not_with_what_stands_there(piece: str) -> None:
    def taken(length: int) -> float:
        text = piece * (length // len(piece))
        begun = process_time()
        guard.find(text)
        return process_time() - begun

    taken(1_000)
    assert taken(200_000) < 2.0
