"""What a subject line tells of references and of another matter."""

from __future__ import annotations

import pytest

from router.rules import subjects

REFERENCE = "SV-7K2M-9QXR"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("", ()),
        (f"SV: Svar i {REFERENCE}", (REFERENCE,)),
        (f"sv: {REFERENCE.lower()} och {REFERENCE}", (REFERENCE,)),
        ("SV-7K2M-9QXR2, XSV-7K2M-9QXR och SV 7K2M 9QXR", ()),
        (
            "SV-AAAA-AAAA SV-BBBB-BBBB SV-CCCC-CCCC SV-DDDD-DDDD",
            ("SV-AAAA-AAAA", "SV-BBBB-BBBB", "SV-CCCC-CCCC"),
        ),
    ],
)
def test_a_subject_names_references(subject: str, found: tuple[str, ...]) -> None:
    assert subjects.references(subject) == found


@pytest.mark.parametrize(
    ("subject", "is_new"),
    [
        ("", False),
        ("SV: Planering", False),
        ("Re: FW: [2]  planering ", False),
        ("Sv: VB:  planering ", False),
        (f"Nytt meddelande i {REFERENCE}", False),
        ("SV: Planering inför våren", False),
        ("Ekonomiskt bistånd", True),
    ],
)
def test_another_subject_may_be_another_matter(subject: str, is_new: bool) -> None:
    assert subjects.is_new(subject, of_inquiry="Planering", reference=REFERENCE) is is_new
