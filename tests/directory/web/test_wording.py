"""Cells in words and back: what a form shows means the cell that it was made from."""

from __future__ import annotations

import pytest

from directory.web import wording

NAMES = {"1493": "Mariestad", "14": "Västra Götalands län", "SE": "Hela landet"}


@pytest.mark.parametrize(
    ("field", "cell", "text"),
    [
        (
            "phone_hours",
            "1-5#08:00#16:30$6-6#10:00#24:00",
            "måndag–fredag 08.00–16.30\nlördag 10.00–24.00",
        ),
        (
            "date_hours",
            "2026-12-23#08:00#12:00|2026-12-24#closed",
            "23 december 2026: 08.00–12.00\n24 december 2026: stängt",
        ),
        ("areas", "1493|14|SE|9999", "Mariestad\nVästra Götalands län\nHela landet\n9999"),
        ("topics", "rehabilitering|eget ämne", "Rehabilitering\neget ämne"),
        (
            "channels",
            "phone=08-465 004 00|sdk=a:b",
            "Telefon: 08-465 004 00\nSäker digital kommunikation: a:b",
        ),
        ("phone_hours", "", ""),
    ],
)
def test_what_is_shown_is_read_back_as_it_was(field: str, cell: str, text: str) -> None:
    assert wording.shown(field, cell, NAMES) == text
    assert wording.read(field, text, NAMES) == cell


@pytest.mark.parametrize(
    ("field", "text", "cell"),
    [
        ("phone_hours", "Mån-fre 8-16.30\n\n lördag 10:00 till 14", "1-5#08:00#16:30$6-6#10:00#14:00"),
        ("phone_hours", "1-5#08:00#16:30", "1-5#08:00#16:30"),
        ("phone_hours", "när som helst", "när som helst"),
        ("date_hours", "2026-12-24 stängt", "2026-12-24#closed"),
        ("date_hours", "24 dec 2026 9-12", "2026-12-24#09:00#12:00"),
        ("date_hours", "31 februari 2026 stängt", "31 februari 2026 stängt"),
        ("date_hours", "julafton stängt", "julafton stängt"),
        ("areas", "mariestad\n1494", "1493|1494"),
        ("channels", "telefon: 1\nphone=2\nhallå", "phone=1|phone=2|hallå"),
    ],
)
def test_what_people_write_is_understood_or_left_as_it_is(field: str, text: str, cell: str) -> None:
    assert wording.read(field, text, NAMES) == cell
