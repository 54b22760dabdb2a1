"""What an error on the way to a mail server means, as a code that people are told in words of their own."""

from __future__ import annotations

import re

# As router/mail/smtp.py tells an error: the name of its class first, or the server's own number.
_KINDS = (
    (re.compile(r"SSLCertVerificationError"), "smtp_certificate"),
    (re.compile(r"TimeoutError|Silence|timed out"), "smtp_timeout"),
    (re.compile(r"SSL"), "smtp_no_tls"),
    (re.compile(r"53[0458]\b|SMTPAuthenticationError"), "smtp_password"),
    (re.compile(r"gaierror|herror"), "smtp_no_such_host"),
    (
        re.compile(r"ConnectionRefused|ConnectionReset|OSError|Network|No route|unreachable", re.I),
        "smtp_unreachable",
    ),
    (re.compile(r"SMTPNotSupported|STARTTLS", re.I), "smtp_no_tls"),
)


def of_smtp(said: str) -> str:
    """The code for what the transport said; "smtp_other" when it is none of the usual."""
    return next((code for kind, code in _KINDS if kind.search(said)), "smtp_other")
