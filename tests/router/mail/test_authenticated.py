"""Only what our own boundary says of a sender counts: above its Received, under its own name (incident I05)."""

from __future__ import annotations

import pytest

from router.mail.authenticated import verdict

SERVER = "mx.samvag.example"
BOUNDARY = ("received", f"from mail.fk.example (mail.fk.example [192.0.2.1]) by {SERVER} with ESMTPS id 1")
INNER = ("received", f"from {SERVER} by imap.samvag.example with LMTP id 2 for <post@samvag.example>")
PASSED = f"{SERVER}; dkim=pass header.d=fk.example; dmarc=pass (p=reject) header.from=fk.example"


def said(value: str) -> tuple[str, str]:
    return "authentication-results", value


@pytest.mark.parametrize(
    "headers",
    [
        [said(PASSED), BOUNDARY],
        # The server that delivers in our own house puts its Received above.
        [INNER, said(PASSED), BOUNDARY],
        [said(f"{SERVER} 1; dmarc=pass header.from=FK.Example"), BOUNDARY],
        [said(f"{SERVER}; dkim=pass (2048-bit key) header.d=fk.example header.i=@fk.example"), BOUNDARY],
        # Folded: the value has been joined where it was read.
        [said(f"{SERVER};  dkim=none;  dmarc=pass  header.from=fk.example"), BOUNDARY],
        # Two, each by one of our filters.
        [said(f"{SERVER}; spf=pass smtp.mailfrom=x.example"), said(PASSED), BOUNDARY],
    ],
)
def test_what_our_own_server_found_counts(headers: list[tuple[str, str]]) -> None:
    assert verdict(headers, SERVER) == {"fk.example"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([BOUNDARY], id="none"),
        pytest.param([BOUNDARY, said(PASSED)], id="forged below"),
        pytest.param([said(PASSED)], id="forged alone, no boundary at all"),
        pytest.param(
            [said(f"{SERVER}; dmarc=none"), BOUNDARY, said(PASSED)], id="forged beside an honest one"
        ),
        pytest.param([said(PASSED.replace(SERVER, "mx.evil.example")), BOUNDARY], id="another name above"),
        pytest.param(
            [said(f"mx.evil.example {SERVER}; dmarc=pass header.from=fk.example"), BOUNDARY], id="two names"
        ),
        pytest.param(
            [said(f"mx.evil.example ({SERVER}); dmarc=pass header.from=fk.example"), BOUNDARY], id="comment"
        ),
        pytest.param(
            [said(f"{SERVER}; dmarc=none (dmarc=pass header.from=fk.example)"), BOUNDARY],
            id="pass in a comment",
        ),
        pytest.param(
            [said(f"=?utf-8?q?{SERVER}?=; dmarc=pass header.from=fk.example"), BOUNDARY], id="encoded"
        ),
        pytest.param([said(f"{SERVER}; spf=pass smtp.mailfrom=fk.example"), BOUNDARY], id="only SPF"),
        pytest.param(
            [said(f"{SERVER}; dkim=pass header.d=fk.example; dmarc=fail header.from=fk.example"), BOUNDARY],
            id="DMARC failed",
        ),
        pytest.param([said(f"{SERVER}; dmarc=pass"), BOUNDARY], id="of no domain"),
        pytest.param(
            [said(f"{SERVER}; dmarc=pass header.from=fk.example header.from=evil.example"), BOUNDARY],
            id="of two domains",
        ),
        pytest.param([said(f"{SERVER}; " + "(" * 3000), BOUNDARY], id="cannot be read"),
        pytest.param(
            [
                ("received", f"from a with LMTP by b ([192.0.2.9]) by {SERVER} with ESMTP id 3"),
                said(PASSED),
                BOUNDARY,
            ],
            id="a client that calls itself a protocol",
        ),
    ],
)
def test_nothing_else_does(headers: list[tuple[str, str]]) -> None:
    assert verdict(headers, SERVER) == frozenset()


def test_without_a_configured_server_nobody_is_vouched_for() -> None:
    assert verdict([said(PASSED), BOUNDARY], "") == frozenset()
