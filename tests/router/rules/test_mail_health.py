"""What is wrong with mail, from figures alone; and the small rules of domains, trouble and hidden numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Invalid
from config.words import catalogue, say
from router.rules import domains, mail_health, mail_trouble
from router.rules.mail_health import Doors, Figures, Source
from router.rules.mailed import reason_of
from router.rules.masked import has_numbers, masked

# A Monday at ten in Stockholm.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WELL = Doors(takes_mail_in=True, has_authserv=True, has_dkim=True, sends=True)


def codes(figures: Figures, doors: Doors = WELL, now: datetime = NOW) -> list[str]:
    found = mail_health.findings(figures, doors, now=now)
    assert all("{" not in say(f"doctor.{one.code}", **one.facts) for one in found)
    assert all(one.code in catalogue()["doctor"] for one in found)
    return [one.code for one in found]


@pytest.mark.parametrize(
    ("waited", "is_late"),
    [(timedelta(minutes=50), False), (timedelta(minutes=61), True), (timedelta(days=3), True)],
)
def test_a_mail_may_wait_one_working_hour(waited: timedelta, is_late: bool) -> None:
    figures = Figures(held=1, oldest_held_at=NOW - waited)
    assert codes(figures) == (["mail_held_long"] if is_late else ["mail_in_well"])
    assert mail_health.is_red(figures, NOW) is is_late


def test_the_hours_of_the_night_are_not_counted() -> None:
    sunday = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    eight = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert not mail_health.is_late(sunday, eight + timedelta(minutes=59))
    assert mail_health.is_late(sunday, eight + timedelta(minutes=61))


def test_what_is_wrong_is_named_the_worst_first() -> None:
    failing = Source("post@x/INBOX", 0, 3, 2, "imap_certificate", NOW, NOW - timedelta(hours=1))
    never = Source("post@x/Mer", 0, 0, 0, "imap_login", NOW, None)
    lately = Source("post@x/Ny", 0, 0, 0, "imap_timeout", NOW, NOW - timedelta(minutes=2))
    figures = Figures(
        held=1,
        unparsed=1,
        oldest_held_at=NOW,
        unsorted=4,
        oldest_unsorted_at=NOW - timedelta(minutes=11),
        sources=(failing, never, lately),
    )
    doors = Doors(takes_mail_in=True, listens=True, fetches=True, sends=True)
    assert codes(figures, doors) == [
        "mail_unparsed",
        "mail_unsorted",
        "mail_listener_never",
        "imap_failing",
        "imap_never",
        "imap_troubled",
        "mail_authserv_unset",
        "dkim_unset",
    ]
    beating = Doors(takes_mail_in=True, has_authserv=True, listens=True, beats={"listener": NOW})
    assert codes(Figures(), beating) == ["mail_in_well"]
    later = NOW + timedelta(minutes=4)
    assert codes(Figures(), beating, later) == ["mail_listener_silent"]
    assert codes(Figures(), Doors()) == []
    assert codes(Figures(unscanned=3), Doors(scans=True)) == ["files_unscanned"]
    assert codes(Figures(unscanned=3)) == ["mail_in_well"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" Skovde.Example. ", "skovde.example"),
        ("@af.example", "af.example"),
        ("skövde.se", "xn--skvde-kua.se"),
    ],
)
def test_a_domain_is_kept_in_its_plain_form(text: str, plain: str) -> None:
    assert domains.own(text, ours="svar.samvag.example") == plain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gmail.com", "public_domain"),
        ("Outlook.com", "public_domain"),
        ("sub.icloud.com", "public_domain"),
        ("hotmail.se", "public_domain"),
        ("svar.samvag.example", "our_domain"),
        ("samvag.example", "our_domain"),
        ("x.svar.samvag.example", "our_domain"),
        ("", "bad_domain"),
        ("se", "bad_domain"),
        ("kommun.se", "bad_domain"),
        ("a b.se", "bad_domain"),
        ("anna@skovde.example", "bad_domain"),
        ("-x.example", "bad_domain"),
        ("x" * 250 + ".example", "bad_domain"),
        ("\udcff.example", "bad_domain"),
    ],
)
def test_what_anybody_can_have_is_no_partys_own(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        domains.own(text, ours="svar.samvag.example")
    assert refused.value.code == code
    assert "{" not in say(f"refused.{code}", **refused.value.facts)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("SSLCertVerificationError: [SSL] certificate verify failed: Hostname mismatch", "smtp_certificate"),
        ("TimeoutError: timed out", "smtp_timeout"),
        ("Silence: no answer in time", "smtp_timeout"),
        ("535 5.7.8 Authentication failed", "smtp_password"),
        ("gaierror: [Errno -2] Name or service not known", "smtp_no_such_host"),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "smtp_unreachable"),
        ("SMTPNotSupportedError: STARTTLS extension not supported", "smtp_no_tls"),
        ("SSLError: [SSL: WRONG_VERSION_NUMBER]", "smtp_no_tls"),
        ("554 no", "smtp_other"),
    ],
)
def test_an_error_on_the_way_out_has_words_of_its_own(said: str, code: str) -> None:
    assert mail_trouble.of_smtp(said) == code
    assert code in catalogue()["mail_trouble"]


def test_a_hidden_number_leaves_the_rest_where_it_stood() -> None:
    text = "Gäller 19900101-2385 och 900101 2385, ring 0500-49 80 00."
    shown = masked(text)
    assert "2385" not in shown and len(shown) == len(text)
    assert shown.endswith(", ring 0500-49 80 00.") and shown.startswith("Gäller ••••••••-••••")
    assert has_numbers("x", text) and not has_numbers("x", shown)
    assert masked("Inget här") == "Inget här"


def test_a_reason_is_told_whoever_wrote_it_down() -> None:
    assert "30 MB" in reason_of({"code": "too_large", "megabytes": 30})
    assert "30 MB" in reason_of({"code": "too_large", "facts": {"megabytes": 30}})
    for odd in ({}, {"code": "no_such_code"}, {"code": "too_large"}, {"code": None, "facts": None}):
        assert reason_of(odd) == say("mailed.unknown_reason")
