"""An address under our own mail domain is nobody's, however it is written."""

from __future__ import annotations

import pytest

from directory.rules import own_mail
from directory.rules.rows import Line, Record

OWN = "svar.samvag.example"
SWEDISH = "xn--samvg-jra.example"


@pytest.mark.parametrize(
    ("address", "own", "is_own"),
    [
        (f"af@{OWN}", OWN, True),
        ("AF@Svar.SAMVAG.example", OWN, True),
        (f" af@{OWN}. ", OWN, True),
        ("af@svar。samvag.example", OWN, True),
        ("af@\uff53var.samvag.example", OWN, True),
        ("af@samväg.example", SWEDISH, True),
        ("af@SAMVÄG.example", SWEDISH, True),
        ("af@sama\u0308g.example", SWEDISH, False),
        ("af@samva\u0308g.example", SWEDISH, True),
        (f"af@{SWEDISH.upper()}", SWEDISH, True),
        ("af@samvag.example", OWN, False),
        ("af@mx.svar.samvag.example", OWN, False),
        (f"{OWN}@af.example", OWN, False),
        ("af@x..example", OWN, False),
        ("", OWN, False),
        (f"af@{OWN}", "", False),
    ],
)
def test_case_and_letters_do_not_hide_it(address: str, own: str, is_own: bool) -> None:
    assert own_mail.is_own(address, own) is is_own


def test_mailbox_and_channels_are_both_looked_at() -> None:
    record: Record = {
        "mailbox_address": f"a@{OWN}",
        "channels": ["phone=010-1", f"email=b@{OWN}", "email=c@af.example"],
    }
    found = list(own_mail.faults([Line(3, "af", record)], OWN))
    assert [(one.line, one.column, one.code) for one in found] == [
        (3, "mailbox_address", "own_mail_domain"),
        (3, "channels", "own_mail_domain"),
    ]
    assert not list(own_mail.faults([Line(3, "af", record)], "annan.example"))
