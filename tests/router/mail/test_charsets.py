"""Bytes become text: as declared when that holds, else as they were meant."""

from __future__ import annotations

import pytest

from router.mail import charsets

SWEDISH = "Hej på dig, åk till Örebro"


@pytest.mark.parametrize(
    ("content", "declared", "text", "codec"),
    [
        (SWEDISH.encode(), "utf-8", SWEDISH, "utf-8"),
        (SWEDISH.encode("cp1252"), "iso-8859-1", SWEDISH, "cp1252"),
        ("”ja” – nej".encode("cp1252"), "ISO-8859-1", "”ja” – nej", "cp1252"),
        (SWEDISH.encode("cp1252"), "us-ascii", SWEDISH, "cp1252"),
        (SWEDISH.encode(), "us-ascii", SWEDISH, "utf-8"),
        (SWEDISH.encode("cp1252"), "utf-8", SWEDISH, "cp1252"),
        (SWEDISH.encode(), "x-unknown", SWEDISH, "utf-8"),
        (SWEDISH.encode(), "ingen-sadan", SWEDISH, "utf-8"),
        (SWEDISH.encode("utf-7"), "unicode-1-1-utf-7", SWEDISH, "utf-7"),
        (SWEDISH.encode("utf-16"), "utf-16", SWEDISH, "utf-16"),
        ("镕基".encode("gb18030"), "gb2312", "镕基", "gb18030"),
        ("镕基".encode("gb18030"), "x-gbk", "镕基", "gb18030"),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕", "cp949"),
        ("①です".encode("cp932"), "shift_jis", "①です", "cp932"),
        (SWEDISH.encode("mac-roman"), "x-mac-roman", SWEDISH, "mac-roman"),
        (b"a\x00b", "us-ascii", "ab", "ascii"),
        (SWEDISH.encode("cp1252"), "'iso-8859-1';x", SWEDISH, "cp1252"),
        (b"\x81 \x8d", "windows-1252", " ", "cp1252"),
        ("тест тест".encode("koi8-r"), "", "тест тест", "koi8-r"),
        ("Узнай как".encode("cp1251"), "", "Узнай как", "cp1251"),
        ("räk".encode("cp1252"), "", "räk", "cp1252"),
        (b"SGVq", "base64", "SGVq", "ascii"),
        (b"Uryyb", "rot13", "Uryyb", "ascii"),
    ],
)
def test_text_is_read_as_it_was_meant(content: bytes, declared: str, text: str, codec: str) -> None:
    assert charsets.decode(content, declared) == (text, codec)


def test_utf_8_with_a_stray_byte_stays_utf_8() -> None:
    text, codec = charsets.decode(SWEDISH.encode() + b"\xff", "utf-8")
    assert (text, codec) == (SWEDISH + "\ufffd", "utf-8")


def test_a_whole_sentence_without_a_charset_is_guessed_and_swedish_stays_swedish() -> None:
    russian = "Привет, это сообщение о работе нашего сервера и его настройках"
    assert charsets.decode(russian.encode("koi8-r"))[0] == russian
    swedish = "Hej på dig, räksmörgås åt alla i Skåne och Örebro och även där borta"
    assert charsets.decode(swedish.encode("cp1252")) == (swedish, "cp1252")


def test_utf_7_with_something_else_at_its_end_stays_utf_7() -> None:
    assert charsets.decode(b"+AD4 Hej +AOU\n+/v8=", "utf-7")[0].startswith("> Hej å")


def test_what_the_rest_of_the_mail_is_in_is_tried_first() -> None:
    assert charsets.decode("файл".encode("koi8-r"), hint="koi8-r") == ("файл", "koi8-r")


def test_half_letters_never_get_further() -> None:
    assert "\ud800" not in charsets.decode(b"+2AA-x", "utf-7")[0]
