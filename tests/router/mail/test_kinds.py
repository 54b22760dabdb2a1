"""Who wrote a mail: what one header, one sender or one word may decide, and what it may not."""

from __future__ import annotations

import time

import pytest

from router.mail import kinds
from router.mail.view import Part, View
from router.rules.terms import MailKind

HUMAN, AUTOMATIC, BOUNCE = MailKind.HUMAN, MailKind.AUTOMATIC, MailKind.BOUNCE
ANNA = "anna@kommun.example"


def view(
    *headers: tuple[str, str], subject: str = "Fråga", sender: str = ANNA, text: str = "Hej!", **more: str
) -> View:
    return View(headers=headers, subject=subject, shown_sender=sender, text=text, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ([("auto-submitted", "auto-replied")], AUTOMATIC),
        ([("auto-submitted", "Auto-Generated (cron); x=1")], AUTOMATIC),
        ([("auto-submitted", "(by hand) No")], HUMAN),
        ([("auto-submitted", "no; owner-token=x")], HUMAN),
        ([("auto-submitted", "no"), ("auto-submitted", "auto-replied")], AUTOMATIC),
        ([("auto-submitted", "")], HUMAN),
        ([("precedence", "bulk")], AUTOMATIC),
        ([("precedence", " AUTO_REPLY ")], AUTOMATIC),
        ([("precedence", "first-class")], HUMAN),
        ([("precedence", "list"), ("list-post", "<mailto:norra@listor.example>")], HUMAN),
        ([("precedence", "list"), ("list-post", "NO")], AUTOMATIC),
        ([("precedence", "bulk"), ("sender", "owner-norra@listor.example"), ("user-agent", "Mutt")], HUMAN),
        ([("precedence", "bulk"), ("sender", "owner-norra@listor.example")], HUMAN),
        ([("precedence", "bulk"), ("in-reply-to", "<fraga@samvag.example>")], AUTOMATIC),
        ([("list-unsubscribe", "<https://brev.example/av>")], AUTOMATIC),
        ([("list-unsubscribe", "<https://x.example/av>"), ("x-beenthere", "norra@listor.example")], HUMAN),
        ([("x-auto-response-suppress", "All")], HUMAN),
        ([("x-autoreply", "yes")], AUTOMATIC),
        ([("x-autoreply", "no")], HUMAN),
        ([("return-path", "<>")], AUTOMATIC),
        ([("return-path", "<anna@kommun.example>")], HUMAN),
        ([("x-samvag-instance", "samvag.example")], AUTOMATIC),
        ([("x-cron-env", "<HOME=/root>")], AUTOMATIC),
        ([("x-mailer", "Mailchimp Mailer")], AUTOMATIC),
        ([("x-mailer", "Microsoft Outlook 16.0")], HUMAN),
    ],
)
def test_headers_of_the_mail_say_whether_a_program_wrote_it(
    headers: list[tuple[str, str]], kind: MailKind
) -> None:
    assert kinds.judge(view(*headers)).kind is kind


def test_an_answer_by_an_old_list_is_written_by_who_quotes() -> None:
    headers = [("precedence", "bulk"), ("in-reply-to", "<fraga@samvag.example>")]
    assert kinds.judge(view(*headers, subject="Re: Intyg", text="Ja.\n\n> Har ni intyget?\n")).kind is HUMAN
    assert (
        kinds.judge(view(*headers, subject="Re: Intyg", text="Jag är på semester.\n> Intyg?\n")).kind
        is AUTOMATIC
    )


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("noreply@etjanst.example", AUTOMATIC),
        ("no-reply-4711@etjanst.example", AUTOMATIC),
        ("svara-inte@etjanst.example", AUTOMATIC),
        ("do.not.reply@etjanst.example", AUTOMATIC),
        ("MAILER-DAEMON@mx.example", AUTOMATIC),
        ("postmaster@mx.example", AUTOMATIC),
        ("norra-request@listor.example", AUTOMATIC),
        ("notifications@kodvard.example", AUTOMATIC),
        ("noreen@kommun.example", HUMAN),
        ("info@kommun.example", HUMAN),
        ("monika.daemonius@kommun.example", HUMAN),
        ("", HUMAN),
    ],
)
def test_a_sender_that_nobody_reads_is_a_program(sender: str, kind: MailKind) -> None:
    assert kinds.judge(view(sender=sender)).kind is kind


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Autosvar: Förfrågan", AUTOMATIC),
        ("Automatiskt svar: Förfrågan", AUTOMATIC),
        ("Automatic reply: Planning", AUTOMATIC),
        ("Réponse automatique : Réunion", AUTOMATIC),
        ("Respuesta automática: Reunión", AUTOMATIC),
        ("Out of Office: Anna", AUTOMATIC),
        ("Re: Autosvar: Förfrågan", HUMAN),
        ("Sv: Automatiskt svar: Förfrågan", HUMAN),
        ("Automatiska dörrar i entrén", HUMAN),
        ("Automationen av vårt arbete", HUMAN),
        ("Frånvaro vecka 48", HUMAN),
        ("Out of office hours next year", HUMAN),
        ("Semester i sommar?", HUMAN),
    ],
)
def test_a_subject_alone_is_believed_when_only_programs_write_so(subject: str, kind: MailKind) -> None:
    assert kinds.judge(view(subject=subject)).kind is kind


def test_words_of_absence_count_only_beside_something_else() -> None:
    text = "Hej! Jag är på semester och åter den 8 december."
    assert kinds.judge(view(text=text)).kind is HUMAN
    hinted = kinds.judge(view(("x-auto-response-suppress", "OOF"), text=text))
    assert (hinted.kind, hinted.is_absence, hinted.has_quit) == (AUTOMATIC, True, False)
    quoting = view(("x-auto-response-suppress", "OOF"), text=f"Ja.\n> {text}")
    assert kinds.judge(quoting).kind is HUMAN


@pytest.mark.parametrize(
    ("text", "is_absence", "has_quit"),
    [
        ("Jag är på semester till den 8 december.", True, False),
        ("Kontoret är stängt mellan jul och nyår.", True, False),
        ("Tack! Vi har tagit emot ditt mejl och svarar inom två dagar.", False, False),
        ("Anna har slutat sin anställning hos oss.", True, True),
        ("Bo arbetar inte längre kvar på enheten.", True, True),
        ("Cilla is no longer with the agency.", True, True),
        ("Jag har avslutat min anställning.", True, True),
        ("Denna e-postadress bevakas inte längre.", True, True),
        ("Jag är hemma med sjukt barn.", True, False),
        ("Jag arbetar inte på fredagar.", True, False),
        ("Vårt kontor har öppet 9-16. Ring gärna.", False, False),
    ],
)
def test_an_automatic_answer_says_whether_somebody_is_away_or_has_left(
    text: str, is_absence: bool, has_quit: bool
) -> None:
    judged = kinds.judge(view(("auto-submitted", "auto-replied"), text=text))
    assert (judged.is_absence, judged.has_quit) == (is_absence, has_quit)


def test_a_newsletter_that_speaks_of_holidays_is_no_absence() -> None:
    judged = kinds.judge(view(("list-unsubscribe", "<https://x.example>"), text="Vi är på semester i juli."))
    assert (judged.kind, judged.because, judged.is_absence) == (AUTOMATIC, "newsletter", False)


@pytest.mark.parametrize(
    ("method", "kind"), [("REPLY", AUTOMATIC), ("COUNTER", AUTOMATIC), ("REQUEST", HUMAN), ("CANCEL", HUMAN)]
)
def test_an_answer_to_an_invitation_is_automatic_and_an_invitation_is_not(
    method: str, kind: MailKind
) -> None:
    part = Part("text/calendar", f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n")
    assert kinds.judge(View(parts=(part,), shown_sender=ANNA)).kind is kind


def test_a_mail_within_the_mail_decides_nothing() -> None:
    inner = "Auto-Submitted: auto-replied\r\nReturn-Path: <>\r\nPrecedence: bulk\r\nSubject: Autosvar\r\n\r\nBorta."
    forwarded = View(
        content_type="multipart/mixed",
        shown_sender=ANNA,
        subject="VB: Autosvar",
        text="Se bifogat.",
        parts=(Part("text/plain", "Se bifogat."), Part("message/rfc822", inner)),
    )
    assert kinds.judge(forwarded).kind is HUMAN


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "your message " * 15_000,
        "jag är " * 20_000,
        "a@" * 80_000,
        "<a@b.example> " * 10_000,
        "\n" * 150_000,
        "har " * 40_000,
        "-" * 150_000,
        "This message was created automatically by mail deliver " * 3_000,
        "x" * 5_990 + " could not be delivered to " + "y" * 100_000 + "@example.org",
    ],
)
@pytest.mark.parametrize("sender", ["mailer-daemon@mx.example", ANNA])
def test_no_text_takes_long_to_judge(text: str, sender: str) -> None:
    hostile = View(
        headers=(("return-path", "<>"), ("to", text[:5000]), ("x-failed-recipients", text[:5000])),
        subject=text[:1000],
        shown_sender=sender,
        text=text,
        parts=(Part("text/plain", text), Part("message/rfc822", text), Part("message/delivery-status", text)),
        content_type="multipart/report",
    )
    begun = time.process_time()
    kinds.judge(hostile)
    assert time.process_time() - begun < 1.0
