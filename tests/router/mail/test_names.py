"""What a file is called: cleaned first and judged after, so that nothing hides behind what cannot be seen."""

from __future__ import annotations

import unicodedata

import pytest

from router.mail import names

UNSEEN = ("\u200b", "\u202e", "\u2066", "\ufeff", "\x00", "\x1f", "\u00ad", "\u2028", "\ud800", "\ue000")
PLACES = ("../", "..\\", "/etc/", "C:\\temp\\", "\\\\server\\", "./", "a/b/", "~/../")
RESERVED = ("CON", "prn", "AUX", "nul", "COM1", "lpt9", "CONIN$")
ENDS = ("", ".", " ", "...", ". .", "\u200b", "\x00")
STEMS = (
    "brev.pdf",
    ".htaccess",
    "a b.txt",
    "räkning.docx",
    "sömn" * 100 + ".pdf",
    "å" * 300,
    "x" * 300 + ".tar.gz",
)
NASTY = (
    [f"{unseen}{stem}" for unseen in UNSEEN for stem in STEMS]
    + [f"{stem[:2]}{unseen}{stem[2:]}" for unseen in UNSEEN for stem in STEMS[:3]]
    + [f"{place}{stem}" for place in PLACES for stem in STEMS[:5]]
    + [f"{name}{end}" for name in RESERVED for end in (".txt", "", ".tar.gz")]
    + [f"{stem}{end}" for stem in STEMS[:4] for end in ENDS]
    + [
        "..",
        ".",
        "",
        " ",
        "/",
        "\\",
        "...",
        "a:b",
        "a<b>",
        "a|b",
        'a"b',
        "a?b*",
        "a\nb",
        "a\r\nBcc: x",
        "%00.txt",
    ]
)


def test_two_hundred_names_are_tried() -> None:
    assert len(set(NASTY)) >= 200


@pytest.mark.parametrize("said", sorted(set(NASTY)), ids=ascii)
def test_no_name_is_a_path_a_trap_or_unseen(said: str) -> None:
    name = names.clean(said)
    assert not set(name) & set('/\\<>:"|?*\n\r\x00')
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co"} for sign in name)
    assert not name.startswith((".", " ")) and not name.endswith((".", " "))
    assert name.partition(".")[0].upper() not in {one.upper() for one in RESERVED}
    assert len(name.encode()) <= names.LONGEST
    assert names.clean(name) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Överenskommelse om möten.pdf", "Överenskommelse om möten.pdf"),
        ("ra\u0308kning.pdf", "räkning.pdf"),
        ("\u200b.htaccess", "htaccess"),
        ("C:\\Users\\anna\\intyg.pdf", "intyg.pdf"),
        ("faktura\u202efdp.exe", "fakturafdp.exe"),
        ("con.txt", "_con.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_stays_readable(said: str, name: str) -> None:
    assert names.clean(said) == name


def test_a_file_without_a_name_is_called_after_its_type() -> None:
    assert names.given("image/png", 2) == "image-2.png"
    assert names.given("weird/thing", 1) == "weird-1.bin"
    assert names.kind("text/x-<script>") == "application/octet-stream"
