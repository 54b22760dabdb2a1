"""The newly written part of a text: never less than what was written, never nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.mail.replies import newly_written

WROTE = "Den tors 20 nov. 2025 kl 09:02 skrev Samväg <post@samvag.example>:"
OLD = "> Kan ni på torsdag?\n> Hälsningar\n"


@pytest.mark.parametrize(
    "mark",
    [
        WROTE,
        "Den tors 20 nov. 2025 kl 09:02 skrev Samordningsförbundet <\nsamordning@forbund.example>:",
        "20 nov. 2025 kl. 09:02 skrev Samväg <post@samvag.example>:",
        "Den 2025-11-20 kl. 09:02, skrev Samväg:",
        "Samväg skrev den 2025-11-20 09:02:",
        "Torsdagen den 20 november 2025 kl. 09:02, Samväg <post@samvag.example> skrev:",
        "On Thu, Nov 20, 2025 at 9:02 AM Samvag <post@samvag.example> wrote:",
        "On Thu, 20 Nov 2025 09:02:11 +0100\nSamvag <post@samvag.example> wrote:",
        "-----Ursprungligt meddelande-----",
        "-------- Originalmeddelande --------",
        "----- Original Message -----",
        "Am 20.11.2025 um 09:02 schrieb Samväg:",
        ">>> Samväg <post@samvag.example> 2025-11-20 09:02 >>>",
        "Från: Samväg <post@samvag.example>\nSkickat: den 20 november 2025 09:02\nTill: Anna\nÄmne: Möte\n",
        "*Från:* Samväg\n*Skickat:* den 20 november 2025 09:02\n*Till:* Anna\n*Ämne:* Möte\n",
        "________________________________\nFrom: Samvag\nSent: Thursday\nTo: Anna\nSubject: Meeting\n",
        "--- Svara ovanför den här raden ---",
        "",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_above_a_mark_of_a_quote_is_what_is_new(mark: str, end: str) -> None:
    text = f"Ja, det går bra.\n\nVi ses!\n\n{mark}\n{OLD}".replace("\n", end)
    assert newly_written(text) == "Ja, det går bra.\n\nVi ses!"


@pytest.mark.parametrize(
    "line",
    [
        "Skickat från min iPhone",
        "Hämta Outlook för iOS<https://mail.example/>",
        "Get Outlook for Android",
        "Sent from my phone",
        "Skickat från E-post för Windows",
        "-- \nAnna Andersson\nHandläggare",
    ],
)
def test_what_a_program_signs_with_is_nobodys_words(line: str) -> None:
    assert newly_written(f"Ja, det går bra.\n\n{line}\n") == "Ja, det går bra."
    assert newly_written(f"Ja, det går bra.\n\n{line}\n\n{WROTE}\n{OLD}") == "Ja, det går bra."


def test_a_greeting_and_a_name_are_somebodys_words() -> None:
    text = "Ja, det går bra.\n\nMed vänlig hälsning\nAnna Andersson"
    assert newly_written(f"{text}\n\n{WROTE}\n{OLD}") == text


@pytest.mark.parametrize(
    "text",
    [
        f"Se nedan.\n\n{WROTE}\n> Torsdag?\n\nJa.\n\n> Tolk?\n\nNej.",
        f"{WROTE}\n> Torsdag?\nJa.\n> Tolk?\nNej.",
        f"Hej!\n\n{WROTE}\n> Torsdag?\nJa.\n> Tolk?\nNej.",
        f"Se nedan.\n\n---------- Vidarebefordrat meddelande ----------\n{WROTE}\n{OLD}".strip(),
        f"{WROTE}\n{OLD}".strip(),
        "> Kan ni på torsdag?\n> Hälsningar",
        "Den 3 november skrev ni till oss:\nvi återkommer. Det har ni inte gjort.",
        "Från: Norrby\nTill: Söderby\nDatum: varje torsdag",
        "Resultatet blev:\n5 > 3 och 2 > 1.",
        "-- \nAnna",
        "Skickat från min iPhone",
        "1) Ja\n- punkt\n- en till\n/Anna",
    ],
)
def test_all_is_kept_when_answers_stand_between_or_nothing_would_be_left(text: str) -> None:
    assert newly_written(text) == text


def test_an_answer_below_everything_quoted_is_what_is_new() -> None:
    assert newly_written(f"{WROTE}\n{OLD}\nTorsdag går bra.\n\n-- \nAnna\n") == "Torsdag går bra."


def test_the_end_of_a_quoted_line_that_was_broken_is_no_answer() -> None:
    broken = "> Kan ni komma på torsdag klockan tio, eller är det bättre för er på\nfredag?\n> Hälsningar\n"
    assert newly_written(f"Torsdag.\n\n{WROTE}\n{broken}") == "Torsdag."


@given(st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_something_is_left_of_it(text: str) -> None:
    assert bool(newly_written(text)) == bool(text.strip())


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "On " * 60_000,
        ("Den " + "x " * 100 + "\n") * 3_000,
        "> " * 100_000,
        "> x\n" * 60_000,
        "Från: x\n" * 20_000,
        "\n" * 200_000,
        ("Den 3 skrev " * 20 + ":\n") * 2_000,
        ("On " + "a " * 90 + "\n") * 99,
        ("Disclaimer: mail mail " * 8 + "\n") * 99,
        ("-" * 190 + "\n") * 99,
    ],
)
def test_no_text_takes_long_to_cut(text: str) -> None:
    begun = time.process_time()
    newly_written(text)
    assert time.process_time() - begun < 1.0
