"""Nothing automatic goes to who did not ask for it, who does not read, or who would answer automatically."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from router.rules import automatic, mail_health
from router.rules.automatic import Answered, Verdict
from router.rules.terms import MailKind

HUMAN = Answered(MailKind.HUMAN)
DOMAIN = "svar.samvag.example"
NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)


def verdict(recipient: str, *, is_known: bool = True, to: Answered | None = HUMAN) -> Verdict:
    own = ("svara-inte@samvag.example",)
    return automatic.may_send(recipient, is_known=is_known, own_domain=DOMAIN, own=own, to=to)


def test_a_known_person_who_wrote_by_hand_may_be_sent_a_receipt() -> None:
    assert verdict("Alva.Ek@fk.example") == Verdict(True)
    assert verdict("alva.ek@fk.example", to=None) == Verdict(True)
    assert verdict(
        "alva@fk.example", to=Answered(MailKind.HUMAN, headers=(("auto-submitted", "No"),))
    ).allowed


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("", "no_address"),
        ("mailer-daemon", "no_address"),
        (f"svar+d7-abc@{DOMAIN}", "own_domain"),
        (f"någon@{DOMAIN.upper()}", "own_domain"),
        ("x@mx.svar.samvag.example", "own_domain"),
        ("Svara-Inte@Samvag.example", "own_address"),
        *(
            (f"{one}@kommun.example", "nobody_reads")
            for one in (
                "MAILER-DAEMON",
                "postmaster",
                "noreply",
                "no-reply",
                "No_Reply",
                "donotreply",
                "do-not-reply",
                "svara-inte",
                "ej-svar",
                "bounce+fk=1",
                "bounces",
                "owner-lista",
                "lista-request",
                "auto-reply",
                "hr-noreply",
                "studs+abc-def",
            )
        ),
    ],
)
def test_nobody_who_does_not_read_is_written_to(recipient: str, reason: str) -> None:
    assert verdict(recipient) == Verdict(False, reason)


def test_a_stranger_is_never_written_to() -> None:
    assert verdict("eva@okand.example", is_known=False) == Verdict(False, "unknown")


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (Answered(MailKind.AUTOMATIC), "not_human"),
        (Answered(MailKind.BOUNCE), "not_human"),
        (Answered(MailKind.UNPARSED), "not_human"),
        (Answered(MailKind.HUMAN, has_null_sender=True), "null_sender"),
        (Answered(MailKind.HUMAN, headers=(("return-path", "<>"),)), "null_sender"),
        (Answered(MailKind.HUMAN, headers=(("list-id", "<ame.kommun.example>"),)), "list"),
        (Answered(MailKind.HUMAN, headers=(("list-unsubscribe", "<mailto:x@y>"),)), "list"),
        (Answered(MailKind.HUMAN, headers=(("precedence", "Bulk"),)), "list"),
        (Answered(MailKind.HUMAN, headers=(("auto-submitted", "auto-replied"),)), "not_human"),
        (Answered(MailKind.HUMAN, headers=(("x-auto-response-suppress", "DR, AutoReply"),)), "suppressed"),
        (Answered(MailKind.HUMAN, headers=(("x-loop", "yes"),)), "loop"),
        (Answered(MailKind.HUMAN, headers=(("x-samvag-instance", "annan.example"),)), "loop"),
        (Answered(MailKind.HUMAN, headers=(("x-samvag-hops", "1"),)), "loop"),
    ],
)
def test_what_a_program_or_a_list_sent_is_answered_by_nobody(mail: Answered, reason: str) -> None:
    assert verdict("alva.ek@fk.example", to=mail) == Verdict(False, reason)


def test_a_wish_not_to_be_told_of_absence_is_no_wish_against_receipts() -> None:
    mail = Answered(MailKind.HUMAN, headers=(("x-auto-response-suppress", "OOF"),))
    assert verdict("alva.ek@fk.example", to=mail).allowed


def test_a_breaker_that_has_tripped_is_an_error_that_is_seen() -> None:
    found = mail_health.findings(
        mail_health.Figures(automatic_this_hour=automatic.ALL_IN_AN_HOUR), mail_health.Doors(), now=NOON
    )
    assert [(one.level, one.code) for one in found] == [("error", "mail_breaker")]
