"""What shows that a mail goes round: its headers, its words, and what came before it."""

from __future__ import annotations

import pytest

from router.rules import loops
from router.rules.loops import Held, Seen

OURS = "svar.samvag.example"
RECEIVED = ("received", "from a by b")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], None),
        ([RECEIVED] * 50, None),
        ([RECEIVED] * 51, "mail.many_hops"),
        ([("x-samvag-instance", "Svar.Samvag.Example")], "mail.own_letter"),
        ([("x-samvag-instance", "svar.annan.example")], "mail.other_instance"),
        ([("x-samvag-hops", "0")], "mail.other_instance"),
        # One that was sent on by another installation still came from us.
        ([("x-samvag-instance", "svar.annan.example"), ("x-samvag-instance", OURS)], "mail.own_letter"),
    ],
)
def test_headers_tell_of_a_way_that_is_too_long_and_of_letters(
    headers: list[tuple[str, str]], code: str | None
) -> None:
    found = loops.judge_headers(headers, OURS)
    assert found == (Held(code) if code else None)


def test_an_installation_is_known_by_its_own_address() -> None:
    assert loops.instance_of("https://Samvag.Example/") == "samvag.example"
    assert loops.instance_of("http://127.0.0.1:8000") == "127.0.0.1:8000"


def test_a_link_to_an_inquiry_in_a_new_mail_is_a_letter_that_was_sent_on() -> None:
    text = "En ny fråga väntar.\n\nhttps://annan.example/arenden/SV-7K2M-9QXR\n"
    assert loops.judge_words(text, is_reply=False) == Held("mail.letter_sent_on")
    assert loops.judge_words(text, is_reply=True) is None
    assert loops.judge_words("Se SV-7K2M-9QXR, som vi skrev om.", is_reply=False) is None
    assert loops.judge_words("https://annan.example/vag-in/af-14", is_reply=False) is None


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (Seen(), None),
        (Seen(from_sender=99, to_address=999, alike=1), None),
        (Seen(from_sender=100), "mail.flood_sender"),
        (Seen(to_address=1000), "mail.flood_address"),
        (Seen(alike=2), "mail.same_words"),
        (Seen(subjects=("Ny Ny fråga", "Ny fråga")), "mail.growing_subject"),
    ],
)
def test_what_came_before_tells_of_floods_and_rounds(seen: Seen, code: str | None) -> None:
    found = loops.judge_rate("Ny Ny Ny fråga", seen)
    assert found == (Held(code) if code else None)


def test_a_subject_grows_only_if_each_holds_the_one_before() -> None:
    assert loops.grows(("[4] [3] [2] x", "[3] [2] x", "[2] x", "x"))
    assert loops.grows(("[3] [2] x", "[2] x", "x"))
    assert not loops.grows(("[2] x", "x"))
    assert not loops.grows(("Sv: Re: Sv: x", "Re: Sv: x", "Sv: x"))
    assert not loops.grows(("Sv: x", "Sv: x", "Sv: x", "x"))
    assert not loops.grows(("abc", "ab", ""))


def test_the_same_words_are_the_same_whatever_their_numbers_prefixes_and_references() -> None:
    def like(subject: str, written: str, recipient: str = "af@x.example", size: int = 1) -> str:
        return loops.likeness("Bo@fk.example", recipient, subject, written, files=[("a.pdf", size)])

    one = like("SV: Svar 12", "Tack för SV-7K2M-9QXR den 3 maj.")
    assert one == like("Re: Sv: Svar 13", "Tack för  SV-AAAA-BBBB den 4 maj!")
    assert len(one) == 32
    assert one != like("Svar 12", "Tack.")
    assert one != like("SV: Svar 12", "Tack för SV-7K2M-9QXR den 3 maj.", "annan@x.example")
    assert one != like("SV: Svar 12", "Tack för SV-7K2M-9QXR den 3 maj.", size=2)
