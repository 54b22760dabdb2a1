"""No letter is ever made for an address under our own mail domain: it would come back to us."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from config.settings import Settings
from router.mail.compose import compose
from router.mail.letters import BadLetter
from tests.support.asking import MONDAY


@pytest.mark.parametrize("recipient", ["af-14-fk@svar.samvag.example", "AF@SVAR.samvag.EXAMPLE"])
def test_a_letter_to_ourselves_is_never_made(make_settings: Callable[..., Settings], recipient: str) -> None:
    facts = {"reference": "SV-7K2M-9QXR", "path": "/arenden/SV-7K2M-9QXR"}
    with pytest.raises(BadLetter, match="our own mail domain"):
        compose(
            "answered",
            facts,
            recipient=recipient,
            message_id="0" * 32,
            at=MONDAY,
            settings=make_settings(mail_domain="svar.samvag.example"),
        )
